/** docs/terminal.svg is what `npm run picture` draws, and can be shown anywhere. test/e2e/examples.test.ts has it with a real engine. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { draw, makePicture, PICTURE } from '../../examples/picture.ts'

const test = suite('the picture of a terminal')
const picture = readFileSync(PICTURE, 'utf8')

/** What is wrong with it as XML: a tag that is not closed, or a sign that is not escaped. */
function problemOf(xml: string): string | undefined {
  const open: string[] = []
  for (const [tag, end, name = '', empty] of xml.matchAll(
    /<(\/)?(\w+)(?: [\w:-]+="[^"<&]*")*(\/)?>|<|&(?!(?:amp|lt|gt);)/g,
  )) {
    if (name === '') return `${tag} at ${xml.indexOf(tag)}`
    if (end !== undefined) {
      if (open.pop() !== name) return `${tag} closes nothing`
    } else if (empty === undefined) open.push(name)
  }
  return open.length === 0 ? undefined : `<${open.join('><')}> stays open`
}

test('is what the command prints now: npm run picture', async () => {
  assert.fixture(await makePicture(), picture)
})

test('is small, whole, and needs nothing from elsewhere', () => {
  assert.ok(picture.length < 20_000, `${picture.length} bytes`)
  assert.is(problemOf(picture), undefined)
  for (const wrong of ['<a><b></a>', '<a>&</a>', '<a> < </a>', '<a>'])
    assert.is.not(problemOf(wrong), undefined, wrong)
  // Nothing but line ends of what a terminal obeys.
  assert.not.match(picture, /[^\P{Cc}\n]/u)
  assert.not.match(
    picture.replace('xmlns="http://www.w3.org/2000/svg"', ''),
    /https?:|href|url\(|@import|@font-face|<script/,
  )
})

test('is legible in the light and in the dark', () => {
  const [light = '', dark = ''] = picture.split('@media (prefers-color-scheme: dark)')
  const used = new Set(
    [...picture.matchAll(/class="([^"]+)"/g)].flatMap(([, names = '']) => names.split(' ')),
  )
  assert.ok(used.has('good') && used.has('bad'))
  for (const name of used) {
    assert.match(light, `.${name} {`)
    if (name !== 'bold') assert.match(dark, `.${name} {`)
  }
})

test('escapes text, and gives each colour its place', () => {
  const drawn = draw('\u001b[32m✓\u001b[39m a <b> & "c"\n\n\u001b[1mx\u001b[22m')
  assert.is(problemOf(drawn), undefined)
  assert.match(drawn, '<tspan x="24.0" class="good">✓</tspan><tspan x="32.4"> a &lt;b&gt; &amp; "c"</tspan>')
  assert.match(drawn, '<tspan x="24.0" class="bold">x</tspan>')
})

test.run()

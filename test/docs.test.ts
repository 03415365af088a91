/** README and docs: every quoted error exists, every link to a file leads somewhere. test/docs runs the commands. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('docs')
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const names = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md'))
const PAGES = ['README.md', ...names.map(name => `docs/${name}`)]

/** All of src as one text, in which a value inside a template is `${}`. */
function sourceText(folder = join(ROOT, 'src')): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}

test('docs/troubleshooting.md quotes messages as the source has them', () => {
  const source = sourceText()
  const quoted = [...read('docs/troubleshooting.md').matchAll(/^\| `([^`]+)`/gm)].map(found => found[1] ?? '')
  assert.ok(quoted.length > 15, `only ${quoted.length} messages were found`)
  for (const message of quoted) {
    // Words in capitals and `…` stand for what differs from run to run.
    const parts = message.split(/…|\b[A-Z]{4,}\b/).map(part => part.trim())
    for (const part of parts.filter(part => part.length > 3)) {
      assert.ok(source.includes(part), `no message in src has: ${part}`)
    }
  }
})

test('every link to a file leads to a file', () => {
  for (const path of [...PAGES, 'SECURITY.md']) {
    for (const [, target = ''] of read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      assert.ok(existsSync(join(ROOT, dirname(path), target)), `${path}: there is no ${target}`)
    }
  }
})

test('docs/README.md lists every page', () => {
  const index = read('docs/README.md')
  for (const name of names.filter(name => name !== 'README.md')) {
    assert.ok(index.includes(`](${name}`), `docs/README.md does not list ${name}`)
  }
})

test.run()

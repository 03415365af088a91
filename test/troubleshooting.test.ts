/** docs/troubleshooting.md explains every error that dock-lock makes, and every rule. */
import { readdirSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RULE_CODES } from '../src/core/rules.ts'
import { errorMessages } from './support/error-messages.ts'

const test = suite('troubleshooting')
const page = readFileSync(new URL('../docs/troubleshooting.md', import.meta.url), 'utf8')

/** The messages in the first column of the tables. */
const quoted = [...page.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
)

/** Words in capitals and `…` stand for anything. All other words must be those of the message. */
function pattern(message: string): RegExp {
  const parts = message
    .split(/(?:…|\b(?:HOST|NAME|FILE)\b)+/)
    .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^\\W*${parts.join('.*')}\\W*$`)
}

const patterns = quoted.map(pattern)

test('every error is explained', () => {
  const messages = errorMessages()
  assert.ok(messages.length > 150, `only ${messages.length} messages were found in src`)
  const missing = messages.filter(({ text }) => !patterns.some(one => one.test(text)))
  assert.equal(missing, [], 'add a row to docs/troubleshooting.md')
})

test('no row says so little that it would explain any error', () => {
  for (const message of quoted) {
    const words = message.replace(/…|\b(?:HOST|NAME|FILE)\b/g, '')
    assert.ok(words.replace(/[^a-z]/gi, '').length >= 6, message)
    const explained = errorMessages().filter(({ text }) => pattern(message).test(text))
    assert.ok(new Set(explained.map(({ text }) => text)).size <= 3, message)
  }
})

test('an error that is not on the page is noticed', () => {
  for (const text of ['… has no teapot', 'has no such image here', 'unreachable'])
    assert.not(
      patterns.some(one => one.test(text)),
      text,
    )
})

test('a next step ends without a full stop, like all lines with an arrow', () => {
  const folder = new URL('../src/', import.meta.url)
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const source = readFileSync(new URL(file, folder), 'utf8')
    assert.equal(source.match(/\bhint(?::| =) [^\n]*[\w)}]\.['"`](?=[,;]? *\}?\)?,?$)/gm) ?? [], [], file)
  }
})

test('every rule is listed, with a link to its section', () => {
  for (const code of RULE_CODES) assert.ok(page.includes(`| [\`${code}\`](rules.md#${code}) |`), code)
})

test.run()

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RULE_CODES } from '../../src/core/rules.ts'
import { readRules, ruleSections } from '../../src/io/rules.ts'
import { FINDINGS, NOTICES } from '../support/findings.ts'

const test = suite('io/rules')
const page = readFileSync(fileURLToPath(new URL('../../docs/rules.md', import.meta.url)), 'utf8')

test('each code of findings and notices has a section in docs/rules.md, and no other name has', () => {
  const codes = new Set([...FINDINGS, ...NOTICES].map(({ code }) => code))
  assert.equal([...ruleSections(page).keys()], RULE_CODES)
  assert.equal([...codes].sort(), [...RULE_CODES].sort())
})

test('each section has all its parts', async () => {
  const parts =
    /^(\S[^\n]*[.])\n\n\*\*What it means\.\*\* \S.+\n\n\*\*What to do\.\*\* \S.+\n\n\*\*Example\.\*\*\n\n( {4}\S.*\n)+\n(?:Finding|Notice)[^\n]* Since \d+\.\d+\.\d+\.$/
  for (const { code, text, summary } of await readRules()) {
    assert.match(text, parts, code)
    assert.ok(text.startsWith(`${summary}\n`), code)
    assert.match(text, new RegExp(`^ {4}(?:\\S+ {2})?${code} {2}\\S`, 'm'), code)
  }
})

test('a section ends where the next one begins, and the page may have an introduction', () =>
  assert.equal(
    [...ruleSections('# Rules\n\nIntro.\n\n## a\n\nA.\n\n### More\n\nB.\n\n## b\n\nC.\n')],
    [
      ['a', 'A.\n\n### More\n\nB.'],
      ['b', 'C.'],
    ],
  ))

test.run()

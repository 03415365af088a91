import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { unifiedDiff } from '../../src/core/diff.ts'
import { createRandom, forAll, type Random } from '../support/random.ts'

const test = suite('core/diff')

/** Applies many diffs with one `git apply`, each to a file of its own, as a person would who took them from `--dry-run`. */
function applyAll(cases: readonly { file: string; before: string | undefined; after: string }[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'dock-lock-diff-'))
  try {
    let patch = ''
    for (const { file, before, after } of cases) {
      mkdirSync(join(folder, dirname(file)), { recursive: true })
      if (before !== undefined) writeFileSync(join(folder, file), before)
      patch += unifiedDiff(file, before, after)
    }
    // Settings of the person who runs the tests shall not decide: core.autocrlf would.
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_DIR: folder }
    execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: folder, input: patch, env })
    return cases.map(({ file }) => readFileSync(join(folder, file), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A text of lines, and another one: the same with lines replaced, or with a stretch of lines exchanged. */
function change(random: Random): { before: string; after: string } {
  const line = () =>
    random.pick(['FROM a', 'FROM b', 'RUN x', '', '# é', '-- minus', '++ plus', '\\ no', ' blank', '@@'])
  const end = random.pick(['\n', '\n', '\r\n'])
  const before = random.list(1, 30, line)
  const after = [...before]
  if (random.chance(0.6)) {
    for (const index of random.list(1, 4, () => random.int(0, after.length - 1)))
      after[index] = `${after[index]}@sha256:0`
  } else {
    const start = random.int(0, after.length - 1)
    after.splice(start, random.int(0, 4), ...random.list(1, 4, line))
  }
  const last = () => (random.chance(0.8) ? end : '')
  const text = (lines: readonly string[]) => lines.join(end) + last()
  // Git takes the removal of everything for the removal of the file; dock-lock empties none.
  return { before: text(before) || '\n', after: text(after) || '\n' }
}

test('equal texts have no difference', () => {
  assert.is(unifiedDiff('f', 'a\n', 'a\n'), '')
  assert.is(unifiedDiff('f', '', ''), '')
})

test('git apply makes the new text of the old one', () => {
  const random = createRandom(1)
  const cases = Array.from({ length: 1500 }, (_, index) => ({ file: `f${index}`, ...change(random) }))
  const results = applyAll(cases)
  cases.forEach(({ before, after }, index) => {
    assert.is(results[index], after, JSON.stringify({ before, after }))
  })
})

test('git apply makes a new file', () => {
  const random = createRandom(2)
  const cases = Array.from({ length: 100 }, (_, index) => ({
    file: `new/${index}`,
    before: undefined,
    after: change(random).after,
  }))
  applyAll(cases).forEach((result, index) => {
    assert.is(result, cases[index]?.after)
  })
})

test('file names that git would quote are quoted', () => {
  const cases = [
    'a b/Dockerfile',
    'é/Dockerfile',
    'q"/Dockerfile',
    'b\\/Dockerfile',
    't\t/x',
    'n\n+++ b/evil/x',
  ].map(file => ({ file, before: 'FROM a\n', after: 'FROM b\n' }))
  assert.equal(
    applyAll(cases),
    cases.map(() => 'FROM b\n'),
  )
})

test('it reads as git diff prints it', () => {
  const before = Array.from({ length: 12 }, (_, index) => `${index + 1}\n`).join('')
  assert.is(
    unifiedDiff('app/Dockerfile', before, before.replace('5\n', 'five\n')),
    `--- a/app/Dockerfile
+++ b/app/Dockerfile
@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8
`,
  )
  assert.is(
    unifiedDiff('f', undefined, 'a\nb'),
    '--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n',
  )
})

test('lines far apart are in hunks of their own, near ones share one', () => {
  forAll(200, random => {
    const before = Array.from({ length: 60 }, (_, index) => `${index}\n`)
    const first = random.int(0, 40)
    const gap = random.int(1, 19)
    const after = before.map((line, index) => (index === first || index === first + gap ? `x${line}` : line))
    const hunks = unifiedDiff('f', before.join(''), after.join('')).match(/^@@/gm)?.length
    assert.is(hunks, gap - 1 > 6 ? 2 : 1)
  })
})

test.run()

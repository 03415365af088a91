import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { ignoresFile, limitSteps, parsePatterns } from '../../src/io/gitignore.ts'
import { GIT_ENV, git, withFolder } from '../support/folder.ts'
import { createRandom, type Random } from '../support/random.ts'

const test = suite('gitignore')
const free = () => {}

function ignored(patterns: string, file: string): boolean {
  return ignoresFile(parsePatterns(patterns), file, free)
}

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['a', ['a', 'b/a', 'a/b', 'x/a/y'], ['ab', 'b']],
  ['/a', ['a', 'a/b'], ['b/a']],
  ['a/', ['a/b', 'x/a/b'], ['a', 'b/a']],
  ['a/b', ['a/b', 'a/b/c'], ['x/a/b']],
  ['*.x', ['.x', 'a.x', 'b/c.x'], ['x', 'a.xy']],
  ['a*c?e', ['acde', 'abcde'], ['ac/e', 'acd']],
  ['**/a', ['a', 'b/a', 'b/c/a'], ['b']],
  ['a/**', ['a/b', 'a/b/c'], ['a', 'b/a/c']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'x/a/b']],
  ['a**b/c', ['ab/c', 'axb/c'], ['a/b/c']],
  ['/**', ['a', 'a/b'], []],
  ['[a-c]x', ['ax', 'cx'], ['dx']],
  ['[!a-c]x', ['dx'], ['ax', '/x']],
  ['[]-]', [']', '-'], ['a']],
  ['[[:digit:]]', ['7'], ['d', ':']],
  ['[a', [], ['[a', 'a']],
  ['\\#a\n\\!b\n\\*\n', ['#a', '!b', '*'], ['a', 'b', '\\*']],
  ['# a\n\n   \na \nb\\ \n', ['a', 'b '], ['# a', 'a ', 'b']],
  ['*.x\n!keep.x', ['a.x'], ['keep.x']],
  ['a/\n!a/keep', ['a/keep'], []],
  ['\ufeffa\r\nb\r\n', ['a', 'b'], ['a\r']],
  ['a\\', [], ['a', 'a\\']],
]

for (const [patterns, yes, no] of cases) {
  test(`${JSON.stringify(patterns)}`, () => {
    for (const file of yes) assert.ok(ignored(patterns, file), file)
    for (const file of no) assert.not.ok(ignored(patterns, file), file)
  })
}

test('it decides as git does, for 3,000 pairs of patterns and paths', async () => {
  await withFolder({}, root => {
    git(root, 'init', '-q')
    const random: Random = createRandom(10)
    const name = () => random.text('ab.-]', 1, 3)
    const piece = () =>
      random.pick([
        'a',
        'b',
        '*',
        '**',
        '?',
        '[ab]',
        '[!a]',
        '[a-b]',
        '[]-]',
        '[[:alpha:]]',
        '\\a',
        '.',
        '/',
        '/**/',
        '-',
        ' ',
      ])
    for (let round = 0; round < 30; round++) {
      const lines = random.list(
        1,
        3,
        () => (random.chance(0.2) ? '!' : '') + random.list(1, 6, piece).join(''),
      )
      const files = [...new Set(random.list(100, 100, () => random.list(1, 4, name).join('/')))].filter(
        file => !file.split('/').some(part => part === '.' || part === '..'),
      )
      const settings = ['-c', 'core.ignoreCase=false', '-c', 'core.excludesFile=/dev/null']
      execFileSync('sh', ['-c', 'cat > .gitignore'], { cwd: root, input: `${lines.join('\n')}\n` })
      let said = ''
      try {
        said = execFileSync('git', [...settings, 'check-ignore', '--no-index', '-z', '--stdin'], {
          cwd: root,
          env: GIT_ENV,
          input: files.join('\0'),
          encoding: 'utf8',
        })
      } catch (error) {
        // None of them: exit code 1.
        if ((error as { status?: number }).status !== 1) throw error
      }
      const byGit = said.split('\0').slice(0, -1)
      const patterns = parsePatterns(lines.join('\n'))
      assert.equal(
        files.filter(file => ignoresFile(patterns, file, free)),
        byGit,
        JSON.stringify(lines),
      )
    }
  })
})

test('patterns that take too many steps are refused, with the file', () => {
  const patterns = parsePatterns(Array.from({ length: 40 }, () => `*${'a'.repeat(120)}b`).join('\n'))
  const spend = limitSteps('.gitignore')
  const files = Array.from({ length: 1000 }, (_, index) => `${'a'.repeat(240)}/${'a'.repeat(240)}${index}`)
  try {
    for (const file of files) ignoresFile(patterns, file, spend)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, DockLockError)
    assert.match((error as DockLockError).message, /^the patterns in \.gitignore take more than/)
    assert.equal((error as DockLockError).place, { file: '.gitignore', line: 1, column: 1 })
  }
})

test.run()

/** The runner of the tests: what is no pass must not look like one. */
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Files, withFolder } from './support/folder.ts'
import { runProgram } from './support/spawn.ts'

const runner = suite('run')
const root = fileURLToPath(new URL('..', import.meta.url))

const file = (body: string, end = 'test.run()'): string =>
  `import { suite } from '${root}node_modules/uvu/dist/index.mjs'\nconst test = suite('x')\n${body}\n${end}\n`
const good = file("test('passes', () => {})")

/** The exit code and the output of a run of these files. */
async function run(files: Files, ...args: readonly string[]) {
  return withFolder({ ...files, 'package.json': '{"type":"module"}' }, folder =>
    runProgram(process.execPath, ['--import', 'tsx', 'test/run.ts', folder, ...args], { cwd: root }),
  )
}

runner('the files come in order, and the last line has the numbers alone', async () => {
  const slow = file("test('waits', () => new Promise(done => setTimeout(done, 300)))")
  const { code, stdout } = await run({ 'a.test.ts': slow, 'b.test.ts': good, 'c/d.test.ts': good }, '--each')
  assert.is(code, 0, stdout)
  assert.ok(stdout.endsWith('\n3 passed, 0 failed\n'), stdout)
  const names = stdout.split('\n').filter(line => line.endsWith('.test.ts'))
  assert.equal(names, ['a.test.ts', 'b.test.ts', 'c/d.test.ts'])
})

runner('files that are named come first, in that order', async () => {
  const files = { 'a.test.ts': good, 'b.test.ts': good, 'c/d.test.ts': good, 'e.test.ts': good }
  const { stdout } = await run(files, '--each', '--first', 'e', '--first', 'c/d')
  const names = stdout.split('\n').filter(line => line.endsWith('.test.ts'))
  assert.equal(names, ['e.test.ts', 'c/d.test.ts', 'a.test.ts', 'b.test.ts'])
})

const failures: Readonly<Record<string, string>> = {
  'a test that fails': file("test('fails', () => { throw new Error('no') })"),
  'a promise that never settles': file("test('hangs', () => new Promise(() => {}))"),
  'a file that forgets to run': file("test('passes', () => {})", ''),
  'a file without tests': file(''),
  'a test that is skipped': file("test.skip('later', () => {})\ntest('passes', () => {})"),
  'a process that ends early': file("test('ends', () => process.exit(0))"),
  'a file that cannot be loaded': "import './nothing.ts'\n",
}

// Each shares a process with a file that passes.
for (const [name, content] of Object.entries(failures))
  runner(`${name} is a failure, also beside others`, async () => {
    const { code, stdout } = await run({ 'a.test.ts': good, 'b.test.ts': content })
    assert.is(code, 1, stdout)
    assert.match(stdout, /\n\d passed, [1-9] failed\n$/)
  })

runner('no file at all is a failure', async () => {
  const { code, stdout } = await run({ 'a.test.ts': good }, '--only', 'nothing-is-called-so')
  assert.is(code, 1)
  assert.is(stdout, '\n0 passed, 1 failed\n')
})

runner.run()

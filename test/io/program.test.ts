import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runProgram, withTemporaryFile } from '../../src/io/program.ts'
import { failureOf } from '../support/failure.ts'
import { listAll, withFolder } from '../support/folder.ts'

const test = suite('io/program')
const never = new AbortController().signal
const node = (script: string, signal: AbortSignal = never, env: Readonly<Record<string, string>> = {}) =>
  runProgram(process.execPath, ['-e', script], { cwd: '/', env, signal })

test('its exit code is passed on', async () => {
  for (const code of [0, 1, 42]) assert.is(await node(`process.exitCode = ${code}`), code)
})

test('ended by a signal, it is 128 and the number of the signal, as in a shell', async () => {
  assert.is(await node('process.kill(process.pid, "SIGKILL")'), 137)
  assert.is(await node('process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 60_000)'), 143)
})

test('it runs where it is told, with the environment and the arguments it is given', () =>
  withFolder({}, async root => {
    const script = 'fs.writeFileSync("out", JSON.stringify([process.env.A, process.argv.slice(1)]))'
    const args = ['-e', script, '--', '--json', 'a b', '$A']
    assert.is(await runProgram(process.execPath, args, { cwd: root, env: { A: 'é' }, signal: never }), 0)
    assert.equal(JSON.parse(readFileSync(join(root, 'out'), 'utf8')), ['é', ['--json', 'a b', '$A']])
  }))

test('a signal that we get reaches it', () =>
  withFolder({}, async root => {
    const ready = join(root, 'ready')
    const script = `process.on('SIGTERM', () => process.exit(7)); fs.writeFileSync(${JSON.stringify(ready)}, ''); setInterval(() => {}, 1000)`
    const stop = new AbortController()
    const ended = node(script, stop.signal)
    while (!existsSync(ready)) await new Promise(done => setTimeout(done, 10))
    stop.abort('SIGTERM')
    assert.is(await ended, 7)
  }))

test('after a signal it is not even started', () =>
  withFolder({}, async root => {
    const stop = new AbortController()
    stop.abort('SIGINT')
    const error = await failureOf(() =>
      node(`fs.writeFileSync(${JSON.stringify(join(root, 'ran'))}, '')`, stop.signal),
    )
    assert.is(error.code, 'interrupted')
    assert.not.ok(existsSync(join(root, 'ran')))
  }))

test('what cannot be run is told', () =>
  withFolder({ 'no-program': 'text' }, async root => {
    for (const program of ['no-such-program-anywhere', join(root, 'no-program')]) {
      const error = await failureOf(() =>
        runProgram(program, [], { cwd: root, env: { PATH: '/nonexistent' }, signal: never }),
      )
      assert.is(error.code, 'usage')
      assert.match(error.message, /cannot be run/)
      assert.ok(error.hint)
    }
  }))

test('a temporary file is for this user alone, and goes, whatever happens', async () => {
  let path = ''
  const result = await withTemporaryFile('policy.json', '{"é":1}', async given => {
    path = given
    assert.is(readFileSync(given, 'utf8'), '{"é":1}')
    assert.is(statSync(given).mode & 0o777, 0o600)
    assert.is(statSync(dirname(given)).mode & 0o777, 0o700)
    return 3
  })
  assert.is(result, 3)
  assert.not.ok(existsSync(dirname(path)))
  try {
    await withTemporaryFile('policy.json', '', async given => {
      path = given
      throw new RangeError('no')
    })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, RangeError)
  }
  assert.not.ok(existsSync(dirname(path)))
})

test('what a killed run left among the temporary files goes; what a live one needs stays', () =>
  withFolder({}, async root => {
    const { TMPDIR } = process.env
    process.env.TMPDIR = root
    try {
      const script = 'process.stdout.write(String(process.pid))'
      const pid = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })
      await withTemporaryFile('policy.json', '', async given => {
        const left = dirname(given).replace(`-${process.pid}-`, `-${pid}-`)
        mkdirSync(left)
        writeFileSync(join(left, 'policy.json'), '')
        await withTemporaryFile('policy.json', '', async () => {})
        assert.not.ok(existsSync(left))
        assert.ok(existsSync(given))
      })
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = TMPDIR
    }
    assert.equal(listAll(root), [])
  }))

test.run()

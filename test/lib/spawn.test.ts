import { setMaxListeners } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CollectOptions, collectOutput, runInherited, startProgram } from '../../src/lib/spawn.ts'
import { until } from '../cli/support/until.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('lib/spawn')
const { signal } = new AbortController()
// As the context does: many wait for it.
setMaxListeners(0, signal)
const env = { PATH: process.env.PATH }
const sh = (script: string) => ({ command: 'sh', args: ['-c', script], env })
const node = (script: string) => ({ command: process.execPath, args: ['-e', script], env })
const collect = (script: string, options: Partial<CollectOptions> = {}) =>
  collectOutput(sh(script), { signal, ...options })

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Waits for a program to write its number into a file. */
async function pidIn(path: string): Promise<number> {
  await until(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'), `a number in ${path}`)
  return Number(readFileSync(path, 'utf8'))
}

test('its output and exit code are the answer, also of one that fails', async () => {
  for (const code of [0, 3]) {
    const ran = await collect(`echo out; echo err >&2; exit ${code}`)
    assert.equal(ran, { status: 'exited', code, stdout: Buffer.from('out\n'), stderr: 'err\n' })
  }
})

test('it is given the input, which has an end, the folder and the environment', () =>
  withFolder({}, async cwd => {
    const program = { ...sh('cat; echo "$A"; pwd'), cwd, env: { ...env, A: 'é' } }
    const ran = await collectOutput(program, { signal, input: 'in\n' })
    assert.is(ran.status === 'exited' && ran.stdout.toString(), `in\né\n${cwd}\n`)
  }))

test('one that does not read its input is no failure', async () => {
  const ran = await collect('exit 0', { input: 'x'.repeat(1 << 20) })
  assert.is(ran.status === 'exited' && ran.code, 0)
})

test('ended by a signal, that is its code', async () => {
  const ran = await collect('kill -KILL $$')
  assert.is(ran.status === 'exited' && ran.code, 'SIGKILL')
})

test('what cannot be started is told', () =>
  withFolder({ 'no-program': 'text' }, async root => {
    const run = (command: string, cwd = root) => collectOutput({ command, args: [], env, cwd }, { signal })
    assert.equal(await run('no-such-program-anywhere'), { status: 'not-found' })
    assert.equal(await run(join(root, 'no-program')), { status: 'not-started', reason: 'EACCES' })
    assert.is((await run('sh\0')).status, 'not-started')
  }))

test('lines of stderr are told as they come, and kept unless they are taken', async () => {
  const lines: string[] = []
  const onStderrLine = (line: string) => {
    lines.push(line)
    return line.startsWith('{')
  }
  const ran = await collect("printf 'a\\n{b\\n\\nlast' >&2", { onStderrLine })
  assert.equal(lines, ['a', '{b', ''])
  assert.is(ran.status === 'exited' && ran.stderr, 'a\n\nlast')
})

test('one that says too much is ended', async () => {
  assert.equal(await collect('exec yes', { stdoutMax: 5000 }), { status: 'too-long', bytes: 5000 })
  const ran = await collect('yes | head -c 5000', { stdoutMax: 5000 })
  assert.is(ran.status === 'exited' && ran.stdout.length, 5000)
})

test('of stderr the end is kept', async () => {
  const ran = await collect('yes | head -c 1000000 >&2; echo end >&2')
  assert.ok(ran.status === 'exited' && ran.stderr.length <= 256 * 1024 && ran.stderr.endsWith('y\nend\n'))
})

test('one that takes too long is ended, in all or without a word', async () => {
  assert.equal(await collect('sleep 60', { timeout: 50 }), { status: 'timed-out', milliseconds: 50 })
  assert.equal(await collect('echo a; sleep 60', { idleTimeout: 50 }), {
    status: 'timed-out',
    milliseconds: 50,
  })
  const busy = await collect('for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done', { idleTimeout: 400 })
  assert.is(busy.status, 'exited')
})

const STUBBORN = "trap '' TERM INT HUP; "
for (const [what, script] of [
  ['that hangs', 'echo $$ > child; sleep 60 & echo $! > grandchild; wait'],
  [
    'that ignores every signal, as does what it started',
    `${STUBBORN}echo $$ > child; sh -c "${STUBBORN}while :; do sleep 1; done" & echo $! > grandchild; while :; do sleep 1; done`,
  ],
] as const) {
  test(`an abort ends one ${what}: nothing of it is left`, () =>
    withFolder({}, async cwd => {
      const stop = new AbortController()
      const ran = collectOutput({ ...sh(script), cwd }, { signal: stop.signal })
      const pids = await Promise.all(['child', 'grandchild'].map(name => pidIn(join(cwd, name))))
      assert.ok(pids.every(isRunning))
      stop.abort()
      assert.equal(await ran, { status: 'aborted' })
      await until(() => !pids.some(isRunning), 'all of it to end')
    }))
}

test('aborted before, it is not even started', () =>
  withFolder({}, async cwd => {
    const stop = new AbortController()
    stop.abort()
    assert.equal(await collectOutput({ ...sh('echo > ran'), cwd }, { signal: stop.signal }), {
      status: 'aborted',
    })
    assert.not.ok(existsSync(join(cwd, 'ran')))
  }))

test('what it leaves running, with its pipes, is neither waited for nor ended', () =>
  withFolder({}, async cwd => {
    const script = 'echo out; sleep 60 & echo $! > left; exit 4'
    const ran = await collectOutput({ ...sh(script), cwd }, { signal, timeout: 50_000 })
    assert.is(ran.status === 'exited' && `${ran.code} ${ran.stdout}`, '4 out\n')
    const left = await pidIn(join(cwd, 'left'))
    assert.ok(isRunning(left))
    process.kill(left)
  }))

test('many at once are no leak, and leave no listener', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => void warnings.push(warning)
  process.on('warning', onWarning)
  const [listeners, max] = [process.listenerCount('exit'), process.getMaxListeners()]
  await Promise.all(Array.from({ length: 15 }, () => collect('exit 0')))
  await new Promise(done => setImmediate(done))
  process.off('warning', onWarning)
  assert.equal(warnings, [])
  assert.equal([process.listenerCount('exit'), process.getMaxListeners()], [listeners, max])
})

test('it does not outlive us, even where nobody ends it', () =>
  withFolder({}, async cwd => {
    const url = new URL('../../src/lib/spawn.ts', import.meta.url)
    const stubborn = `${STUBBORN}echo $$ > child; while :; do sleep 1; done`
    const script = `import { startProgram } from ${JSON.stringify(url.href)}
import { existsSync } from 'node:fs'
startProgram({ command: 'sh', args: ['-c', ${JSON.stringify(stubborn)}], env: process.env })
setInterval(() => existsSync('child') && process.exit(7), 10)`
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script]
    const ran = await collectOutput(
      { command: process.execPath, args, env, cwd },
      { signal, timeout: 50_000 },
    )
    assert.is(ran.status === 'exited' && ran.code, 7, JSON.stringify(ran))
    const pid = await pidIn(join(cwd, 'child'))
    await until(() => !isRunning(pid), 'it to end with us')
  }))

test('one that has ended is not ended again', async () => {
  const started = startProgram(sh('exit 0'))
  if ('status' in started) throw new Error(started.status)
  await new Promise(done => started.child.on('exit', done))
  assert.is(started.end(), false)
})

test('run in our place: its exit code, or 128 and the number of the signal that ended it', async () => {
  for (const code of [0, 1, 42])
    assert.equal(await runInherited(sh(`exit ${code}`), signal), { status: 'exited', code })
  assert.equal(await runInherited(sh('kill -KILL $$'), signal), { status: 'exited', code: 137 })
  assert.equal(await runInherited(sh('kill -TERM $$'), signal), { status: 'exited', code: 143 })
})

test('run in our place: where it is told, with the environment and the arguments it is given', () =>
  withFolder({}, async cwd => {
    const script = 'fs.writeFileSync("out", JSON.stringify([process.env.A, process.argv.slice(1)]))'
    const program = { command: process.execPath, args: ['-e', script, '--', '--json', 'a b', '$A'] }
    assert.equal(await runInherited({ ...program, cwd, env: { A: 'é' } }, signal), {
      status: 'exited',
      code: 0,
    })
    assert.equal(JSON.parse(readFileSync(join(cwd, 'out'), 'utf8')), ['é', ['--json', 'a b', '$A']])
  }))

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`run in our place: ${name} is passed on`, () =>
    withFolder({}, async cwd => {
      const script = `process.on('${name}', () => process.exit(7)); fs.writeFileSync('ready', ''); setInterval(() => {}, 1000)`
      const stop = new AbortController()
      const ran = runInherited({ ...node(script), cwd }, stop.signal)
      await until(() => existsSync(join(cwd, 'ready')), 'it to be ready')
      stop.abort(name)
      assert.equal(await ran, { status: 'exited', code: 7 })
    }))
}

test('run in our place: not even started after a signal, and told when it cannot be', () =>
  withFolder({ 'no-program': 'text' }, async root => {
    const stop = new AbortController()
    stop.abort('SIGINT')
    assert.equal(await runInherited(sh(`echo > '${root}/ran'`), stop.signal), { status: 'aborted' })
    assert.not.ok(existsSync(join(root, 'ran')))
    const run = (command: string) => runInherited({ command, args: [], env }, signal)
    assert.equal(await run('no-such-program-anywhere'), { status: 'not-found' })
    assert.equal(await run(join(root, 'no-program')), { status: 'not-started', reason: 'EACCES' })
  }))

test.run()

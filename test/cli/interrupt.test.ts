/** Ctrl-C ends a run at once, whatever it waits for, with exit code 130, and says what became of the files. */
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import { type FakeEngine, startEngine } from './support/engine.ts'
import { problemsOf } from './support/problems.ts'
import { type Project, type RunOptions, withProject } from './support/project.ts'
import { until } from './support/until.ts'

const test = suite('interrupt')
const DEAF_NAMES = fileURLToPath(new URL('support/deaf-names.cjs', import.meta.url))

async function withTrial(
  body: (project: Project, registry: EmbeddedRegistry) => Promise<void>,
): Promise<void> {
  const registry = await startRegistry({ answerAnything: true })
  try {
    await withProject(async project => {
      project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\nFROM ${registry.host}/node:24\n`)
      await body(project, registry)
    })
  } finally {
    await registry.close()
  }
}

const UNTOUCHED = /^Files and lockfile are unchanged$/

/** Runs until `waits` holds, interrupts, and sees that it ends of itself although what it waits for never comes. */
async function interrupted(
  project: Project,
  args: readonly string[],
  waits: () => boolean,
  next: RegExp,
  { kill = 'SIGINT', ...options }: RunOptions & { readonly kill?: NodeJS.Signals } = {},
): Promise<void> {
  // Long before any of our own timeouts, and long after what a busy machine needs.
  const { child, ended } = project.start(args, { timeoutMs: 25_000, ...options })
  await until(waits, 'the run to wait', 20)
  child.kill(kill)
  const ran = await ended
  assert.is(ran.code, 130, `${ran.signal} ${ran.stdout}${ran.stderr}`)
  assert.is(ran.stdout, '')
  const [problem, ...others] = problemsOf(ran)
  assert.equal(others, [])
  assert.is(problem?.what, 'interrupted')
  assert.match(problem?.next ?? '', next)
}

for (const kill of ['SIGINT', 'SIGTERM'] as const) {
  test(`${kill} while a registry does not answer`, () =>
    withTrial(async (project, registry) => {
      registry.fault({}, { kind: 'hang', at: 'headers' })
      const before = project.snapshot()
      await interrupted(project, [], () => registry.requests.length >= 2, UNTOUCHED, { kill })
      assert.equal(project.snapshot(), before)
    }))
}

test('while a registry stops in the middle of an answer', () =>
  withTrial(async (project, registry) => {
    registry.fault({ method: 'GET' }, { kind: 'hang', at: 'body' })
    const before = project.snapshot()
    const stuck = () => registry.requests.filter(({ method }) => method === 'GET').length === 2
    await interrupted(project, ['--no-verify'], stuck, UNTOUCHED)
    assert.equal(project.snapshot(), before)
  }))

test('while a registry that is out of order is given time', () =>
  withTrial(async (project, registry) => {
    registry.fault({}, { kind: 'status', status: 503, headers: { 'retry-after': '4' } })
    const before = project.snapshot()
    await interrupted(project, [], () => registry.requests.length >= 2, UNTOUCHED)
    assert.equal(project.snapshot(), before)
  }))

test('while a name is looked up, which nobody can call off', () =>
  withProject(async project => {
    project.write('Dockerfile', 'FROM registry.invalid/alpine:3.23\n')
    const before = project.snapshot()
    const log = project.path('../names')
    const env = { NODE_OPTIONS: `--require ${DEAF_NAMES}`, NAMES_LOG: log }
    const asked = () => existsSync(log) && readFileSync(log, 'utf8') === 'registry.invalid\n'
    await interrupted(project, ['--no-verify'], asked, UNTOUCHED, { env })
    assert.equal(project.snapshot(), before)
  }))

test('while a credential helper waits for somebody to unlock it, which then ends too', () =>
  withTrial(async (project, registry) => {
    registry.fault({}, { kind: 'status', status: 401 })
    const pid = project.path('../pid')
    project.write('../bin/docker-credential-slow', `#!/bin/sh\necho $$ > '${pid}'\nexec sleep 60\n`)
    chmodSync(project.path('../bin/docker-credential-slow'), 0o755)
    project.write('../home/.docker/config.json', '{"credsStore": "slow"}')
    const before = project.snapshot()
    const PATH = `${project.path('../bin')}:${process.env.PATH}`
    const started = () => existsSync(pid) && readFileSync(pid, 'utf8').endsWith('\n')
    await interrupted(project, [], started, UNTOUCHED, { env: { PATH } })
    assert.equal(project.snapshot(), before)
    const gone = () => {
      try {
        return !process.kill(Number(readFileSync(pid, 'utf8')), 0)
      } catch {
        return true
      }
    }
    await until(gone, 'the helper to end')
  }))

async function withEngine(
  project: Project,
  body: (engine: FakeEngine, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const engine = await startEngine(project.path('../engine.sock'))
  try {
    await body(engine, { DOCKER_HOST: engine.host })
  } finally {
    await engine.close()
  }
}

const pulling = (engine: FakeEngine) => () =>
  engine.requests.some(request => request.startsWith('POST /images/create'))

test('while the engine pulls: what was locked and pinned stays, and it says so', () =>
  withTrial(async project => {
    assert.is((await project.runHere(['--no-verify'])).code, 0)
    const after = project.snapshot()
    await project.runHere(['unpin'])
    await project.exec('rm', ['docker-images.lock'])
    await withEngine(project, async (engine, env) => {
      engine.pulls = 'hang'
      await interrupted(project, [], pulling(engine), /lockfile are written\. .*dock-lock pull$/, { env })
      assert.equal(project.snapshot(), after)
      // The next time there is nothing to write, so nothing was.
      engine.clear()
      await interrupted(project, [], pulling(engine), UNTOUCHED, { env })
      engine.clear()
      await interrupted(project, ['pull'], pulling(engine), UNTOUCHED, { env })
      assert.equal(project.snapshot(), after)
      engine.pulls = 'work'
      assert.is((await project.run(['pull'], { env })).code, 0)
    })
  }))

test('while the engine does not answer', () =>
  withTrial(async project => {
    const path = project.path('../silent.sock')
    let connections = 0
    const silent: Server = createServer(socket => {
      connections++
      socket.on('error', () => {})
    })
    await new Promise<void>(done => silent.listen(path, done))
    const before = project.snapshot()
    const env = { DOCKER_HOST: `unix://${path}` }
    await interrupted(project, [], () => connections > 0, UNTOUCHED, { env })
    assert.equal(project.snapshot(), before)
    silent.close()
  }))

test('at any moment: what it says of the files is so', () =>
  withTrial(async (project, registry) => {
    const dockerfile = project.read('Dockerfile')
    const before = project.snapshot()
    assert.is((await project.run([])).code, 0)
    const after = project.snapshot()
    // Spread over the run: while it starts, asks, writes, and looks for an engine.
    for (let delay = 0; delay < 300; delay += 15) {
      await project.exec('rm', ['-f', 'docker-images.lock'])
      project.write('Dockerfile', dockerfile)
      registry.clear()
      const { child, ended } = project.start([])
      await sleep(delay)
      child.kill('SIGINT')
      const { code, signal, stderr } = await ended
      const untouched = signal === 'SIGINT' ? registry.requests.length === 0 : /are unchanged/.test(stderr)
      assert.ok(code === 130 || code === 0 || signal === 'SIGINT', `${code} ${signal} ${stderr}`)
      assert.equal(project.snapshot(), untouched ? before : after, `${delay} ms: ${code} ${signal} ${stderr}`)
    }
  }))

test('with --json it is told in the one document', () =>
  withTrial(async (project, registry) => {
    registry.fault({}, { kind: 'hang', at: 'headers' })
    const { child, ended } = project.start(['--json'], { timeoutMs: 25_000 })
    await until(() => registry.requests.length > 0, 'a request')
    child.kill('SIGINT')
    const { code, stdout, stderr } = await ended
    assert.is(code, 130)
    assert.is(stderr, '')
    const document = JSON.parse(stdout) as { exitCode: number; error: { code: string } }
    assert.is(document.exitCode, 130)
    assert.is(document.error.code, 'interrupted')
  }))

test.run()

/**
 * Whatever does not answer is given the time that the README states, and then told; the run ends. All at once, since each takes its
 * full time.
 */
import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Behaviour, startRegistry } from '../support/registry/index.ts'
import type { Ran } from '../support/spawn.ts'
import { problemsOf } from './support/problems.ts'
import { withProject } from './support/project.ts'

const test = suite('hang')

const UPDATES = {
  'check --registry': ['check', '--registry'],
  outdated: ['outdated'],
  update: ['update', '--semver', 'minor', '--no-verify', '--no-pull'],
} as const
const updating = Object.keys(UPDATES) as (keyof typeof UPDATES)[]

interface Outcome extends Ran {
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
}

/** Two images of one registry that hangs. */
async function withRegistry(method: string, behaviour: Behaviour): Promise<Outcome> {
  const registry = await startRegistry({ answerAnything: true })
  let outcome: Outcome | undefined
  try {
    await withProject(async project => {
      project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\nFROM ${registry.host}/node:24\n`)
      registry.fault({ method }, behaviour)
      const before = project.snapshot()
      const ran = await project.run([], { timeoutMs: 120_000 })
      outcome = { ...ran, before, after: project.snapshot() }
    })
  } finally {
    await registry.close()
  }
  if (outcome === undefined) throw new Error('nothing ran')
  return outcome
}

/** Two locked images of one registry that hangs since then, or is down. */
async function withLocked(args: readonly string[], what: 'hangs' | 'is down'): Promise<Outcome> {
  const registry = await startRegistry()
  let outcome: Outcome | undefined
  try {
    await withProject(async project => {
      for (const name of ['alpine', 'node']) registry.addImage(name, '3.23')
      project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\nFROM ${registry.host}/node:3.23\n`)
      const locked = await project.runHere(['--no-verify'])
      assert.is(locked.code, 0, locked.stdout + locked.stderr)
      if (what === 'hangs') registry.fault({}, { kind: 'hang', at: 'headers' })
      else await registry.down()
      const before = project.snapshot()
      const ran = await project.run(args, { timeoutMs: 120_000 })
      outcome = { ...ran, before, after: project.snapshot() }
    })
  } finally {
    await registry.close()
  }
  if (outcome === undefined) throw new Error('nothing ran')
  return outcome
}

/** An engine that takes connections and says nothing, while the registry is well. */
async function withEngine(args: readonly string[]): Promise<Outcome> {
  const registry = await startRegistry({ answerAnything: true })
  let outcome: Outcome | undefined
  const silent = createServer(socket => socket.on('error', () => {}))
  try {
    await withProject(async project => {
      const path = project.path('../silent.sock')
      await new Promise<void>(done => silent.listen(path, done))
      const env = { DOCKER_HOST: `unix://${path}` }
      project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\n`)
      project.write('docker-images.lock', 'lockfileVersion: 1\nimages: {}\n')
      const before = project.snapshot()
      const ran = await project.run(args, { env, timeoutMs: 120_000 })
      outcome = { ...ran, before, after: project.snapshot() }
    })
  } finally {
    silent.close()
    await registry.close()
  }
  if (outcome === undefined) throw new Error('nothing ran')
  return outcome
}

const start = () => ({
  headers: withRegistry('HEAD', { kind: 'hang', at: 'headers' }),
  body: withRegistry('GET', { kind: 'hang', at: 'body' }),
  lock: withEngine([]),
  verify: withEngine(['verify']),
  'check --registry': withLocked(UPDATES['check --registry'], 'hangs'),
  outdated: withLocked(UPDATES.outdated, 'hangs'),
  update: withLocked(UPDATES.update, 'hangs'),
})
let started: ReturnType<typeof start> | undefined
function outcome(name: keyof ReturnType<typeof start>): Promise<Outcome> {
  if (started === undefined) {
    started = start()
    for (const one of Object.values(started)) one.catch(() => {})
  }
  return started[name]
}

/** One problem that names both images, and exit code 3. */
function assertUnreachable(ran: Outcome, says: RegExp): void {
  assert.is(ran.code, 3, ran.stdout + ran.stderr)
  assert.equal(ran.after, ran.before)
  const [problem, ...others] = problemsOf(ran)
  assert.equal(others, [], ran.stdout)
  assert.is(problem?.where, 'Dockerfile:1:6')
  assert.match(problem?.what ?? '', says)
  assert.match(problem?.what ?? '', /\/alpine:3\.23 and \S+\/node:3\.23: .*\(also Dockerfile:2:6\)/)
  assert.match(problem?.next ?? '', /^check the network, then (?:try|run dock-lock) again/)
}

for (const name of updating) {
  test(`${name}: a registry that never answers is reported once, after its time-out`, async () =>
    assertUnreachable(await outcome(name), /did not answer within 30 s/))

  test(`${name}: a registry that is down is reported once`, async () =>
    assertUnreachable(await withLocked(UPDATES[name], 'is down'), /refused the connection/))
}

for (const [name, says] of [
  ['headers', /did not answer within 30 s/],
  ['body', /sent nothing for 30 s in the middle of a response/],
] as const) {
  test(`a registry that never sends the ${name}: both images are told, nothing is written`, async () => {
    const ran = await outcome(name)
    assert.is(ran.code, 3, ran.stdout + ran.stderr)
    assert.equal(ran.after, ran.before)
    const problems = problemsOf(ran)
    // One host, one problem, with both images and where they stand.
    assert.equal(
      problems.map(({ where }) => where),
      ['Dockerfile:1:6'],
    )
    for (const { what, next } of problems) {
      assert.match(what, says)
      assert.match(what, / and .*\(also Dockerfile:2:6\)/)
      assert.ok(next)
    }
  })
}

test('an engine that never answers: files are locked and pinned, and it says that nothing was verified', async () => {
  const { code, stdout, after } = await outcome('lock')
  // DOCKER_HOST names it.
  assert.is(code, 3)
  assert.match(stdout, /not verified: no engine answered/)
  assert.match(stdout, /does not answer \(GET \/_ping: no answer in 10 s\)/)
  assert.match(after.Dockerfile ?? '', /@sha256:/)
})

test('an engine that never answers stops verify', async () => {
  const ran = await outcome('verify')
  assert.is(ran.code, 3, ran.stdout + ran.stderr)
  assert.equal(ran.after, ran.before)
  const [problem] = problemsOf(ran)
  assert.match(problem?.what ?? '', /does not answer \(GET \/_ping: no answer in 10 s\)/)
  assert.ok(problem?.next)
})

test.run()

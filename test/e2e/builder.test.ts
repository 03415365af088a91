/** A buildx builder that is no engine's own: buildx itself, its `remote` driver, and the BuildKit inside of real engines. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VerifyReport } from '../../src/index.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import { type Builder, startBuilder } from './support/builder.ts'
import { type Engine, enginesAvailable, startEngine } from './support/engines.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

interface Bench extends Seeded {
  engine: Engine
  builder: Builder
}

const NAMES = ['alpine:3.23', 'busybox:1.37'] as const

const run = (
  { directory, engine }: Bench,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) =>
  runProgram(process.execPath, [CLI, ...args], {
    cwd: directory,
    env: { ...engine.env, NO_COLOR: '1', ...env },
  })
const reportOf = async (
  bench: Bench,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<VerifyReport> => {
  const { stdout, stderr } = await run(bench, [...args, '--json'], env)
  if (!stdout.startsWith('{')) throw new Error(stdout + stderr)
  return JSON.parse(stdout) as VerifyReport
}
const statesOf = ({ images }: VerifyReport) =>
  images.flatMap(({ stores = [] }) => stores.map(({ state, registryUse }) => `${state} ${registryUse}`))
/** The first store, which must have answered. */
function storeOf({ stores: [store] }: VerifyReport) {
  if (!store?.reached) throw new Error(JSON.stringify(store))
  return store
}
/** For which the builder builds when nobody says. */
async function platformOf(bench: Bench, builder: string): Promise<string> {
  return storeOf(await reportOf(bench, ['verify', '--builder', builder])).platforms.join()
}
const placeOf = (report: VerifyReport) => storeOf(report).imageStore

async function start(bench: Bench, kind: Parameters<typeof startEngine>[0]): Promise<void> {
  const available = enginesAvailable()
  if (!available.ok) throw new Error(available.reason)
  Object.assign(bench, await startSeeded(['library/alpine:3.23', 'library/busybox:1.37']))
  bench.engine = await bench.use(startEngine(kind, bench.engineOptions))
  bench.builder = await startBuilder(bench.engine, bench.directory, 'farm')
  const from = NAMES.map((name, index) => `FROM ${name} AS s${index}\nRUN echo ${index} > /made\n`)
  const copies = NAMES.map((_, index) => `COPY --from=s${index} /made /${index}\n`)
  writeFileSync(join(bench.directory, 'Dockerfile'), `${from.join('')}FROM scratch\n${copies.join('')}`)
  const locked = await run(bench, ['lock', '--no-verify'])
  assert.is(locked.code, 0, locked.stdout + locked.stderr)
}

async function stop(bench: Bench): Promise<void> {
  await bench.builder?.stop()
  await bench.stop?.()
}

/** As its user would, with nothing of it cached by steps. */
const buildThere = ({ engine, directory }: Bench, builder = 'farm', ...more: readonly string[]) => {
  const args = [`--builder=${builder}`, '--progress=plain', '--no-cache', '--network=none', ...more]
  return engine.docker(['buildx', 'build', ...args, directory], { timeoutMs: 120_000 })
}

async function buildx({ engine }: Bench, ...args: readonly string[]): Promise<void> {
  const { code, output } = await engine.docker(['buildx', ...args])
  assert.is(code, 0, output)
}

const containerd = suite<Bench>('a builder over the containerd store')

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
containerd('what is absent is absent, and a build asks for it', async bench => {
  await start(bench, 'docker-28-containerd')
  const report = await reportOf(bench, ['verify', '--builder', 'farm'])
  assert.is(placeOf(report), 'builder farm, remote driver')
  assert.equal(statesOf(report), ['absent required', 'absent required'])
  assert.is(report.exitCode, 1)
  bench.gate.clear()
  await bench.gate.setMode('refuse')
  assert.is.not((await buildThere(bench)).code, 0)
  await bench.gate.setMode('pass')
})

containerd(
  'a pull brings all of it into the builder, which is then verified, and not strictly',
  async bench => {
    const pulled = await run(bench, ['pull', '--builder', 'farm'])
    assert.is(pulled.code, 0, pulled.stdout + pulled.stderr)
    assert.match(pulled.stdout, /in its cache; a prune would remove them/)
    assert.match(pulled.stdout, /BuildKit \(builder farm, remote driver, linux\/\w+\)/)
    const report = await reportOf(bench, ['verify', '--builder', 'farm'])
    assert.equal(statesOf(report), ['cache-only optional', 'cache-only optional'])
    assert.is(report.exitCode, 0)
    const strict = await run(bench, ['verify', '--strict', '--builder', 'farm'])
    assert.is(strict.code, 1)
    assert.match(strict.stdout, /a builder has only a cache/)
    assert.not.match(strict.stdout, /dock-lock pull/)
  },
)

containerd('what is verified is built with the registry gone, after a new start', async bench => {
  await bench.gate.setMode('refuse')
  await bench.engine.restart()
  assert.is((await reportOf(bench, ['verify', '--builder', 'farm'])).exitCode, 0)
  const { code, output } = await buildThere(bench)
  assert.is(code, 0, output)
  await bench.gate.setMode('pass')
})

containerd('after a prune all of it is absent, and a pull brings it again', async bench => {
  await buildx(bench, 'prune', '--builder=farm', '--all', '--force')
  const states = statesOf(await reportOf(bench, ['verify', '--builder', 'farm']))
  assert.equal(states, ['absent required', 'absent required'])
  assert.is((await reportOf(bench, ['pull', '--builder', 'farm'])).exitCode, 0)
})

containerd('without an option it is chosen as buildx does', async bench => {
  const place = async (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    placeOf(await reportOf(bench, ['verify', ...args], env))
  const farm = 'builder farm, remote driver'
  assert.is(await place(), 'containerd')
  assert.is(await place([], { BUILDX_BUILDER: 'farm' }), farm)
  assert.is(await place([], { BUILDX_BUILDER: 'FARM' }), farm)
  assert.is(await place(['--builder', 'default'], { BUILDX_BUILDER: 'farm' }), 'containerd')
  assert.is(await place(['--host', bench.engine.host], { BUILDX_BUILDER: 'farm' }), 'containerd')
  const using = (...args: readonly string[]) => buildx(bench, 'use', ...args)
  await using('farm')
  assert.is(await place(), farm)
  assert.is(await place([], { BUILDX_BUILDER: 'default' }), 'containerd')
  const { stdout } = await run(bench, ['verify'])
  assert.match(
    stdout,
    /farm is the current buildx builder; docker build uses it only with BUILDX_BUILDER=farm/,
  )
  assert.not.match((await run(bench, ['verify'], { BUILDX_BUILDER: 'farm' })).stdout, /current builder/)
  await using('default')
  assert.is(await place(), 'containerd')
  await using('--default', 'farm')
  assert.is(await place(), farm)
  await using('default')
})

containerd('the builder and its engine are two stores', async bench => {
  const report = await reportOf(bench, ['verify', '--builder', 'farm', '--host', bench.engine.host])
  assert.equal(
    report.stores.map(({ label, reached }) => `${label} ${reached}`),
    ['farm true', 'docker.sock true'],
  )
})

containerd('platforms that its user gave a node are not what a plain build is for', async bench => {
  const { gate, builder } = bench
  const own = await platformOf(bench, 'farm')
  const foreign = own === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64'
  for (const given of [foreign, `${foreign},${own}`, own]) {
    await buildx(bench, 'prune', '--builder=farm', '--all', '--force')
    const create = ['create', '--name', 'given', '--driver', 'remote', '--platform', given] as const
    await buildx(bench, ...create, builder.address)
    try {
      const pulled = await reportOf(bench, ['pull', '--builder', 'given'])
      assert.is(pulled.exitCode, 0, given)
      assert.equal(storeOf(pulled).platforms, [own], given)
      await gate.setMode('refuse')
      assert.is((await reportOf(bench, ['verify', '--builder', 'given'])).exitCode, 0, given)
      const { code, output } = await buildThere(bench, 'given')
      assert.is(code, 0, output)
    } finally {
      await gate.setMode('pass')
      await buildx(bench, 'rm', 'given')
    }
  }
})

containerd('of several nodes, the one is meant to which such a build is sent', async bench => {
  const { gate, builder } = bench
  const engine = await startEngine('docker-28-containerd', bench.engineOptions)
  const other = await startBuilder({ ...bench.engine, socket: engine.socket }, bench.directory, 'other')
  const named = ['--platform', await platformOf(bench, 'farm')] as const
  const create = ['create', '--name', 'both', '--driver', 'remote'] as const
  const dockLock = (command: string, ...more: readonly string[]) =>
    reportOf(bench, [command, '--builder', 'both', ...more])
  const states = async () =>
    [await dockLock('verify'), await dockLock('verify', ...named)].map(report => statesOf(report)[0])
  const buildsPass = async () => {
    await gate.setMode('refuse')
    const ends = [await buildThere(bench, 'both'), await buildThere(bench, 'both', ...named)]
    await gate.setMode('pass')
    return ends.map(({ code }) => code === 0)
  }
  try {
    // The first has the platform, too, but the second is said to be for it.
    await buildx(bench, ...create, builder.address)
    await buildx(bench, ...create, '--append', ...named, other.address)
    await buildx(bench, 'prune', '--builder=farm', '--all', '--force')
    assert.equal(await states(), ['absent required', 'absent required'])
    assert.is((await dockLock('pull')).exitCode, 0)
    assert.equal(await states(), ['cache-only optional', 'absent required'])
    assert.equal(await buildsPass(), [true, false])
    assert.is((await dockLock('pull', ...named)).exitCode, 0)
    assert.equal(await states(), ['cache-only optional', 'cache-only optional'])
    assert.equal(await buildsPass(), [true, true])
  } finally {
    await buildx(bench, 'rm', 'both')
    await other.stop()
    await engine.stop()
  }
})

containerd('one that nobody knows is an error that says which there are', async bench => {
  const given = await run(bench, ['verify', '--builder', 'gone'])
  assert.is(given.code, 2)
  assert.match(given.stderr, /--builder: there is no builder "gone"/)
  assert.match(given.stderr, /default, farm/)
  const set = await run(bench, ['verify'], { BUILDX_BUILDER: '../x' })
  assert.is(set.code, 2)
  assert.match(set.stderr, /BUILDX_BUILDER: there is no builder "\.\.\/x"/)
})

containerd('one that is down is said to be down, and nothing is verified', async bench => {
  await bench.builder.setUp(false)
  const { code, stdout, stderr } = await run(bench, ['verify', '--builder', 'farm'])
  assert.is(code, 3, stdout)
  assert.match(stderr, /the builder farm \(remote\) is not running \(inactive\)/)
  assert.match(stderr, /docker buildx inspect --bootstrap farm/)
  await bench.builder.setUp(true)
})

containerd('a digest that no registry has is told in its words', async bench => {
  const file = join(bench.directory, 'docker-images.lock')
  const { readFileSync } = await import('node:fs')
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, before.replace(/sha256:[0-9a-f]{64}/, `sha256:${'0'.repeat(64)}`))
  const { findings } = await reportOf(bench, ['pull', '--builder', 'farm'])
  // The file still has the digest that there is.
  assert.equal(
    findings.map(({ code }) => code),
    ['mismatch', 'pull-failed'],
  )
  const finding = findings[1]
  assert.is(finding?.code === 'pull-failed' && finding.cause, 'not-found')
  writeFileSync(file, before)
})

containerd('they stop', stop)
containerd.run()

const graphdriver = suite<Bench>('a builder over the graphdriver store')

graphdriver('its layers are no content: never verified, although its builds pass', async bench => {
  await start(bench, 'docker-28-graphdriver')
  const pulled = await reportOf(bench, ['pull', '--builder', 'farm'])
  assert.is(pulled.exitCode, 1)
  assert.equal(statesOf(pulled), ['incomplete required', 'incomplete required'])
  await bench.gate.setMode('refuse')
  const { code, output } = await buildThere(bench)
  assert.is(code, 0, output)
})

graphdriver('they stop', stop)
graphdriver.run()

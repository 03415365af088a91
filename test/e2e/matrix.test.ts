/**
 * Predicted = happened: in every state that a store can have an image in, what `verify` says of it, through every door that the engine
 * has, is what a build then does, with a registry that never answers and with one that refuses, the daemon restarted. The table is
 * printed, and must be that of the docs.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { type Doors, openDoors } from './support/doors.ts'
import { type EngineKind, engineKinds } from './support/engines.ts'
import { type Gate, startGate } from './support/gate.ts'
import { pushImage, type SeededImage, seedImages } from './support/images.ts'
import { type Registry, startRegistry } from './support/registry.ts'
import { buildFrom, type Material, STATES, type State, TAG } from './support/states.ts'

/** An engine with a registry of its own, so that what is asked there is asked by it. */
interface Bench {
  readonly doors: Doors
  /** The environment in which `--context` with each of `DOORS` leads to the engine. */
  readonly byDoors: Readonly<Record<string, string>>
  readonly registry: Registry
  readonly gate: Gate
  readonly material: Material
  readonly project: string
}

interface Verdict {
  readonly store: string
  readonly state: string
  readonly build: string
}

const FORMS = { 'name:tag@X': `${TAG}@`, 'name@X': 'alpine@' } as const
type Form = keyof typeof FORMS

/** Docker contexts, each another way to the same engine: TLS on loopback, the unix socket, ssh on loopback. */
const DOORS = ['tls', 'unix', 'ssh'] as const
/** In the table, for a state that a store cannot have. */
const NOT_MADE = '–'

const matrix = suite('matrix')
const benches: Bench[] = []
const rows: string[] = []

matrix('engines and registries start', async () => {
  benches.push(...(await Promise.all(engineKinds.map(prepare))))
})

for (const state of STATES) {
  for (const form of Object.keys(FORMS) as Form[]) {
    matrix(`${state.title}, FROM ${form}`, async () => {
      assert.is(benches.length, engineKinds.length, 'no engines: see the first test')
      const cells = await Promise.all(benches.map(bench => cell(bench, state, form)))
      rows.push(`| ${[state.title, `\`${form}\``, ...cells.map(one => one.words)].join(' | ')} |`)
      for (const { predicted, happened } of cells) assert.is(predicted, happened, rows.at(-1))
      for (const { words, throughDoors } of cells) {
        if (words === NOT_MADE) continue
        assert.equal(throughDoors, Object.fromEntries(DOORS.map(door => [door, words])), rows.at(-1))
      }
      // Whatever it was, `dock-lock pull` mends it, but for a graphdriver store that has the digest for another platform.
      for (const { state, mended } of cells)
        assert.match(
          mended,
          state === 'wrong-platform' ? /^(wrong-platform|pulled)$/ : /^(present|pulled|tagged)$/,
        )
    })
  }
}

matrix('the table is that of the docs', () => {
  console.log(`\n${rows.join('\n')}`)
  const docs = readFileSync(new URL('../../docs/verify.md', import.meta.url), 'utf8')
  for (const row of rows) assert.ok(docs.includes(row), `docs/verify.md has not: ${row}`)
})

matrix('engines and registries stop', async () => {
  for (const { doors, gate, registry, project } of benches) {
    await Promise.all([doors.stop(), gate.stop(), registry.stop()])
    rmSync(project, { recursive: true, force: true })
  }
})

async function prepare(kind: EngineKind): Promise<Bench> {
  const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-matrix-'))
  const registry = await startRegistry()
  const gate = await startGate({ upstream: registry.socket })
  const reference = `library/${TAG}` as const
  const later = (await seedImages(registry, [reference], { revision: 1 }))[reference]
  const image = (await seedImages(registry, [reference]))[reference]
  await pushImage(registry, { ...image, repository: 'mirror/alpine' })
  const folder = join(project, 'build')
  mkdirSync(folder)
  const doors = await openDoors(kind, { registryMirrors: [`http://${gate.address}`] })
  const { engine, sshd, config } = doors
  const path = `${sshd.client().path}:${engine.env.PATH}`
  const byDoors = { ...engine.env, PATH: path, DOCKER_CONFIG: config, DOCKER_HOST: '' }
  const point = (one: SeededImage) => pushImage(registry, one)
  return { doors, byDoors, registry, gate, project, material: { image, later, folder, point } }
}

async function cell(bench: Bench, { make }: State, form: Form) {
  const { doors, gate, material } = bench
  const { engine } = doors
  await gate.setMode('pass')
  await engine.pruneAll()
  const made = make(engine, material)
  if (made === undefined) return { words: NOT_MADE, mended: 'present' }
  await made
  await gate.setMode('refuse')
  const from = `${FORMS[form]}${material.image.digest}`
  const { state, build } = await dockLock(bench, from, 'verify')
  const throughDoors = await verifyThroughDoors(bench, from)
  const happened = await happens(bench, from)
  await gate.setMode('pass')
  let mended = await dockLock(bench, from, 'pull', '--move-tags')
  if (mended.state === 'incomplete') {
    // The engine leaves out layers that it has unpacked, for the image or a build: the finding says what to do.
    await engine.pruneBuildCache()
    await engine.docker(['image', 'rm', '--force', TAG, `alpine@${material.image.digest}`])
    mended = await dockLock(bench, from, 'pull', '--move-tags')
  }
  const words = inWords({ state, build })
  return { words, state, predicted: build, happened, throughDoors, mended: mended.state }
}

function inWords({ state, build }: Omit<Verdict, 'store'>): string {
  return `${state}, ${build}`
}

/** What `dock-lock verify`, or another command, says of the image. */
async function dockLock(bench: Bench, from: string, ...args: readonly string[]): Promise<Verdict> {
  const [verdict] = await verdicts(bench, from, args, bench.doors.engine.env)
  assert.ok(verdict)
  return verdict
}

/** What one `dock-lock verify` says of the engine's image by each door, in words. */
async function verifyThroughDoors(bench: Bench, from: string): Promise<Readonly<Record<string, string>>> {
  const contexts = DOORS.map(name => `--context=${name}`)
  const said = await verdicts(bench, from, ['verify', ...contexts], bench.byDoors)
  return Object.fromEntries(said.map(verdict => [verdict.store, inWords(verdict)]))
}

async function verdicts(
  { project, material }: Bench,
  from: string,
  args: readonly string[],
  engineEnv: Readonly<Record<string, string>>,
): Promise<readonly Verdict[]> {
  writeFileSync(join(project, 'Dockerfile'), `FROM ${from}\n`)
  writeFileSync(join(project, 'docker-images.lock'), lockfile(from, material.image))
  const env = { ...process.env, ...engineEnv }
  const { stdout, stderr } = await runCli([...args, '--json'], { cwd: project, env })
  const report = JSON.parse(stdout || '{}') as {
    readonly images?: readonly { readonly stores?: readonly Verdict[] }[]
  }
  const said = report.images?.[0]?.stores
  assert.ok(said, stdout + stderr)
  return said
}

/** What a build does. The daemon is restarted before, for it remembers which repositories it has lately reached. */
async function happens({ doors: { engine }, gate, material }: Bench, from: string): Promise<string> {
  await engine.restart()
  gate.clear()
  await gate.setMode('hang')
  const building = buildFrom(engine, material.folder, from)
  if (!(await isAsked(gate, building))) {
    const built = await building
    assert.is(built.code, 0, built.output)
    return 'offline'
  }
  // Its request, and the build with it, ends with the daemon.
  await engine.restart()
  await building
  await gate.setMode('refuse')
  return (await buildFrom(engine, material.folder, from)).code === 0 ? 'tries' : 'asks'
}

/** Whether the registry is asked anything before the build ends. */
async function isAsked(gate: Gate, building: Promise<unknown>): Promise<boolean> {
  let ended = false
  building.finally(() => {
    ended = true
  })
  while (!ended && gate.requests().length === 0) await sleep(20)
  return gate.requests().length > 0
}

function lockfile(from: string, { digest, mediaType, platforms }: SeededImage): string {
  const lines = Object.entries(platforms).map(([platform, one]) => `      ${platform}: ${one.digest}\n`)
  const key = from.startsWith(`${TAG}@`) ? TAG : 'alpine:latest'
  return `lockfileVersion: 1
images:
  docker.io/library/${key}:
    digest: ${digest}
    mediaType: ${mediaType}
    platforms:
${lines.sort().join('')}`
}

matrix.run()

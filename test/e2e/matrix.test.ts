/**
 * Predicted = happened: in every state that a store can have an image in, what `verify` says of it, through every door that the engine
 * has, is what a build then does, with a registry that never answers and with one that refuses, the daemon restarted. The table is
 * printed, and must be that of the docs.
 */
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { assertInDocs, stopBenches } from './support/benches.ts'
import type { Built } from './support/client.ts'
import { type Doors, openDoors } from './support/doors.ts'
import { type Engine, type EngineKind, engineKinds } from './support/engines.ts'
import type { Gate } from './support/gate.ts'
import { pushImage, type SeededImage, seedImages } from './support/images.ts'
import { outlookOf } from './support/outlook.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'
import { buildFile, type Material, STATES, type State, TAG, usingAll } from './support/states.ts'

/** An engine with a registry of its own, so that what is asked there is asked by it. */
interface Bench {
  readonly doors: Doors
  /** The environment in which `--context` with each of `DOORS` leads to the engine. */
  readonly byDoors: Readonly<Record<string, string>>
  readonly seeded: Seeded
  readonly gate: Gate
  readonly material: Material
  readonly scratch: string
  readonly project: string
}

interface Verdict {
  readonly store: string
  readonly state: string
  readonly registryUse: string
}

/** How a Dockerfile names the image, `X` being its digest. */
interface Form {
  readonly title: string
  readonly name: string
  /**
   * What is said of it, from what is said of `FROM name:tag@X`. Such a build never asks more than that; it may ask less, as where it
   * takes one file out of layers that are unpacked. Absent: said in a row of its own, and a build does just that.
   */
  readonly words?: (from: string, store: Engine['store']) => string
  readonly dockerfile: (reference: string) => string
  /** Whether the build got past looking up the image. */
  readonly found: (built: Built) => boolean
}

const passed = ({ code }: Built) => code === 0
const FORMS: readonly Form[] = [
  { title: 'name:tag@X', name: TAG, dockerfile: usingAll, found: passed },
  { title: 'name@X', name: 'alpine', dockerfile: usingAll, found: passed },
  {
    title: 'COPY --from=name:tag@X',
    words: from => from,
    name: TAG,
    dockerfile: reference => `FROM scratch\nCOPY --from=${reference} /image /\n`,
    found: passed,
  },
  {
    title: '# syntax=name:tag@X',
    words: (from, store) =>
      store === 'containerd' ? from.replace('present, none', 'present, optional') : from,
    name: TAG,
    dockerfile: reference => `# syntax=${reference}\nFROM scratch\nCOPY . /\n`,
    // It is no frontend: once it is there, it is run, and fails.
    found: ({ output }) =>
      !/failed to resolve source metadata|failed to do request|connection refused/.test(output),
  },
]

/** Docker contexts, each another way to the same engine: TLS on loopback, the unix socket, ssh on loopback. */
const DOORS = ['tls', 'unix', 'ssh'] as const
/** In the table, for a state that a store cannot have. */
const NOT_MADE = '–'

const matrix = suite('matrix')
const benches: Bench[] = []
const rows: string[] = []
/** From the least to the most. */
const OUTLOOKS = ['none', 'optional', 'required']

matrix('engines and registries start', async () => {
  benches.push(...(await Promise.all(engineKinds.map(prepare))))
})

for (const state of STATES) {
  let from: readonly string[] = []
  for (const form of FORMS) {
    matrix(`${state.title}, ${form.title}`, async () => {
      assert.is(benches.length, engineKinds.length, 'no engines: see the first test')
      const cells = await Promise.all(benches.map(bench => cell(bench, state, form)))
      const row = `| ${[state.title, `\`${form.title}\``, ...cells.map(one => one.words)].join(' | ')} |`
      if (form.words === undefined) rows.push(row)
      if (form.title === 'name:tag@X') from = cells.map(one => one.words)
      for (const [index, { predicted, happened, words, throughDoors }] of cells.entries()) {
        if (form.words === undefined) assert.is(predicted, happened, row)
        else {
          assert.is(words, form.words(from[index] ?? '', benches[index]!.doors.engine.store), row)
          assert.ok(rank(happened) <= rank(predicted), `${row}: ${happened}`)
        }
        if (words === NOT_MADE) continue
        assert.equal(throughDoors, Object.fromEntries(DOORS.map(door => [door, words])), row)
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

matrix('the table is that of the docs', () => assertInDocs(rows))

matrix('engines and registries stop', () => stopBenches(benches))

function rank(outlook: string | undefined): number {
  return OUTLOOKS.indexOf(outlook ?? '')
}

async function prepare(kind: EngineKind): Promise<Bench> {
  const scratch = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-matrix-'))
  const project = join(scratch, 'project')
  const seeded = await startSeeded()
  const { registry, gate } = seeded
  const reference = `library/${TAG}` as const
  const later = (await seedImages(registry, [reference], { revision: 1 }))[reference]
  const image = (await seedImages(registry, [reference]))[reference]
  await pushImage(registry, { ...image, repository: 'mirror/alpine' })
  const folder = join(scratch, 'build')
  for (const each of [project, folder]) mkdirSync(each)
  const doors = await seeded.use(openDoors(kind, seeded.engineOptions))
  const { engine, sshd, config } = doors
  const path = `${sshd.client().path}:${engine.env.PATH}`
  const byDoors = { ...engine.env, PATH: path, DOCKER_CONFIG: config, DOCKER_HOST: '' }
  const point = (one: SeededImage) => pushImage(registry, one)
  return { doors, byDoors, seeded, gate, scratch, project, material: { image, later, folder, point } }
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
  const { state, registryUse } = await dockLock(bench, form, 'verify')
  const throughDoors = await verifyThroughDoors(bench, form)
  const happened = await happens(bench, form)
  await gate.setMode('pass')
  let mended = await dockLock(bench, form, 'pull', '--move-tags')
  if (mended.state === 'incomplete') {
    // The engine leaves out layers that it has unpacked, for the image or a build: the finding says what to do.
    await engine.pruneBuildCache()
    await engine.docker(['image', 'rm', '--force', TAG, `alpine@${material.image.digest}`])
    mended = await dockLock(bench, form, 'pull', '--move-tags')
  }
  const words = inWords({ state, registryUse })
  return { words, state, predicted: registryUse, happened, throughDoors, mended: mended.state }
}

function inWords({ state, registryUse }: Omit<Verdict, 'store'>): string {
  return `${state}, ${registryUse}`
}

/** What `dock-lock verify`, or another command, says of the image. */
async function dockLock(bench: Bench, form: Form, ...args: readonly string[]): Promise<Verdict> {
  const [verdict] = await verdicts(bench, form, args, bench.doors.engine.env)
  assert.ok(verdict)
  return verdict
}

/** What one `dock-lock verify` says of the engine's image by each door, in words. */
async function verifyThroughDoors(bench: Bench, form: Form): Promise<Readonly<Record<string, string>>> {
  const contexts = DOORS.map(name => `--context=${name}`)
  const said = await verdicts(bench, form, ['verify', ...contexts], bench.byDoors)
  return Object.fromEntries(said.map(verdict => [verdict.store, inWords(verdict)]))
}

async function verdicts(
  { project, material }: Bench,
  form: Form,
  args: readonly string[],
  engineEnv: Readonly<Record<string, string>>,
): Promise<readonly Verdict[]> {
  writeFileSync(join(project, 'Dockerfile'), dockerfileOf(form, material))
  writeFileSync(join(project, 'docker-images.lock'), lockfile(form, material.image))
  const env = { ...process.env, ...engineEnv }
  const { stdout, stderr } = await runCli([...args, '--json'], { cwd: project, env })
  const report = JSON.parse(stdout || '{}') as {
    readonly images?: readonly { readonly stores?: readonly Verdict[] }[]
  }
  const said = report.images?.[0]?.stores
  assert.ok(said, stdout + stderr)
  return said
}

function happens({ doors: { engine }, gate, material }: Bench, form: Form): Promise<string> {
  const build = () => buildFile(engine, material.folder, dockerfileOf(form, material))
  return outlookOf(engine, gate, build, form.found)
}

function dockerfileOf({ name, dockerfile }: Form, { image: { digest } }: Material): string {
  return dockerfile(`${name}@${digest}`)
}

function lockfile({ name }: Form, { digest, mediaType, platforms }: SeededImage): string {
  const lines = Object.entries(platforms).map(([platform, one]) => `      ${platform}: ${one.digest}\n`)
  const key = name === TAG ? TAG : 'alpine:latest'
  return `lockfileVersion: 1
images:
  docker.io/library/${key}:
    digest: ${digest}
    mediaType: ${mediaType}
    platforms:
${lines.sort().join('')}`
}

matrix.run()

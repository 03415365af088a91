/**
 * Predicted = happened: in every state that a store can have an image in, what `verify` says of it, through every door that the engine
 * has, is what a build then does, with a registry that never answers and with one that refuses, the daemon just started. The table is
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

interface Said extends Verdict {
  readonly words: string
  /** By the door. */
  readonly throughDoors: Readonly<Record<string, string>>
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
  /** For each engine, what is said of each form; undefined where the engine cannot be in this state. */
  let said: readonly (readonly Said[] | undefined)[] = []

  matrix(`${state.title}: verify`, async () => {
    assert.is(benches.length, engineKinds.length, 'no engines: see the first test')
    said = await Promise.all(benches.map(bench => verifyIn(bench, state)))
    for (const [engine, ofForms = []] of said.entries())
      for (const [index, { words, throughDoors }] of ofForms.entries()) {
        const { title, words: fromFirst } = FORMS[index]!
        const { store } = benches[engine]!.doors.engine
        if (fromFirst !== undefined) assert.is(words, fromFirst(ofForms[0]!.words, store), title)
        else assert.equal(throughDoors, Object.fromEntries(DOORS.map(door => [door, words])), title)
      }
  })

  for (const [index, form] of FORMS.entries()) {
    matrix(`${state.title}, ${form.title}`, async () => {
      assert.is(said.length, engineKinds.length, 'nothing was said: see the test before')
      const words = said.map(ofForms => ofForms?.[index]?.words ?? NOT_MADE)
      const row = `| ${[state.title, `\`${form.title}\``, ...words].join(' | ')} |`
      if (form.words === undefined) rows.push(row)
      const cells = await Promise.all(
        benches.map(async (bench, engine) => {
          const verdict = said[engine]?.[index]
          return verdict && { ...verdict, ...(await cell(bench, form)) }
        }),
      )
      for (const one of cells) {
        if (one === undefined) continue
        const { state, registryUse, happened, mended } = one
        if (form.words === undefined) assert.is(registryUse, happened, row)
        else assert.ok(rank(happened) <= rank(registryUse), `${row}: ${happened}`)
        // Whatever it was, `dock-lock pull` mends it, but for a graphdriver store that has the digest for another platform.
        assert.match(
          mended,
          state === 'wrong-platform' ? /^(wrong-platform|pulled)$/ : /^(present|pulled|tagged)$/,
        )
      }
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

/** Brings the engine into the state, keeps it, and answers with what `dock-lock verify` says of each form. */
async function verifyIn(bench: Bench, { make }: State): Promise<readonly Said[] | undefined> {
  const { doors, gate, material } = bench
  const { engine } = doors
  await gate.setMode('pass')
  await engine.pruneAll()
  const made = make(engine, material)
  if (made === undefined) return undefined
  await made
  await gate.setMode('refuse')
  const said: Said[] = []
  for (const form of FORMS) {
    // What is the same but for the place in the file is asked in the same way.
    const asked = form.words === undefined ? DOORS : (['unix'] as const)
    const contexts = asked.map(name => `--context=${name}`)
    const verdicts = await verdictsOf(bench, form, ['verify', ...contexts], bench.byDoors)
    const throughDoors = Object.fromEntries(verdicts.map(verdict => [verdict.store, inWords(verdict)]))
    const verdict = verdicts.find(({ store }) => store === 'unix' || asked.length === 1)
    assert.ok(verdict)
    said.push({ ...verdict!, words: inWords(verdict!), throughDoors })
  }
  await engine.saveStore()
  return said
}

/** What a build does in the state that was kept, and what becomes of the image when it is pulled afterwards. */
async function cell(bench: Bench, form: Form): Promise<{ happened: string; mended: string }> {
  const { doors, gate, material } = bench
  const { engine } = doors
  await engine.restoreStore()
  const build = () => buildFile(engine, material.folder, dockerfileOf(form, material))
  const happened = await outlookOf(gate, build, form.found)
  await gate.setMode('pass')
  const pull = async () => {
    const [verdict] = await verdictsOf(bench, form, ['pull', '--move-tags'], engine.env)
    return verdict!.state
  }
  const pulled = await pull()
  if (pulled !== 'incomplete') return { happened, mended: pulled }
  // The engine leaves out layers that it has unpacked, for the image or a build: the finding says what to do.
  await engine.pruneBuildCache()
  await engine.docker(['image', 'rm', '--force', TAG, `alpine@${material.image.digest}`])
  return { happened, mended: await pull() }
}

function inWords({ state, registryUse }: Verdict): string {
  return `${state}, ${registryUse}`
}

/** What the command says of the image, for each store that it asks. */
async function verdictsOf(
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

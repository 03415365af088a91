/**
 * Predicted = happened for images that are named contexts of a build: what `verify` says of them is what `docker buildx bake` then does, with
 * a registry that never answers and with one that refuses. The table must be that of the docs.
 */
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VerifyReport } from '../../src/index.ts'
import { runCli } from '../support/cli.ts'
import { assertInDocs, stopBenches } from './support/benches.ts'
import { type Engine, startEngine } from './support/engines.ts'
import { run } from './support/exec.ts'
import { pushImage, type SeededImage, seedImages } from './support/images.ts'
import { outlookOf } from './support/outlook.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'
import { type Material, STATES, type State, TAG, usingAll } from './support/states.ts'

/** An engine with a registry of its own, so that what is asked there is asked by it. */
interface Bench {
  readonly engine: Engine
  readonly seeded: Seeded
  readonly material: Material
  readonly scratch: string
  readonly project: string
}

/** How a Bake file names the image. `value` is in JSON, with variables. */
interface Form {
  readonly title: string
  readonly key: string
  readonly value: (digest: string) => string
}

const kinds = ['docker-28-graphdriver', 'docker-28-containerd'] as const
const FORMS: readonly Form[] = [
  { title: 'name:tag@X', key: TAG, value: digest => `${TAG}@${digest}` },
  { title: 'name@X', key: 'alpine:latest', value: digest => `alpine@${digest}` },
  // No digest can be written into it.
  { title: 'name:${TAG}', key: TAG, value: () => 'alpine:${V}' },
]
const VARIABLES = { variable: { V: { default: '3.23' } } }
/** Of the states of an image. */
const titles = ['pulled by tag', 'pulled by digest', 'pulled by tag, which has moved since']

const test = suite('images as named contexts')
const benches: Bench[] = []
const rows: string[] = []

test('engines and registries start', async () => {
  benches.push(...(await Promise.all(kinds.map(prepare))))
})

for (const state of STATES.filter(({ title }) => titles.includes(title))) {
  test(state.title, async () => {
    assert.is(benches.length, kinds.length, 'no engines: see the first test')
    // Both to the end, also where one fails.
    const cells = await Promise.allSettled(benches.map(bench => cellsOf(bench, state)))
    const columns = cells.map(one => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
    for (const [index, form] of FORMS.entries()) {
      const verdicts = columns.map(column => column[index]!)
      const words = verdicts.map(({ state, predicted }) => `${state}, ${predicted}`)
      const row = `| ${[state.title, `\`${form.title}\``, ...words].join(' | ')} |`
      rows.push(row)
      for (const { predicted, happened } of verdicts)
        if (predicted === 'wrong-image') assert.is.not(happened, 'required', row)
        else assert.is(happened, predicted, row)
    }
  })
}

test('the table is that of the docs', () => assertInDocs(rows))

test('engines and registries stop', () => stopBenches(benches))

async function prepare(kind: (typeof kinds)[number]): Promise<Bench> {
  const scratch = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-contexts-'))
  const project = join(scratch, 'project')
  const folder = join(scratch, 'build')
  for (const each of [project, folder]) mkdirSync(each)
  const seeded = await startSeeded()
  const { registry } = seeded
  const reference = `library/${TAG}` as const
  const later = (await seedImages(registry, [reference], { revision: 1 }))[reference]
  const image = (await seedImages(registry, [reference]))[reference]
  await pushImage(registry, { ...image, repository: 'mirror/alpine' })
  const engine = await seeded.use(startEngine(kind, seeded.engineOptions))
  const point = (one: SeededImage) => pushImage(registry, one)
  return { engine, seeded, scratch, project, material: { image, later, folder, point } }
}

/** In one state, what is said of each form, and what happens. */
async function cellsOf(bench: Bench, { make }: State) {
  const { engine, seeded, material } = bench
  await seeded.gate.setMode('pass')
  await engine.pruneAll()
  await make(engine, material)
  const cells = []
  for (const form of FORMS) {
    await engine.pruneBuildCache()
    cells.push(await cell(bench, form))
  }
  return cells
}

async function cell({ engine, seeded: { gate }, project, material: { image } }: Bench, form: Form) {
  const contexts = { base: `docker-image://${form.value(image.digest)}` }
  const target = { default: { contexts, network: 'none' } }
  writeFileSync(join(project, 'docker-bake.json'), JSON.stringify({ ...VARIABLES, target }))
  writeFileSync(join(project, 'Dockerfile'), usingAll('base'))
  writeFileSync(join(project, 'docker-images.lock'), lockfile(form, image))
  await gate.setMode('refuse')
  const env = { ...process.env, ...engine.env }
  const { stdout, stderr } = await runCli(['verify', '--json'], { cwd: project, env })
  const report = JSON.parse(stdout || '{}') as Partial<VerifyReport>
  const said = report.images?.[0]?.stores?.[0]
  assert.ok(said, stdout + stderr)
  const build = async () => {
    const args = ['buildx', 'bake', '--progress=plain']
    const ran = await run('docker', args, { cwd: project, env: engine.env, timeoutMs: 120_000 })
    return { ...ran, code: ran.code ?? 137 }
  }
  await engine.restart()
  const happened = await outlookOf(gate, build, ({ code }) => code === 0)
  return { state: said!.state, predicted: said!.registryUse, happened }
}

function lockfile({ key }: Form, { digest, mediaType, platforms }: SeededImage): string {
  const lines = Object.entries(platforms).map(([platform, one]) => `      ${platform}: ${one.digest}\n`)
  return `lockfileVersion: 1
images:
  docker.io/library/${key}:
    digest: ${digest}
    mediaType: ${mediaType}
    platforms:
${lines.sort().join('')}`
}

test.run()

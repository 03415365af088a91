/** What `dock-lock verify` costs when all images are there: whole processes on real engines, and their requests to the engine. */
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import { parseDigest } from '../../src/core/digest.ts'
import { type LockedImage, serializeLockfile } from '../../src/core/lockfile.ts'
import { parseReference, referenceKey } from '../../src/core/reference.ts'
import { mapLimited } from '../../src/lib/limit.ts'
import { type Engine, engineKinds, enginesAvailable, startEngine } from '../e2e/support/engines.ts'
import { CLI } from '../support/cli.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import { runProgram } from '../support/spawn.ts'
import type { Bench } from './support/bench.ts'
import { type Counter, startCounter } from './support/counter.ts'
import { ENV } from './support/environment.ts'
import { above, inStarts, interleave, timeProcess } from './support/measure.ts'
import { makeProject } from './support/project.ts'
import { milliseconds } from './support/table.ts'

const GOAL = '55 ms, 3 requests'
const ROUNDS = 5
const AT_ONCE = 4

/** `team/base:0` → digest. */
type Images = ReadonlyMap<string, string>

const platforms = [arch() === 'arm64' ? 'linux/arm64/v8' : 'linux/amd64']

export const bench: Bench = {
  name: 'verify',
  async run(say, full, rounds = ROUNDS) {
    const title = 'Verifying what is all there'
    const header = [
      '',
      'above bare node',
      'fastest',
      'bare nodes',
      'engine’s list',
      'requests',
      '`docker image inspect` each',
      'goal',
    ]
    const available = enginesAvailable()
    if (!available.ok) return { title, header, rows: [], notes: [`NOT MEASURED: ${available.reason}.`] }
    const registry = await startRegistry()
    try {
      const rows: string[][] = []
      for (const kind of engineKinds) {
        say(kind)
        const engine = await startEngine(kind, { registryMirrors: [`http://${registry.host}`] })
        try {
          rows.push(...(await ofEngine(engine, registry, say, full, rounds)))
        } finally {
          await engine.stop()
        }
      }
      const notes = [
        `Whole processes of \`dock-lock verify\`, above bare \`node -e 0\` of the same round, median of ${rounds} rounds; “fastest” is the fastest of the one less the fastest of the other, “bare nodes” the whole time in starts of Node, which says more of other machines. “Of one digest” is one image under so many tags, “distinct” as many images with a digest and a configuration each; \`docker image inspect\` is one process for each reference, one after the other, from start to end. Requests are those to the engine, counted in a run of its own.`,
        'A graphdriver store tells the platform of an image only when it is asked about that image: for each digest there is one request more. “Engine’s list” is what the engine alone takes for the very `GET /images/json` that `verify` sends, fastest.',
      ]
      if (!full) notes.push('With `--full` also 1,000 distinct images.')
      return { title, header, rows, notes }
    } finally {
      await registry.close()
    }
  },
}

async function ofEngine(
  engine: Engine,
  registry: EmbeddedRegistry,
  say: (line: string) => void,
  full: boolean,
  rounds: number,
): Promise<string[][]> {
  const counter = await startCounter(engine.socket, join(dirname(engine.socket), 'counted.sock'))
  try {
    const rows: string[][] = []
    const add = async (name: string, images: Images, goal = '') => {
      say(`${engine.id}, ${name}`)
      const cells = await measure(engine, counter, images, rounds)
      rows.push([
        `${name}, Docker ${engine.version.replace(/\+.*/, '')}, ${engine.store} store`,
        ...cells,
        goal,
      ])
    }
    await add('1 reference', await tags(engine, registry, 1))
    await add('100 of one digest', await tags(engine, registry, 100), GOAL)
    await add('1,000 of one digest', await tags(engine, registry, 1000))
    await add('100 distinct', await distinct(engine, registry, 100), GOAL)
    if (full) await add('1,000 distinct', await distinct(engine, registry, 1000))
    return rows
  } finally {
    await counter.stop()
  }
}

/** One image, pulled once, and tagged here. */
async function tags(engine: Engine, registry: EmbeddedRegistry, count: number): Promise<Images> {
  const { digest } = registry.addImage('team/base', '0', { platforms })
  await pull(engine, 'team/base', '0')
  const names = Array.from({ length: count }, (_, number) => String(number))
  await mapLimited(names.slice(1), AT_ONCE, async tag => {
    const path = `/images/team/base:0/tag?repo=team/base&tag=${tag}`
    const { status, text } = await engine.api({ method: 'POST', path })
    if (status !== 201) throw new Error(`${engine.id} answered ${status}: ${text}`)
  })
  return new Map(names.map(tag => [`team/base:${tag}`, digest]))
}

/** As many repositories; the layer is the same, for the configuration of each has a label of its own. */
async function distinct(engine: Engine, registry: EmbeddedRegistry, count: number): Promise<Images> {
  const images = new Map<string, string>()
  for (let number = 0; number < count; number++) {
    const files = { 'image.txt': 'for all\n' }
    const { digest } = registry.addImage(`team/image-${number}`, '1', { platforms, files })
    images.set(`team/image-${number}:1`, digest)
  }
  await mapLimited([...images.keys()], AT_ONCE, name => pull(engine, name.slice(0, -2), '1'))
  return images
}

async function pull(engine: Engine, repository: string, tag: string): Promise<void> {
  const path = `/images/create?fromImage=${repository}&tag=${tag}`
  const { status, text } = await engine.api({ method: 'POST', path })
  // What fails later is in the stream.
  if (status !== 200 || text.includes('"error"')) throw new Error(`${engine.id} answered ${status}: ${text}`)
}

async function measure(engine: Engine, counter: Counter, images: Images, rounds: number): Promise<string[]> {
  const project = makeProject(filesFor(images))
  const options = { cwd: project.path, env: { ...ENV, ...engine.env } }
  const verify = [CLI, 'verify']
  try {
    counter.seen()
    const counted = { ...options, env: { ...options.env, DOCKER_HOST: counter.host } }
    const { code, stdout, stderr } = await runProgram(process.execPath, verify, counted)
    const requests = counter.seen()
    if (code !== 0) throw new Error(stdout + stderr)
    const [, list = ''] = /^GET (\S+\/images\/json\S*)$/m.exec(requests.join('\n')) ?? []
    const times = await interleave(rounds, {
      bare: () => timeProcess(process.execPath, ['-e', '0'], options),
      verify: () => timeProcess(process.execPath, verify, options),
      list: async () => {
        const start = performance.now()
        await engine.api({ path: list })
        return performance.now() - start
      },
    })
    // Where all have one digest it takes as long.
    const isInspected = images.size <= 100 && new Set(images.values()).size === images.size
    const inspect = 'for image; do docker image inspect "$image" >/dev/null; done'
    const inspecting = isInspected
      ? await timeProcess('sh', ['-euc', inspect, 'sh', ...images.keys()], options)
      : undefined
    const fastest = Math.min(...times.verify) - Math.min(...times.bare)
    return [
      milliseconds(above(times.verify, times.bare)),
      milliseconds(fastest),
      inStarts(times.verify, times.bare),
      milliseconds(Math.min(...times.list)),
      String(requests.length),
      inspecting === undefined ? '–' : milliseconds(inspecting),
    ]
  } finally {
    project.remove()
  }
}

/** One Dockerfile that names all of them, pinned, and their lockfile. */
function filesFor(images: Images): Readonly<Record<string, string>> {
  const locked = new Map<string, LockedImage>()
  let dockerfile = ''
  for (const [name, text] of images) {
    const parsed = parseReference(name)
    const digest = parseDigest(text)
    if (!parsed.ok || digest === undefined) throw new Error(`not a reference with a digest: ${name} ${text}`)
    locked.set(referenceKey(parsed.reference), { digest })
    dockerfile += `FROM ${name}@${digest}\n`
  }
  return { Dockerfile: dockerfile, 'docker-images.lock': serializeLockfile(locked) }
}

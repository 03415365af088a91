/**
 * dock-lock finds the images that BuildKit looks up: BuildKit itself reads the corpus, and generated files for as long as a box of time
 * allows, against registries that answer any name. The two engines share the work.
 *
 * DOCK_LOCK_DIFFERENTIAL_SECONDS (default 30) is the time for each kind of generated files, though there are 200 at least, and
 * DOCK_LOCK_DIFFERENTIAL_SEED (default 1) the first seed. A failure names the seed: set it, and a second will do.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Case, readCases } from '../formats/dockerfile/cases.ts'
import { generate, mutate } from '../formats/dockerfile/generator.ts'
import { createRandom } from '../support/random.ts'
import { type Build, buildPlatform, type Compared, combinations, compare } from './support/differences.ts'
import { type Lookups, type Reading, startLookups } from './support/lookups.ts'

interface Bench {
  readonly workers: Lookups[]
}

const differential = suite<Bench>('differential', { workers: [] })
const seconds = Number(process.env.DOCK_LOCK_DIFFERENTIAL_SECONDS ?? 30)
const firstSeed = Number(process.env.DOCK_LOCK_DIFFERENTIAL_SEED ?? 1)
const cases = readCases()

/** The registries that files name, beside docker.io and the engine's own. */
const registries = ['gcr.io', 'ghcr.io', 'GHCR.io', 'Localhost', 'Registry', 'registry.example.com:8443']
const platforms = [
  buildPlatform,
  buildPlatform,
  'linux/arm64',
  'linux/arm64/v8',
  'linux/arm/v7',
  'linux/arm',
  'linux/i386',
]

/** Cases in which the two need not agree, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'reference-sha512': 'BuildKit asks for it, and then cannot verify what it gets',
}

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
differential('engines start', async ({ workers }) => {
  workers.push(
    ...(await Promise.all([
      startLookups('docker-28-graphdriver', registries),
      startLookups('docker-28-containerd', registries),
    ])),
  )
})

differential.after(async ({ workers }) => {
  await Promise.all(workers.map(worker => worker.stop()))
})

differential('the corpus', async ({ workers }) => {
  assert.ok(cases.length >= 150)
  const failures: string[] = []
  await share(workers, cases, async (worker, one) => {
    if (one.name in exceptions) return
    const compared = await compare(worker, ownBuild(one, worker))
    assert.not(compared.unservable, `${one.name} cannot be compared here`)
    // `refused` alone: BuildKit sees no image then, and dock-lock, which is no linter, may.
    if (one.refused === true ? !compared.accepted : compared.differences.length === 0) return
    failures.push(`${one.name}: ${compared.differences.join('\n  ')}`)
  })
  fail(failures)
})

differential('a sha512 is asked for', async ({ workers }) => {
  const [worker] = workers
  assert.ok(worker, 'no engine: see the first test')
  const source = cases.find(({ name }) => name === 'reference-sha512')?.source ?? ''
  const reading = await worker!.read(source, { request: 'check', buildArgs: {}, platform: buildPlatform })
  assert.equal([...reading.asked], [`docker.io/library/alpine@${/sha512:\w+/.exec(source)?.[0]}`])
  assert.is.not(reading.refusal, undefined)
})

differential('stage by stage, builds look up what a check of all stages does', async ({ workers }) => {
  const failures: string[] = []
  let equal = 0
  await share(workers, cases, async (worker, one) => {
    if (one.refused || one.images.some(image => image.startsWith('syntax ')) || one.name in exceptions) return
    const [buildArgs = {}] = combinations(ownBuild(one, worker).buildArgs)
    const options = { buildArgs, platform: buildPlatform }
    // Digests are asked for once: another in each reading.
    const read = (request: 'build' | 'check' | 'targets', target?: string): Promise<Reading> =>
      worker.read(ownBuild(one, worker).source, { request, ...options, ...(target && { target }) })
    const { stages = [] } = await read('targets')
    const byStage = new Set<string>()
    // The last stage is what is built without a target; of the others, only those with a name can be one.
    for (const target of new Set(['', ...stages])) {
      for (const name of (await read('build', target)).asked) byStage.add(name.replace(/@sha256:\w+/, '@'))
    }
    const atOnce = new Set([...(await read('check')).asked].map(name => name.replace(/@sha256:\w+/, '@')))
    const isWhole = stages
      .slice(0, -1)
      .every((name, index) => name !== '' && !stages.includes(name, index + 1))
    const missing = isWhole ? [...atOnce].filter(name => !byStage.has(name)) : []
    const more = [...byStage].filter(name => !atOnce.has(name))
    if (isWhole) equal++
    if (missing.length + more.length > 0)
      failures.push(`${one.name}: only at once ${missing}, only by stage ${more}`)
  })
  fail(failures)
  assert.ok(equal > 100, `${equal} cases were compared both ways`)
})

differential('the client of the engine makes it look up the same', async ({ workers }) => {
  const wanted = [
    'real-node-build',
    'real-go-cross',
    'mount-from-several',
    'arg-chooses-a-stage',
    'stage-name-twice-last-wins',
  ]
  const chosen = cases.filter(({ name }) => wanted.includes(name))
  assert.is(chosen.length, wanted.length)
  await share(workers, chosen, async (worker, one) => {
    const folder = mkdtempSync(join(tmpdir(), 'dock-lock-differential-'))
    try {
      // The frontend image cannot be had; see compare().
      const source = ownBuild(one, worker).source.replace(/^# syntax=.*\n/, '')
      writeFileSync(join(folder, 'Dockerfile'), source)
      const byClient = await worker.during(engine => engine.docker(['buildx', 'build', '--check', folder]))
      const { asked } = await worker.read(source, {
        request: 'check',
        buildArgs: {},
        platform: buildPlatform,
      })
      assert.equal([...byClient].sort(), [...asked].sort(), one.name)
      assert.ok(asked.size > 0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

differential('generated files', async ({ workers }) => {
  const counts = await generated(workers, (seed, worker) => {
    const options = { host: worker.host, digest: () => worker.mintDigest('sha256') }
    const platform = createRandom(seed).pick(platforms)
    return { ...generate(seed, { nastiness: seed % 2, ...options }), platform }
  })
  assert.ok(counts.accepted > counts.refused, JSON.stringify(counts))
})

differential('generated files, of which one stage is built', async ({ workers }) => {
  const counts = await generated(workers, (seed, worker) => {
    const random = createRandom(seed)
    // An index past the stages means an image of some other stage; dock-lock then takes all stages to be needed.
    const options = { nastiness: 0, host: worker.host, digest: () => worker.mintDigest('sha256') }
    const file = generate(seed, options)
    const names = [...file.source.matchAll(/\bas[ \t]+([\w.-]+)/gi)].map(([, name = '']) => name)
    const target =
      names.length === 0 || random.chance(0.1) ? random.pick(['nowhere', '0']) : random.pick(names)
    return {
      ...file,
      platform: random.pick(platforms),
      target: random.chance(0.2) ? target.toUpperCase() : target,
    }
  })
  assert.ok(counts.accepted > 80, JSON.stringify(counts))
})

differential('damaged files, where BuildKit still accepts them', async ({ workers }) => {
  const small = cases.filter(({ source }) => source.length < 3000)
  const damaged = (seed: number, worker: Lookups): Build => {
    const random = createRandom(seed)
    const build = ownBuild(random.pick(small), worker)
    return { ...build, source: mutate(build.source, random) }
  }
  const counts = await generated(workers, damaged, ({ accepted, differences }) => {
    // Refused for what is no matter of images: nothing can be said then.
    return accepted ? differences : differences.filter(text => /^BuildKit accepts/.test(text))
  })
  assert.ok(counts.accepted > 20, JSON.stringify(counts))
})

differential.run()

/** Compares files of one seed after the other until there are enough and the time is over, or five have failed. */
async function generated(
  workers: readonly Lookups[],
  make: (seed: number, worker: Lookups) => Build,
  judge: (compared: Compared) => readonly string[] = ({ differences }) => differences,
): Promise<{ accepted: number; refused: number; unservable: number }> {
  assert.ok(workers.length > 0, 'no engine: see the first test')
  const counts = { accepted: 0, refused: 0, unservable: 0 }
  const failures: string[] = []
  const end = performance.now() + seconds * 1000
  let seed = firstSeed
  const seeds = function* () {
    while ((performance.now() < end || seed < firstSeed + 200) && failures.length < 5) yield seed++
  }
  await share(workers, seeds(), async (worker, seed) => {
    const build = make(seed, worker)
    const compared = await compare(worker, build)
    counts[compared.unservable ? 'unservable' : compared.accepted ? 'accepted' : 'refused']++
    const found = judge(compared)
    if (found.length > 0)
      failures.push(`seed ${seed}, ${JSON.stringify(build)}:\n  ${[...new Set(found)].join('\n  ')}`)
  })
  const { accepted, refused, unservable } = counts
  console.log(
    `seeds ${firstSeed} to ${seed - 1}: BuildKit accepted ${accepted} files and refused ${refused}; ${unservable} wanted registries or platforms that are not to be had here`,
  )
  fail(failures)
  return counts
}

function fail(failures: readonly string[]): void {
  if (failures.length > 0) throw new Error(failures.join('\n'))
}

/** Each worker takes the next one as soon as it is free. */
async function share<T>(
  workers: readonly Lookups[],
  items: Iterable<T>,
  work: (worker: Lookups, item: T) => Promise<void>,
): Promise<void> {
  assert.ok(workers.length > 0, 'no engine: see the first test')
  const rest = items[Symbol.iterator]()
  await Promise.all(
    workers.map(async worker => {
      for (let next = rest.next(); !next.done; next = rest.next()) await work(worker, next.value)
    }),
  )
}

/** With the registry that listens here in place of the one of the corpus, and digests that can be had. */
function ownBuild({ source, buildArgs }: Case, worker: Lookups): Build {
  const port = worker.host.slice(worker.host.indexOf(':'))
  const own = (text: string) =>
    text.replace(/\bsha256:[0-9a-f]{64}\b/g, () => worker.mintDigest('sha256')).replaceAll(':5777', port)
  const given = Object.entries(buildArgs).map(([name, values]) => [name, values.map(own)] as const)
  return { source: own(source), buildArgs: Object.fromEntries(given), platform: buildPlatform }
}

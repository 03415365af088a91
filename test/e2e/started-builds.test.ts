/**
 * dock-lock finds the images that BuildKit looks up when `docker compose build` and `docker buildx bake` start the builds: of the projects
 * of test/formats, with Dockerfiles that use what the builds give them, against registries that answer any name.
 */
import { symlinkSync } from 'node:fs'
import { join, posix } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { readBuildFiles } from '../../src/commands/steps/build-files.ts'
import { openProject } from '../../src/commands/steps/load-project.ts'
import { readFiles } from '../../src/commands/steps/read-files.ts'
import { scanFiles } from '../../src/commands/steps/scan.ts'
import { createContext } from '../../src/context.ts'
import type { Role } from '../../src/core/occurrence.ts'
import { bakeCases } from '../formats/bake/cases.ts'
import { readProjects } from '../formats/compose/project.ts'
import { composeProgram } from './support/compose.ts'
import { buildPlatform, lookedUp, platformOf } from './support/differences.ts'
import { type Ran, run } from './support/exec.ts'
import { type Lookups, startLookups } from './support/lookups.ts'
import {
  addDockerfiles,
  isLocal,
  isWorthBuilding,
  type PrintedTarget,
  withProject,
} from './support/started-builds.ts'

interface Bench {
  lookups: Lookups
}

/** A command line that starts builds, and where. */
interface Start {
  readonly name: string
  readonly root: string
  /** The folder in which it is run. */
  readonly folder: string
  /** The file to read, if it has no default name. */
  readonly paths: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly command: (targets: readonly string[]) => readonly string[]
}

/** Every second one: each takes seconds on an engine. The others are compared without one, in test/formats. */
function everySecond<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, index) => index % 2 === 0)
}

/** The places of a Compose file whose images are pulled, and not built from. */
const isPulled = (role: Role) => role === 'service' || role === 'volume'
/** Images that dock-lock finds and BuildKit does not look up, and why. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // Without a target, only the last stage is built. dock-lock takes all stages, because any may be built.
  'form-lines': ['docker.io/library/a:1'],
  'hcl-inline-flush': ['docker.io/library/alpine:3.20'],
  // BuildKit matches the names of contexts with the short forms of references, so docker.io/library/node:22 is in the place of nothing.
  'hcl-all-fields': ['docker.io/library/node:22-alpine'],
}

/** Projects whose only target is one that is inherited, so that nothing is built. */
const notBuilt: ReadonlySet<string> = new Set(['json-inherits-cycle', 'json-inherits-itself'])

/**
 * Targets that share layers and are exported at the same time sometimes fail like this, long after their images were looked up.
 * @see https://github.com/moby/buildkit/issues/6521
 */
const LOST_SNAPSHOT = /failed to prepare extraction snapshot .*: parent snapshot \S+ does not exist/

const test = suite<Bench>('builds that Compose and Bake files start')

test('the engine starts', async bench => {
  bench.lookups = await startLookups('docker-28-containerd', ['ghcr.io'])
  await bench.lookups.during(async ({ env }) => {
    const plugins = join(env.DOCKER_CONFIG ?? '', 'cli-plugins')
    symlinkSync(await composeProgram(), join(plugins, 'docker-compose'))
  })
})

test.after(bench => bench.lookups?.stop())

test('docker compose build', async bench => {
  const failures: string[] = []
  let compared = 0
  const projects = readProjects().filter(
    ({ expected }) => Object.keys(JSON.parse(expected).builds ?? {}).length > 0,
  )
  for (const { name, at, files, env } of everySecond(projects)) {
    await withProject(files, async root => {
      const isDefault = /(?:^|\/)(?:docker-)?compose\.ya?ml$/.test(at)
      const folder = join(root, isDefault ? posix.dirname(at) : '.')
      const file = isDefault ? [] : ['-f', at]
      const environment = { COMPOSE_PROFILES: '*', ...env }
      const command = () => ['compose', ...file, 'build']
      const start = { name, root, folder, paths: isDefault ? [] : [at], env: environment, command }
      const printed = await docker(bench, start, ['compose', ...file, 'build', '--print'])
      const targets = targetsIn(printed.stdout)
      if (!targets.every(isLocal) || !targets.some(isWorthBuilding)) return
      addDockerfiles(folder, targets)
      failures.push(...(await differences(bench, start, targets)))
      compared++
    })
  }
  console.log(`${compared} Compose projects`)
  assert.equal(failures, [], failures.join('\n'))
  assert.ok(compared >= 25, `${compared}`)
})

test('docker buildx bake', async bench => {
  const failures: string[] = []
  let compared = 0
  const cases = bakeCases().filter(({ name, printed = '{}' }) => {
    const targets = targetsIn(printed)
    return targets.every(isLocal) && targets.some(isWorthBuilding) && !notBuilt.has(name)
  })
  for (const { name, files, env, printed = '{}' } of everySecond(cases)) {
    const targets = targetsIn(printed)
    const texts = Object.fromEntries(files.map(({ path, text }) => [path, text]))
    await withProject(texts, async root => {
      addDockerfiles(root, targets)
      const fields = ['tags', 'secrets', 'ssh', 'cache-from', 'cache-to'].flatMap(field => [
        '--set',
        `*.${field}=`,
      ])
      const command = (names: readonly string[]) => [
        ...['buildx', 'bake', '--allow=fs.read=*', '--set', '*.output=type=cacheonly', ...fields],
        ...names,
      ]
      failures.push(
        ...(await differences(bench, { name, root, folder: root, paths: [], env, command }, targets)),
      )
      compared++
    })
  }
  console.log(`${compared} Bake projects`)
  assert.equal(failures, [], failures.join('\n'))
  assert.ok(compared >= 40, `${compared}`)
})

test('docker compose up --no-start pulls the images of services and volumes', async bench => {
  const failures: string[] = []
  let compared = 0
  for (const { name, at, files, env, expected } of readProjects()) {
    const { builds = {}, images = [] } = JSON.parse(expected)
    if (!/^(?:volume|profiles|platform|anchor|yaml)/.test(name)) continue
    if (at !== 'compose.yaml' || Object.keys(builds).length > 0 || images.length === 0) continue
    await withProject(files, async root => {
      const command = () => ['compose', 'up', '--no-start']
      const environment = { COMPOSE_PROFILES: '*', ...env }
      const start = { name, root, folder: root, paths: [], env: environment, command }
      // What is there is not pulled.
      await docker(bench, start, ['image', 'prune', '--all', '--force'])
      failures.push(...(await differences(bench, start, [], isPulled)))
      await docker(bench, start, ['compose', 'down', '--volumes'])
      compared++
    })
  }
  console.log(`${compared} Compose projects`)
  assert.equal(failures, [], failures.join('\n'))
  assert.ok(compared >= 8, `${compared}`)
})

test.run()

function targetsIn(printed: string): readonly PrintedTarget[] {
  const { target = {} } = JSON.parse(printed || '{}') as { target?: Readonly<Record<string, PrintedTarget>> }
  return Object.values(target)
}

function docker({ lookups }: Bench, { folder, env }: Start, args: readonly string[]): Promise<Ran> {
  return run('docker', args, { cwd: folder, env: { ...lookups.env, ...env }, timeoutMs: 60_000 })
}

/** In which the two differ about the images of the builds that dock-lock finds in the project. */
async function differences(
  bench: Bench,
  start: Start,
  targets: readonly PrintedTarget[],
  isAsked: (role: Role) => boolean = role => !isPulled(role) && role !== 'arg',
): Promise<readonly string[]> {
  const { names, images, others } = await ourImages(bench, start, isAsked)
  let ran: Ran | undefined
  const asked = await bench.lookups.during(async () => {
    ran = await docker(bench, start, start.command(names))
  })
  // They agree about a Dockerfile that cannot be built.
  if (ran?.code !== 0 && asked.size === 0 && others.length > 0) return []
  // The images have no shell.
  const runs = targets.some(target => /^\s*RUN /m.test(target['dockerfile-inline'] ?? ''))
  const isFailure = ran?.code !== 0 && !runs && !LOST_SNAPSHOT.test(ran?.output ?? '')
  const failed = isFailure ? [`it fails: ${ran?.output}`] : []
  const unused = exceptions[start.name] ?? []
  const ours = [...images]
    .filter(name => !asked.has(name) && !unused.includes(name.replace(/ .*/, '')))
    .map(name => `dock-lock alone finds ${name}`)
  const theirs = [...asked].filter(name => !images.has(name)).map(name => `BuildKit alone looks up ${name}`)
  const none = asked.size === 0 ? ['BuildKit looks up nothing'] : []
  const all = [...failed, ...ours, ...theirs, ...none, ...others]
  return all.length === 0 ? [] : [`${start.name}:\n  ${all.join('\n  ')}`]
}

/** The images that are looked up: not those of a Dockerfile that is built by itself. */
async function ourImages({ lookups }: Bench, { root, paths, env }: Start, isAsked: (role: Role) => boolean) {
  const context = createContext({ cwd: root, env: { ...lookups.env, ...env } })
  const options = { ...DEFAULT_OPTIONS, paths }
  const project = await openProject(context, options)
  const noOptions = { args: {}, platforms: [] }
  const read = await readFiles(context, project, options)
  const { projects } = await readBuildFiles(context, project, options, read, noOptions)
  const { sources, findings, skipped } = await scanFiles(context, project, options)
  const images = new Set<string>()
  const others = [...findings, ...skipped].map(one => JSON.stringify(one))
  for (const { file, format, occurrences } of sources) {
    for (const one of occurrences) {
      const isStarted =
        format.id === 'builds' ? isAsked(one.role) : one.origins?.some(origin => origin.file !== file)
      if (!isStarted) continue
      if (one.kind === 'image') images.add(`${lookedUp(one)} ${platformOf(one, buildPlatform)}`)
      else if (one.kind === 'variable') others.push(JSON.stringify(one))
    }
  }
  const names = projects.flatMap(({ builds }) => builds.flatMap(({ name }) => name ?? []))
  return { names, images, others }
}

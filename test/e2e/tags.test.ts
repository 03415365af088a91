/**
 * Whose tag is it: a tag moves from an image of the same repository, as with `docker pull`, and stays on an image that was built here.
 * Each time `dock-lock` is green, nothing is downloaded twice, and a build then sends the registry nothing, wherever the report says so.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import type { BuildOptions, Built } from './support/client.ts'
import { engineKinds, startEngine } from './support/engines.ts'
import { pushImage, type SeededImage, seedImages } from './support/images.ts'
import { mirrorOf, podmanKinds, startPodman } from './support/podman.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const WEB = 'library/web:1'

interface AnyEngine {
  readonly env: Readonly<Record<string, string>>
  build(options: BuildOptions): Promise<Built>
  command(args: readonly string[]): Promise<{ readonly code?: number | undefined; readonly output: string }>
  restart(): Promise<void>
}

interface Bench {
  readonly seeded: Seeded<typeof WEB>
  readonly engine: AnyEngine
  /** What the tag meant first, and what it means since it was pushed again. */
  readonly first: SeededImage
  readonly second: SeededImage
}

interface Entry {
  readonly state: string
  readonly registryUse: string
  readonly verified: boolean
  readonly tagHolder?: { readonly digest: string; readonly pulled: boolean }
  readonly tagMovedFrom?: string
}

const tags = suite('tags')

for (const kind of [...engineKinds, ...podmanKinds]) {
  tags(`${kind}: a bumped digest`, () =>
    withBench(kind, async bench => {
      const { seeded, engine, first, second } = bench
      await pulledByTag(bench)
      // E1: a new project on a machine that has the tag since before it was pushed again.
      const fresh = project(seeded, 'fresh', 'FROM web:1\n')
      const entry = await green(bench, fresh)
      assert.is(entry.state, 'pulled')
      assert.ok(knows(first, entry.tagMovedFrom), entry.tagMovedFrom)
      await buildsOffline(bench, fresh, entry)
      // The bot that bumps a digest: back, and forth again.
      const bumped = project(seeded, 'bumped', `FROM web:1@${first.digest}\n`)
      await green(bench, bumped)
      writeFileSync(join(bumped, 'Dockerfile'), `FROM web:1@${second.digest}\n`)
      const moved = await green(bench, bumped)
      assert.ok(knows(first, moved.tagMovedFrom), moved.tagMovedFrom)
      await buildsOffline(bench, bumped, moved)
      assert.match((await engine.command(['images'])).output, /web/)
    }),
  )

  tags(`${kind}: two projects take turns, and so do two branches`, () =>
    withBench(kind, async bench => {
      const { seeded, first, second } = bench
      await pulledByTag(bench)
      const one = project(seeded, 'one', `FROM web:1@${first.digest}\n`)
      const two = project(seeded, 'two', `FROM web:1@${second.digest}\n`)
      for (const each of [one, two]) await green(bench, each)
      seeded.gate.clear()
      // From here on, no registry answers. A branch switch is the same for an engine as another project.
      await seeded.gate.setMode('refuse')
      for (const [each, other] of [
        [one, second],
        [two, first],
        [one, second],
      ] as const) {
        const entry = await green(bench, each)
        assert.is(entry.state, 'tagged')
        assert.ok(knows(other, entry.tagMovedFrom), entry.tagMovedFrom)
        await buildsOffline(bench, each, entry)
        await seeded.gate.setMode('refuse')
      }
      const downloads = seeded.gate
        .requests()
        .filter(({ method, url }) => method === 'GET' && /blobs/.test(url))
      assert.equal(downloads, [])
    }),
  )

  tags(`${kind}: the same files, pushed again with another compression`, () =>
    withBench(
      kind,
      async bench => {
        const { seeded, engine, second } = bench
        await pulledByTag(bench)
        const folder = project(seeded, 'again', `FROM web:1@${second.digest}\nCOPY Dockerfile /\n`)
        // A containerd store pulls no layer that it has unpacked from the other image. A build that exports the layer needs it.
        if (kind === 'docker-28-containerd') {
          const entry = await red(bench, folder)
          assert.equal([entry.state, entry.registryUse, entry.verified], ['incomplete', 'required', false])
          await engine.restart()
          await seeded.gate.setMode('refuse')
          const failed = await engine.build({ context: folder, timeoutMs: 60_000 })
          assert.is.not(failed.code, 0)
          await seeded.gate.setMode('pass')
          // As the finding advises.
          const built = await engine.build({ context: folder, timeoutMs: 60_000 })
          assert.is(built.code, 0, built.output)
        }
        const entry = await green(bench, folder)
        writeFileSync(join(folder, 'other.txt'), 'no build has used this step before\n')
        writeFileSync(join(folder, 'Dockerfile'), `FROM web:1@${second.digest}\nCOPY other.txt /\n`)
        await buildsOffline(bench, folder, entry)
      },
      { compress: true },
    ),
  )

  tags(`${kind}: an image that exists only here is told, not locked, and not moved`, () =>
    withBench(kind, async bench => {
      const { seeded, engine, second } = bench
      const source = project(seeded, 'source', 'FROM scratch\nCOPY Dockerfile /\n')
      const { address } = seeded.gate
      const names = ['localhost/base:1', `${address}/team/only-here`, `${address}/only-here:1`]
      for (const name of names) {
        const built = await engine.build({ context: source, tag: name, timeoutMs: 120_000 })
        assert.is(built.code, 0, built.output)
        const before = await idOf(engine, name)
        const folder = project(seeded, 'uses', `FROM ${name} AS own\nFROM web:1@${second.digest}\n`)
        const env = { ...process.env, ...engine.env }
        for (const args of [['--json'], ['verify', '--json'], ['--json', '--move-tags']]) {
          const { code, stdout, stderr } = await runCli(args, { cwd: folder, env })
          assert.is(code, 0, stdout + stderr)
          const { images, notices } = JSON.parse(stdout) as Told
          assert.equal(
            images.map(({ image }) => image),
            ['web:1'],
          )
          const said = notices.filter(one => one.code === 'local').map(({ image }) => image)
          assert.equal(said, [name.endsWith('only-here') ? `${name}:latest` : name])
        }
        const { stdout } = await runCli(['verify'], { cwd: folder, env })
        assert.match(stdout, /^verified: .*; not covered: 1 local/m)
        assert.not.match(stdout, /builds need no registry/)
        assert.is(await idOf(engine, name), before)
      }
      // Podman does not record where an image came from, so its registry decides: without an answer the image is not local.
      const [name] = names.slice(-1)
      const env = { ...process.env, ...engine.env }
      const folder = join(seeded.directory, 'uses')
      const verify = async () => codes(await runCli(['verify', '--json'], { cwd: folder, env }))
      await seeded.gate.setMode('refuse')
      assert.equal(await verify(), [kind.startsWith('podman') ? 'unlocked' : 'local'])
      await seeded.gate.setMode('pass')
      assert.equal(await verify(), ['local'])
      // Since it was pushed, its registry has it.
      const insecure = kind.startsWith('podman') ? ['--tls-verify=false'] : []
      const pushed = await engine.command(['push', ...insecure, name!])
      assert.is(pushed.code, 0, pushed.output)
      assert.equal(await verify(), ['unlocked'])
    }),
  )

  tags(`${kind}: an image that was built here keeps its tag`, () =>
    withBench(kind, async bench => {
      const { seeded, engine, second } = bench
      const local = project(seeded, 'local', 'FROM scratch\nCOPY Dockerfile /\n')
      const name = kind.startsWith('podman') ? 'docker.io/library/web:1' : 'web:1'
      const built = await engine.build({ context: local, tag: name, timeoutMs: 120_000 })
      assert.is(built.code, 0, built.output)
      const folder = project(seeded, 'other', `FROM web:1@${second.digest}\n`)
      const entry = await green(bench, folder)
      assert.is(entry.state, 'tag-elsewhere')
      assert.is(entry.tagHolder?.pulled, false)
      await buildsOffline(bench, folder, entry)
      const moved = await green(bench, folder, '--move-tags')
      assert.is(moved.state, 'tagged')
      await buildsOffline(bench, folder, moved)
    }),
  )
}

/** The codes of what a run reports about images that are not locked. */
function codes({ stdout }: { readonly stdout: string }): readonly string[] {
  const { findings, notices } = JSON.parse(stdout) as Told
  return [...findings, ...notices].map(({ code }) => code).filter(code => /local|unlocked/.test(code))
}

interface Told {
  readonly findings: readonly { readonly code: string }[]
  readonly images: readonly { readonly image: string; readonly stores: readonly Entry[] }[]
  readonly notices: readonly { readonly code: string; readonly image?: string }[]
}

/** An engine with a registry of its own, whose tag has been pushed twice: with other content, or with the given change. */
async function withBench(
  kind: string,
  use: (bench: Bench) => Promise<void>,
  change: Parameters<typeof seedImages>[2] = { revision: 1 },
): Promise<void> {
  const seeded = await startSeeded([WEB])
  try {
    const first = seeded.images[WEB]
    const second = (await seedImages(seeded.registry, [WEB], change))[WEB]
    await use({ seeded, engine: await start(kind, seeded), first, second })
  } finally {
    await seeded.stop()
  }
}

async function start(kind: string, seeded: Seeded): Promise<AnyEngine> {
  const docker = engineKinds.find(one => one === kind)
  if (docker !== undefined) {
    const engine = await seeded.use(startEngine(docker, seeded.engineOptions))
    return { ...engine, command: args => engine.docker(args) }
  }
  const registries = mirrorOf(seeded.gate.address)
  const podman = await seeded.use(startPodman(podmanKinds.find(one => one === kind)!, { registries }))
  return { ...podman, command: args => podman.podman(args) }
}

/** As somebody had pulled it before it was pushed again. */
async function pulledByTag({ seeded, engine, first, second }: Bench): Promise<void> {
  await pushImage(seeded.registry, first)
  const pulled = await engine.command(['pull', 'docker.io/library/web:1'])
  assert.is(pulled.code, 0, pulled.output)
  await pushImage(seeded.registry, second)
}

function project(seeded: Seeded, name: string, dockerfile: string): string {
  const folder = join(seeded.directory, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  return folder
}

/** Runs `dock-lock`, which must be green, and returns how the image stands. */
async function green(bench: Bench, cwd: string, ...args: readonly string[]): Promise<Entry> {
  const entry = await dockLock(bench, cwd, args, 0)
  assert.ok(entry.verified, JSON.stringify(entry))
  return entry
}

/** Runs `dock-lock`, which must report a finding, and returns how the image stands. */
function red(bench: Bench, cwd: string): Promise<Entry> {
  return dockLock(bench, cwd, [], 1)
}

async function dockLock(
  { engine }: Bench,
  cwd: string,
  args: readonly string[],
  expected: number,
): Promise<Entry> {
  const env = { ...process.env, ...engine.env }
  const { code, stdout, stderr } = await runCli(['--json', ...args], { cwd, env })
  assert.is(code, expected, stdout + stderr)
  const report = JSON.parse(stdout) as { readonly images: readonly { readonly stores: readonly Entry[] }[] }
  const [entry] = report.images[0]?.stores ?? []
  assert.ok(entry, stdout)
  return entry
}

/** Builds with a registry that never answers; where the report says that a request is sent first, with one that refuses. */
async function buildsOffline(
  { engine, seeded }: Bench,
  context: string,
  { registryUse }: Entry,
): Promise<void> {
  const { gate } = seeded
  await engine.restart()
  gate.clear()
  await gate.setMode(registryUse === 'none' ? 'hang' : 'refuse')
  const built = await engine.build({ context, timeoutMs: 60_000 })
  assert.is(built.code, 0, built.output)
  assert.equal(gate.requests(), [])
  await gate.setMode('pass')
}

async function idOf({ command }: AnyEngine, name: string): Promise<string> {
  const { code, output } = await command(['image', 'inspect', '--format', '{{.Id}}', name])
  assert.is(code, 0, output)
  return output.trim()
}

/** Whether it is the digest of the image, or that of one of its manifests. */
function knows({ digest, platforms }: SeededImage, said: string | undefined): boolean {
  return said === digest || Object.values(platforms).some(one => one.digest === said)
}

tags.run()

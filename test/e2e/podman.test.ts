/**
 * What `verify` predicts of Podman's builds, and what they do: every state of the store, every way to ask for a platform. Each build runs
 * without a network that answers: the registry's door takes connections and says nothing, until one has come; then it refuses them.
 */

import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RegistryUse } from '../../src/core/availability.ts'
import { parseDigest } from '../../src/core/digest.ts'
import { formatPlatform } from '../../src/core/platform.ts'
import { parseReference } from '../../src/core/reference.ts'
import type { Wanted } from '../../src/core/wanted.ts'
import { detectStore } from '../../src/stores/index.ts'
import { asPlatform } from '../support/platform.ts'
import { runOrThrow } from './support/exec.ts'
import type { Gate } from './support/gate.ts'
import type { SeededImage } from './support/images.ts'
import { mirrorOf, type Podman, type PodmanKind, podmanKinds, startPodman } from './support/podman.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const NAME = 'docker.io/library/alpine'
const OTHER = 'docker.io/library/busybox:1.37'
const { signal } = new AbortController()

interface Bench {
  readonly kind: PodmanKind
  readonly seeded: Seeded
  readonly gate: Gate
  readonly podman: Podman
  readonly image: SeededImage
}

interface Benches {
  all: readonly Bench[]
  project: string
}

const podman = suite<Benches>('podman')

podman('it starts, both versions', async benches => {
  benches.project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-podman-'))
  benches.all = await Promise.all(
    podmanKinds.map(async kind => {
      // Each has a registry of its own, for they are tested side by side.
      const seeded = await startSeeded(['library/alpine:3.23', 'library/busybox:1.37'])
      const { gate, images } = seeded
      const started = await seeded.use(startPodman(kind, { registries: mirrorOf(gate.address) }))
      return { kind, seeded, gate, podman: started, image: images['library/alpine:3.23'] }
    }),
  )
})

podman.after(async ({ all, project }) => {
  await Promise.all((all ?? []).map(({ seeded }) => seeded.stop()))
  if (project !== undefined) rmSync(project, { recursive: true })
})

/** How the store gets where it is, in Podman's own commands; `X` is the digest of the index. */
const states: Readonly<Record<string, readonly string[]>> = {
  absent: [],
  'pulled by tag': [`pull ${NAME}:3.23`],
  'pulled by digest': [`pull ${NAME}@X`],
  'digest and tag': [`pull ${NAME}@X`, `tag ${NAME}@X ${NAME}:3.23`],
  'digest and another tag': [`pull ${NAME}@X`, `tag ${NAME}@X ${NAME}:other`],
  'digest, tag on other image': [`pull ${NAME}@X`, `pull ${OTHER}`, `tag ${OTHER} ${NAME}:3.23`],
  'tag on other image alone': [`pull ${OTHER}`, `tag ${OTHER} ${NAME}:3.23`],
  'without a name': [`pull ${NAME}:3.23`, `untag ${NAME}:3.23`],
  'under another name': [`pull ${NAME}@X`, `tag ${NAME}@X docker.io/foo/bar:1`, `untag ${NAME}@X ${NAME}@X`],
  'loaded, docker-archive': ['load --input DIRECTORY/docker-archive.tar'],
  'loaded, oci-archive': ['load --input DIRECTORY/oci-archive.tar'],
  'another platform, by tag': [`pull --platform=linux/arm64 ${NAME}:3.23`],
  'another platform, by digest': [`pull --platform=linux/arm64 ${NAME}@X`],
  'both, own platform by digest': [
    `pull --platform=linux/arm64 ${NAME}:3.23`,
    `pull --platform=linux/amd64 ${NAME}@X`,
  ],
  'both, other platform by digest': [
    `pull --platform=linux/amd64 ${NAME}:3.23`,
    `pull --platform=linux/arm64 ${NAME}@X`,
  ],
}

interface Form {
  readonly from: string
  readonly platform?: string
  readonly flags?: readonly string[]
  /** Only one stage. */
  readonly single?: true
}

const forms: readonly Form[] = [
  { from: 'alpine:3.23@X' },
  { from: 'alpine@X' },
  { from: '--platform=linux/amd64 alpine:3.23@X', platform: 'linux/amd64' },
  { from: 'alpine:3.23@X', platform: 'linux/arm64', flags: ['--platform=linux/arm64'] },
]

async function fill({ podman: engine, gate, image }: Bench, commands: readonly string[]): Promise<void> {
  await gate.setMode('pass')
  await engine.pruneAll()
  for (const transport of ['docker-archive', 'oci-archive'])
    if (commands.some(command => command.includes(transport))) {
      const source = `docker://${gate.address}/library/alpine:3.23`
      const target = `${transport}:${engine.directory}/${transport}.tar:${NAME}:3.23`
      await runOrThrow('rm', ['-f', `${engine.directory}/${transport}.tar`])
      await runOrThrow('skopeo', ['copy', '--quiet', '--src-tls-verify=false', source, target])
    }
  for (const command of commands) {
    const words = command.replaceAll('@X', `@${image.digest}`).replace('DIRECTORY', engine.directory)
    const ran = await engine.podman(words.split(' '), { timeoutMs: 60_000 })
    assert.is(ran.code, 0, `podman ${command}: ${ran.output}`)
  }
}

async function predict(bench: Bench, some: readonly Form[]) {
  const digest = parseDigest(bench.image.digest)!
  const wanted = some.map(({ from, platform }): Wanted => {
    const parsed = parseReference(from.replace(/^--\S+ /, '').replace('@X', `@${digest}`))
    if (!parsed.ok) throw new Error(parsed.problem.message)
    const { digest: _, ...reference } = parsed.reference
    return { key: from, reference, digest, ...(platform !== undefined && { platform: asPlatform(platform) }) }
  })
  const store = await detectStore({ env: {}, host: bench.podman.host, signal })
  try {
    return await store.availability(wanted, signal)
  } finally {
    store.close()
  }
}

interface Happened {
  readonly registryUse: RegistryUse
  /** What the build was made from. */
  readonly platform: string | undefined
  readonly output: string
}

/** A build while the registry hangs; once it has been asked, connections are refused, or the build would wait for ever. */
async function happens(bench: Bench, form: Form, context: string): Promise<Happened> {
  const { podman: engine, gate, image } = bench
  const from = `FROM ${form.from.replace('@X', `@${image.digest}`)}`
  // Podman 5.8 asks the registry in a build with several stages what it does not ask in one with a single stage.
  const text = `${from} AS first\nCOPY Dockerfile /\n${from}\nCOPY --from=first Dockerfile /\n`
  writeFileSync(join(context, 'Dockerfile'), form.single ? `${from}\nCOPY Dockerfile /\n` : text)
  await gate.setMode('hang')
  gate.clear()
  let over = false
  const flags = ['--no-cache', ...(form.flags ?? [])]
  // Each has a name of its own, and stays: Podman removes a nameless base together with what was built from it.
  const tag = `built:${form.from.length}-${form.platform?.replaceAll('/', '-')}`
  const built = engine.build({ context, tag, flags, timeoutMs: 120_000 }).finally(() => {
    over = true
  })
  while (!over && gate.connections() === 0) await new Promise(resolve => setTimeout(resolve, 20))
  const asked = gate.connections() > 0
  await gate.setMode('refuse')
  const { code, output, timedOut } = await built
  assert.not.ok(timedOut, output)
  if (code !== 0) return { registryUse: asked ? 'required' : 'unknown', platform: undefined, output }
  const labels = await engine.podman(['image', 'inspect', tag, '--format', '{{json .Labels}}'])
  const platform = /alpine:3\.23 (\S+) revision/.exec(labels.stdout)?.[1]
  return { registryUse: asked ? 'optional' : 'none', platform, output }
}

for (const [state, commands] of Object.entries(states)) {
  podman(`${state}: builds do what was predicted`, async ({ all, project }) => {
    assert.ok(all, 'no Podman: see the first test')
    // Side by side: a build that has lost its registry waits for seconds, several times.
    const ended = await Promise.allSettled(
      all.map(async bench => {
        await fill(bench, commands)
        const context = mkdtempSync(join(project, `${bench.kind}-`))
        const predicted = await predict(bench, forms)
        for (const [index, form] of forms.entries()) {
          const { state: named, registryUse, platform, detail } = predicted[index]!
          const happened = await happens(bench, form, context)
          const line = `${bench.kind}, ${state}, FROM ${form.from} ${form.flags?.join(' ') ?? ''}`
          console.log(
            `${line}: ${named}, ${registryUse}${detail === undefined ? '' : ` (${JSON.stringify(detail)})`}`,
          )
          assert.is(happened.registryUse, registryUse, `${line}: ${named}\n${happened.output}`)
          // Whatever is said to serve was what the build took.
          if (happened.platform !== undefined && named !== 'wrong-platform')
            assert.ok(
              happened.platform.startsWith(formatPlatform(platform)),
              `${line}: ${named}, took ${happened.platform}`,
            )
        }
      }),
    )
    for (const each of ended) if (each.status === 'rejected') throw each.reason
  })
}

podman(
  'a single stage that names no platform asks nobody, nor does --pull=never',
  async ({ all, project }) => {
    assert.ok(all, 'no Podman: see the first test')
    for (const bench of all) {
      await fill(bench, states['pulled by digest']!)
      const context = mkdtempSync(join(project, `${bench.kind}-`))
      const never = ['--pull=never']
      const some: readonly Form[] = [
        { from: 'alpine:3.23@X', single: true },
        { from: 'alpine:3.23@X', flags: never },
        { from: '--platform=linux/amd64 alpine:3.23@X', flags: never },
      ]
      for (const form of some) {
        const { registryUse, output } = await happens(bench, form, context)
        assert.is(registryUse, 'none', `${bench.kind}, FROM ${form.from}: ${output}`)
      }
    }
  },
)

podman.run()

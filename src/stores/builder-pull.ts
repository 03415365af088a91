/**
 * Brings images into a builder's own store, by a build that needs all of their layers and runs nothing of them.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/
 */
import { DockLockError, printable } from '../core/error.ts'
import { repositoryName } from '../core/reference.ts'
import type { BuilderName } from './builder-choice.ts'
import { runBuildx, saidLast } from './builder-program.ts'
import { concurrently } from './concurrently.ts'
import { pullError, TimedOut } from './engine-error.ts'
import { amount, member, text } from './json.ts'
import { recordName } from './names.ts'
import { createPatience } from './patience.ts'
import { failure } from './pull-stream.ts'
import type { PullOptions, PullOutcome, Wanted } from './store.ts'

const PULLED_AT_ONCE = 3
/** Milliseconds without a word of progress; a big layer is unpacked in silence. */
const IDLE = 300_000

export interface Puller {
  readonly builder: BuilderName
  readonly env: Readonly<Record<string, string | undefined>>
  /** When the image does not say. */
  readonly platform: string
}

/** buildx sends the credentials of the Docker config itself. */
export async function pullImages(
  puller: Puller,
  wanted: readonly Wanted[],
  options: PullOptions,
): Promise<readonly PullOutcome[]> {
  const patience = createPatience(options)
  // Two tags of one digest are one pull.
  const pulls = new Map<string, Promise<void>>()
  return concurrently(wanted, PULLED_AT_ONCE, async one => {
    const { reference, digest, platform = puller.platform } = one
    const id = `${repositoryName(reference)} ${digest} ${platform}`
    try {
      const pull = pulls.get(id) ?? patience(reference.registry, () => build(puller, one, platform, options))
      pulls.set(id, pull)
      await pull
      return { wanted: one, ok: true }
    } catch (error) {
      return failure(one, error)
    }
  })
}

/** FROM alone leaves the layers where they are: BuildKit fetches them when a step reads the image's files. No file has that name. */
function dockerfile({ reference, digest }: Wanted): string {
  const image = recordName({ ...reference, digest })
  return `FROM ${image} AS image\nFROM scratch\nCOPY --from=image /.dock-lock-reads-all-layers* /\n`
}

async function build(
  { builder, env }: Puller,
  wanted: Wanted,
  platform: string,
  options: PullOptions,
): Promise<void> {
  const { signal, onProgress } = options
  const args = [
    'build',
    '--builder',
    builder.name,
    '--platform',
    platform,
    '--progress=rawjson',
    '--output=type=cacheonly',
    // The step itself is in the cache when the layers that it read are gone.
    '--no-cache',
    '-',
  ]
  const ran = await runBuildx({
    args,
    // A source policy could turn the image into another one.
    env: { ...env, EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: undefined, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
    signal,
    input: dockerfile(wanted),
    idle: IDLE,
    onLine: line => line.startsWith('{') && tell(line, wanted, onProgress),
  }).catch(error => {
    if (!(error instanceof TimedOut)) throw error
    throw new DockLockError(
      'unreachable',
      `the builder ${builder.name} pulls and says nothing: ${error.message}`,
      {
        hint: 'The builder, not dock-lock, asks the registry, which may hang: check its network and proxy.',
        cause: error,
      },
    )
  })
  if (ran.ended === 0) return
  const said = saidLast(ran.stderr).replace(/^(?:failed to (?:build|solve): )+/, '')
  if (said === '') throw new DockLockError('engine', `buildx ended with ${ran.ended} and says nothing`)
  const { code, hint } = pullError(said)
  throw new DockLockError(code, said, { hint: hint?.replace('of the daemon', `of ${builder.name}`) })
}

/** The progress of layers, out of a line of buildx's; whether it was such a line. */
function tell(line: string, { key }: Wanted, onProgress: PullOptions['onProgress']): boolean {
  let document: unknown
  try {
    document = JSON.parse(line)
  } catch {
    return false
  }
  const statuses = member(document, 'statuses')
  for (const status of Array.isArray(statuses) ? (statuses as unknown[]) : []) {
    const [, layer] = /^sha256:([0-9a-f]{12,64})$/.exec(text(status, 'id')) ?? []
    if (layer === undefined) continue
    const [current, total] = [amount(status, 'current'), amount(status, 'total')]
    onProgress?.({
      key,
      layer,
      status: printable(text(status, 'name')),
      ...(current !== undefined && { current }),
      ...(total !== undefined && total > 0 && { total }),
    })
  }
  return true
}

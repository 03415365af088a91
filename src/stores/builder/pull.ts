/**
 * Brings images into a builder's own store, by a build that needs all of their layers and runs nothing of them.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/
 */
import { DockLockError } from '../../core/error.ts'
import { member, text } from '../../lib/json.ts'
import { TimedOut } from '../connection/failure.ts'
import { digestName, recordName } from '../names.ts'
import { pullAll, tellLayer } from '../pull-all.ts'
import { pullError } from '../pull-error.ts'
import type { PullOptions, PullOutcome, Wanted } from '../store.ts'
import type { BuilderName } from './choice.ts'
import { runBuildx, saidLast } from './program.ts'

/** Milliseconds without a word of progress; a big layer is unpacked in silence. */
const IDLE = 300_000

export interface Puller {
  readonly builder: BuilderName
  readonly env: Readonly<Record<string, string | undefined>>
}

/** buildx sends the credentials of the Docker config itself. */
export async function pullImages(
  puller: Puller,
  wanted: readonly Wanted[],
  options: PullOptions,
): Promise<readonly PullOutcome[]> {
  const items = wanted.map(one => ({ wanted: one }))
  return pullAll(items, options, ({ wanted: one }, shared) => {
    const id = `${digestName(one)} ${one.platform ?? ''}`
    return shared(id, one.reference.registry, () => build(puller, one, options))
  })
}

/** FROM alone leaves the layers where they are: BuildKit fetches them when a step reads the image's files. No file has that name. */
function dockerfile({ reference, digest }: Wanted): string {
  const image = recordName({ ...reference, digest })
  return `FROM ${image} AS image\nFROM scratch\nCOPY --from=image /.dock-lock-reads-all-layers* /\n`
}

async function build({ builder, env }: Puller, wanted: Wanted, options: PullOptions): Promise<void> {
  const { signal, onProgress } = options
  const { platform } = wanted
  const args = [
    'build',
    '--builder',
    builder.name,
    // Of several nodes it decides which one pulls.
    ...(platform === undefined ? [] : ['--platform', platform]),
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
function tell(line: string, wanted: Wanted, onProgress: PullOptions['onProgress']): boolean {
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
    tellLayer(onProgress, wanted, { layer, status: text(status, 'name'), sizes: status })
  }
  return true
}

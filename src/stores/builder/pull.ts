/**
 * Brings images into a builder's own store, by a build that needs all of their layers and runs nothing of them.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/
 */
import { DockLockError } from '../../core/error.ts'
import type { Wanted } from '../../core/wanted.ts'
import { field, numberField, textField } from '../../lib/json.ts'
import { TimedOut } from '../connection/failure.ts'
import { digestName, recordName } from '../names.ts'
import { pullAll, tellLayer } from '../pull-all.ts'
import { pullError } from '../pull-error.ts'
import { createPullLimit, type PullLimit } from '../pull-limit.ts'
import type { PullOptions, PullOutcome } from '../store.ts'
import type { BuilderName } from './choice.ts'
import { runBuildx, saidLast } from './program.ts'

/** Milliseconds without a word of progress; a big layer is unpacked in silence. */
const IDLE = 300_000

export interface BuilderPuller {
  readonly builder: BuilderName
  readonly env: Readonly<Record<string, string | undefined>>
}

/** buildx sends the credentials of the Docker config itself. */
export async function pullIntoBuilder(
  puller: BuilderPuller,
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

async function build({ builder, env }: BuilderPuller, wanted: Wanted, options: PullOptions): Promise<void> {
  const { signal, onProgress, limits } = options
  const limit = createPullLimit(limits)
  const stop = new AbortController()
  let late: TimedOut | undefined
  /** Whether it was a line of progress; the pull ends when it comes no further. */
  const onStderrLine = (line: string): boolean => {
    const document = line.startsWith('{') ? parse(line) : undefined
    if (document === undefined) return false
    try {
      tell(document, wanted, onProgress, limit)
    } catch (error) {
      if (!(error instanceof TimedOut)) throw error
      late ??= error
      stop.abort()
    }
    return true
  }
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
    signal: AbortSignal.any([signal, stop.signal]),
    input: dockerfile(wanted),
    idle: IDLE,
    onStderrLine,
  }).catch(error => {
    const cause = signal.aborted ? error : (late ?? error)
    if (!(cause instanceof TimedOut)) throw error
    const problem = cause === late ? 'comes no further' : 'says nothing'
    throw new DockLockError(
      'unreachable',
      `the builder ${builder.name} pulls and ${problem}: ${cause.message}`,
      {
        hint: 'The builder, not dock-lock, asks the registry, which may hang: check its network and proxy.',
        cause,
      },
    )
  })
  if (ran.ended === 0) return
  const said = saidLast(ran.stderr).replace(/^(?:failed to (?:build|solve): )+/, '')
  if (said === '') throw new DockLockError('engine', `buildx ended with ${ran.ended} and says nothing`)
  const { code, hint } = pullError(said)
  throw new DockLockError(code, said, { hint: hint?.replace('of the daemon', `of ${builder.name}`) })
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The progress of layers, out of a line of buildx's. @throws TimedOut as `limit` */
function tell(
  document: unknown,
  wanted: Wanted,
  onProgress: PullOptions['onProgress'],
  limit: PullLimit,
): void {
  for (const vertex of items(document, 'vertexes'))
    limit(
      `${textField(vertex, 'digest')} ${textField(vertex, 'started') !== ''} ${textField(vertex, 'completed') !== ''}`,
    )
  for (const status of items(document, 'statuses')) {
    const [id, name] = [textField(status, 'id'), textField(status, 'name')]
    limit(`${id} ${name} ${textField(status, 'completed') !== ''}`, numberField(status, 'current'))
    const [, layer] = /^sha256:([0-9a-f]{12,64})$/.exec(id) ?? []
    if (layer !== undefined) tellLayer(onProgress, wanted, { layer, status: name, sizes: status })
  }
  limit('')
}

function items(document: unknown, name: string): readonly unknown[] {
  const found = field(document, name)
  return Array.isArray(found) ? found : []
}

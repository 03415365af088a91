/**
 * Pulls images into a builder's store with a build that needs all of their layers and runs nothing from them.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/
 */

import { DockLockError } from '../../core/error.ts'
import { formatPlatform } from '../../core/platform.ts'
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

/** Milliseconds without progress. Unpacking a big layer reports nothing. */
const IDLE = 300_000

export interface BuilderPuller {
  readonly builder: BuilderName
  readonly env: Readonly<Record<string, string | undefined>>
}

/** buildx itself sends the credentials of the Docker config. */
export async function pullIntoBuilder(
  puller: BuilderPuller,
  wanted: readonly Wanted[],
  options: PullOptions,
): Promise<readonly PullOutcome[]> {
  const items = wanted.map(one => ({ wanted: one }))
  return pullAll(items, options, ({ wanted: one }, shared) => {
    const id = `${digestName(one)} ${platformFlag(one).join()}`
    return shared(id, one.reference.registry, () => build(puller, one, options))
  })
}

/** FROM alone fetches no layers. BuildKit fetches them when a step reads the image's files; no file has this name. */
function dockerfile({ reference, digest }: Wanted): string {
  const image = recordName({ ...reference, digest })
  return `FROM ${image} AS image\nFROM scratch\nCOPY --from=image /.dock-lock-reads-all-layers* /\n`
}

function platformFlag({ platform }: Wanted): readonly string[] {
  return platform === undefined ? [] : ['--platform', formatPlatform(platform)]
}

async function build({ builder, env }: BuilderPuller, wanted: Wanted, options: PullOptions): Promise<void> {
  const { signal, onProgress, limits } = options
  const limit = createPullLimit(limits)
  const stop = new AbortController()
  let late: TimedOut | undefined
  /** Whether the line was progress. The pull ends when it makes none. */
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
  const args = [
    'build',
    '--builder',
    builder.name,
    // With several nodes, the platform decides which one pulls.
    ...platformFlag(wanted),
    '--progress=rawjson',
    '--output=type=cacheonly',
    // The step may still be cached when the layers that it read are gone.
    '--no-cache',
    '-',
  ]
  const ran = await runBuildx({
    args,
    // A source policy could replace the image.
    env: { ...env, EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: undefined, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
    signal: AbortSignal.any([signal, stop.signal]),
    input: dockerfile(wanted),
    idle: IDLE,
    onStderrLine,
  }).catch(error => {
    const cause = signal.aborted ? error : (late ?? error)
    if (!(cause instanceof TimedOut)) throw error
    const problem = cause === late ? 'makes no progress' : 'reports nothing'
    throw new DockLockError(
      'unreachable',
      `the builder ${builder.name} is pulling, but ${problem}: ${cause.message}`,
      {
        hint: 'The registry may be hanging. The builder contacts it, not dock-lock: check the network and proxy of the builder',
        cause,
      },
    )
  })
  if (ran.ended === 0) return
  const said = saidLast(ran.stderr).replace(/^(?:failed to (?:build|solve): )+/, '')
  if (said === '') throw new DockLockError('engine', `buildx ended with ${ran.ended} and gave no reason`)
  const { code, hint } = pullError(said, builder.name)
  throw new DockLockError(code, said, { hint })
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Reports the layers' progress from one line of buildx output. @throws TimedOut as `limit` */
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

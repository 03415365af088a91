/** The store of a builder outside any engine: the content of its BuildKit, which is a cache without names. */
import type { BuilderNode } from '../../core/buildx.ts'
import { indexPlatforms } from '../../core/descriptor.ts'
import { DockLockError, printable } from '../../core/error.ts'
import { formatPlatform, normalizePlatform, type Platform } from '../../core/platform.ts'
import type { Wanted } from '../../core/wanted.ts'
import { mapLimited } from '../../lib/limit.ts'
import { once, onceFor } from '../../lib/once.ts'
import { type Content, openContent } from '../buildkit/content.ts'
import { GrpcError } from '../buildkit/grpc.ts'
import { type ContentState, inspectContent } from '../buildkit/look.ts'
import { workerPlatform } from '../buildkit/workers.ts'
import { failures } from '../pull-all.ts'
import type { Availability, Store, StoreInfo } from '../store.ts'
import type { BuilderName } from './choice.ts'
import { connectNode, explainCall, type NodeConnection } from './connection.ts'
import { inspectBuilder } from './info.ts'
import { pullIntoBuilder } from './pull.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Each image takes a few calls, all over one connection. */
const CONCURRENT_IMAGES = 32
/** An index may list any number of platforms. */
const CONCURRENT_PLATFORMS = 4
/** https://grpc.io/docs/guides/status-codes/ */
const UNIMPLEMENTED = 12

/** Shown with `--strict`, which no builder passes. */

interface Inspected {
  readonly info: StoreInfo
  readonly nodes: readonly BuilderNode[]
}

/** Opens no connection yet. */
export function builderStore(builder: BuilderName, given: Env): Store {
  const { name, driver } = builder
  const who = `the builder ${name} (${driver})`
  // The variable would override the node and the platform that dock-lock chooses.
  const env: Env = { ...given, DOCKER_DEFAULT_PLATFORM: undefined }
  const connections = new Map<string, Promise<NodeConnection>>()

  async function inspect(signal: AbortSignal): Promise<Inspected> {
    const nodes = await inspectBuilder(builder, env, signal)
    const [{ version, platform: listed }] = nodes
    const platform = listed ?? (await platformOfWorker(nodes, signal))
    if (platform === undefined)
      throw new DockLockError('engine', `${who} does not report its platform`, {
        hint: `See: docker buildx inspect ${name}`,
      })
    // The BuildKit inside an engine does not know its version.
    const known = version.includes('unknown') ? '' : printable(version)
    const info: StoreInfo = {
      kind: 'buildkit',
      version: known,
      name: `BuildKit ${known}`.trim(),
      host: `builder ${name}`,
      imageStore: `builder ${name}, ${driver} driver`,
      maxState: 'cache-only',
      platform,
      mirrors: [],
      insecureRegistries: [],
      insecureCidrs: [],
      ...(builder.source === 'current' && { note: { code: 'current-builder' as const, builder: name } }),
    }
    return { info, nodes }
  }

  const inspected = once(inspect)

  async function platformOfWorker(
    nodes: readonly BuilderNode[],
    signal: AbortSignal,
  ): Promise<Platform | undefined> {
    const node = await connection(undefined, nodes)
    try {
      return await workerPlatform(node.grpc, signal)
    } catch (error) {
      closeAll()
      throw explainCall(who, node, error)
    }
  }

  /** A connection to the node to which buildx sends builds for the platform. A build without a platform may go to another node. */
  function connection(
    platform: Platform | undefined,
    nodes: readonly BuilderNode[],
  ): Promise<NodeConnection> {
    const flags = nodes.length > 1 && platform !== undefined ? ['--platform', formatPlatform(platform)] : []
    const key = flags.join(' ')
    return onceFor(connections, key, () => connectNode(['--builder', name, ...flags], env))
  }

  function closeAll(): void {
    for (const opening of connections.values())
      opening.then(
        ({ grpc }) => grpc.close(),
        () => {},
      )
    connections.clear()
  }

  async function availabilityOf(
    wanted: Wanted,
    { info, nodes }: Inspected,
    signal: AbortSignal,
  ): Promise<Availability> {
    const platform = normalizePlatform(wanted.platform ?? info.platform)
    const node = await connection(wanted.platform && platform, nodes)
    try {
      const content = openContent(node.grpc)
      const look = await inspectContent(content, wanted, platform, signal)
      const others = look.has === 'elsewhere' ? await otherPlatforms(content, wanted, signal) : []
      return { wanted, platform, ...stateOf(look, others) }
    } catch (error) {
      if (error instanceof GrpcError && error.status === UNIMPLEMENTED) {
        const detail = { code: 'content-hidden' } as const
        return { wanted, platform, state: 'unknown', registryUse: 'unknown', detail }
      }
      throw explainCall(who, node, error)
    }
  }

  async function availability(
    wanted: readonly Wanted[],
    signal: AbortSignal,
  ): Promise<readonly Availability[]> {
    if (wanted.length === 0) return []
    const seen = await inspected(signal)
    try {
      return await mapLimited(wanted, CONCURRENT_IMAGES, one => availabilityOf(one, seen, signal))
    } catch (error) {
      // The next call opens a new connection.
      closeAll()
      throw error
    }
  }

  return {
    info: async signal => (await inspected(signal)).info,
    availability,
    async pull(wanted, options) {
      if (wanted.length === 0) return []
      try {
        await inspected(options.signal)
        return await pullIntoBuilder({ builder, env }, wanted, options)
      } catch (error) {
        return failures(wanted, error)
      }
    },
    close: closeAll,
  }
}

/**
 * If the content is complete and labelled with its registry, a build asks that registry once after the builder starts. It works without an
 * answer.
 */
function stateOf(
  { has, labelled }: ContentState,
  others: readonly string[],
): Pick<Availability, 'state' | 'registryUse' | 'detail'> {
  switch (has) {
    case 'complete':
      return labelled
        ? { state: 'cache-only', registryUse: 'optional', detail: { code: 'builder-cache' } }
        : { state: 'unlabelled', registryUse: 'required' }
    case 'described':
    case 'partial':
      return { state: 'incomplete', registryUse: 'required' }
    case 'elsewhere':
      return others.length === 0
        ? { state: 'absent', registryUse: 'required' }
        : {
            state: 'wrong-platform',
            registryUse: 'required',
            detail: { code: 'platforms', platforms: others },
          }
    case 'none':
      return { state: 'absent', registryUse: 'required' }
  }
}

/** The platforms of an index whose content is complete. */
async function otherPlatforms(
  content: Content,
  { reference, key, digest }: Wanted,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const bytes = await content.read(digest, signal)
  const offered = (bytes === undefined ? undefined : indexPlatforms(JSON.parse(bytes.toString()))) ?? []
  const looks = await mapLimited(offered, CONCURRENT_PLATFORMS, async one => {
    const { platform, digest: platformDigest } = one
    const look = await inspectContent(content, { reference, key, digest, platformDigest }, platform, signal)
    return look.has === 'complete' ? [formatPlatform(platform)] : []
  })
  return looks.flat()
}

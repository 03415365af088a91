/** The resolver: what references point to, and the tags of their repositories, through mirrors and endpoints. */
import type { PlatformDigest, Resolution } from '../core/descriptor.ts'
import type { Digest } from '../core/digest.ts'
import { DockLockError } from '../core/error.ts'
import type { ImageConfig, ImageDescription } from '../core/image-description.ts'
import type { Platform } from '../core/platform.ts'
import { familiarName, type Reference, referenceKey, repositoryName } from '../core/reference.ts'
import { createSecrets } from '../core/secrets.ts'
import { createLimiter } from '../lib/limit.ts'
import { onceFor } from '../lib/once.ts'
import { createAttempts, isSameRegistry } from './attempts.ts'
import { createAuthorizer } from './auth/authorizer.ts'
import { createKeychains } from './auth/keychain.ts'
import { describeImage } from './describe.ts'
import { createDocuments, type Documents } from './documents.ts'
import { createEndpoints, type Endpoint } from './endpoints/endpoints.ts'
import { createFetches } from './fetch.ts'
import { type FetchedManifest, get, head, platforms } from './manifests.ts'
import type { RegistryOptions, Resolver } from './resolver.ts'
import { splitTags } from './tag-page.ts'
import { createTagBudget, listTags } from './tags.ts'
import { createDeadlines } from './transport/deadline.ts'
import { HttpFailure, seconds } from './transport/failure.ts'
import { CONNECTIONS } from './transport/pools.ts'
import { createHttp } from './transport/request.ts'
import { createTransport } from './transport/transport.ts'

interface ResolvedAt extends FetchedManifest {
  readonly endpoint: Endpoint
}

/** One reference that is asked about. */
interface Call {
  readonly reference: Reference
  readonly endpoints: readonly Endpoint[]
  /** Aborts when the reference has taken too long. */
  readonly deadline: AbortSignal
}

/** @throws DockLockError `config` if a proxy variable of the environment is not a URL */
export function createResolver(options: RegistryOptions): Resolver {
  const { env, totalTimeout = 90_000, concurrency = CONNECTIONS } = options
  const deadlines = createDeadlines(options.signal, totalTimeout)
  const { signal } = deadlines
  const keychain = options.keychain ?? createKeychains(env, signal)(options)
  const registryEndpoints = createEndpoints(options)
  const secrets = createSecrets()
  const { conceal } = secrets
  const http = createHttp(options, conceal)
  const transport = createTransport(http, registryEndpoints, conceal)
  const authorizer = createAuthorizer(transport, registryEndpoints, keychain, signal, secrets)
  const tryEndpoints = createAttempts(
    registryEndpoints,
    createFetches(authorizer, conceal),
    totalTimeout,
    signal,
  )
  const limit = createLimiter(concurrency)
  const tagBudget = createTagBudget()
  // The results of this run, so that nothing is requested twice.
  const resolved = new Map<string, Promise<ResolvedAt>>()
  const platformsByDigest = new Map<string, Promise<readonly PlatformDigest[]>>()
  const configsByDigest = new Map<string, Promise<ImageConfig>>()
  const documentsByRepository = new Map<string, Documents>()
  const tagsByRepository = new Map<string, Promise<readonly Buffer[]>>()

  const documentsOf = (reference: Reference): Documents =>
    onceFor(documentsByRepository, repositoryName(reference), () => createDocuments(conceal))

  /** What the reference points to, and where. `read`: `head`, or `get` if the manifest will be read in any case. */
  const find = ({ reference, endpoints, deadline }: Call, read: typeof head): Promise<ResolvedAt> =>
    onceFor(resolved, referenceKey(reference), async () => {
      const found = await tryEndpoints(endpoints, deadline, async (endpoint, fetch) => ({
        endpoint,
        ...(await read(reference, endpoint, fetch, conceal)),
      }))
      onceFor(resolved, digestKey(reference, found.descriptor.digest), async () => found)
      return found
    })

  const platformsOf = (call: Call, found: ResolvedAt): Promise<readonly PlatformDigest[]> => {
    const { reference, endpoints, deadline } = call
    const known = documentsOf(reference)
    const key = digestKey(reference, found.descriptor.digest)
    return onceFor(platformsByDigest, key, async () => {
      // The same manifest may have been requested by its digest.
      const same = found.content === undefined ? await resolved.get(key)?.catch(() => undefined) : undefined
      const manifest = same?.content === undefined ? found : { ...found, content: same.content }
      return tryEndpoints(endpointsFrom(call, found), deadline, (endpoint, fetch) =>
        platforms(endpoint, fetch, manifest, isSameRegistry(endpoint, endpoints.at(-1)!), known),
      )
    })
  }

  const resolve = async (call: Call, knowsPlatforms: (digest: Digest) => boolean): Promise<Resolution> => {
    const found = await find(call, head)
    const { descriptor } = found
    if (knowsPlatforms(descriptor.digest)) return { descriptor }
    return { descriptor, platforms: await platformsOf(call, found) }
  }

  const describe = async (call: Call, wanted: readonly Platform[]): Promise<ImageDescription> => {
    const { reference, deadline } = call
    const found = await find(call, get)
    const { content: _, ...withoutContent } = found
    const { descriptor, received } = found
    const resolution = { descriptor, platforms: await platformsOf(call, found) }
    // The manifest may be large, and is not needed any more.
    resolved.set(referenceKey(reference), Promise.resolve(withoutContent))
    const known = documentsOf(reference)
    return describeImage(resolution, received, wanted, known, digest =>
      onceFor(configsByDigest, digestKey(reference, digest), () =>
        tryEndpoints(endpointsFrom(call, found), deadline, async (endpoint, fetch) => {
          const { config } = await known.manifest({ endpoint, fetch }, digest)
          return (await known.config({ endpoint, fetch }, config)).image
        }),
      ),
    )
  }

  const tags = ({ reference, endpoints, deadline }: Call): Promise<readonly Buffer[]> =>
    onceFor(tagsByRepository, repositoryName(reference), () =>
      tryEndpoints(endpoints, deadline, (endpoint, fetch) =>
        listTags(endpoint, fetch, isSameRegistry(endpoint, endpoints.at(-1)!), tagBudget),
      ),
    )

  /** Runs `task` when its turn comes. Errors name the image. */
  const run = <T>(reference: Reference, task: (call: Call) => Promise<T>): Promise<T> =>
    limit(() => {
      const timedOut = (): Error =>
        new HttpFailure('deadline', `${reference.registry} took longer than ${seconds(totalTimeout)} in all`)
      return deadlines.within(timedOut, async deadline => {
        const endpoints = registryEndpoints.endpoints(reference)
        return task({ reference, endpoints, deadline }).catch(withImageName(reference))
      })
    })

  return {
    resolve: (reference, knowsPlatforms = () => true) =>
      run(reference, call => resolve(call, knowsPlatforms)),
    describe: (reference, wanted) => run(reference, call => describe(call, wanted)),
    // Split last, so that the tags of many repositories are not all there at the same time.
    tags: async (reference, ending) => splitTags(await run(reference, tags), ending),
    serves: ({ tag: _, ...reference }) =>
      run(reference, call => find(call, head).then(() => true)).catch(isGone),
    get requests() {
      return http.requests
    },
    close() {
      deadlines.stop()
      return http.close()
    },
  }
}

/** All endpoints, and first the one that answered before. */
function endpointsFrom({ endpoints }: Call, { endpoint }: ResolvedAt): readonly Endpoint[] {
  const others = endpoints.filter(each => each.origin !== endpoint.origin || !isSameRegistry(each, endpoint))
  return [endpoint, ...others]
}

function digestKey(reference: Reference, digest: Digest): string {
  return `${repositoryName(reference)}@${digest}`
}

/** False for an image that no endpoint has. */
function isGone(error: unknown): false {
  if (error instanceof DockLockError && error.code === 'not-found') return false
  throw error
}

/** Adds the image to an error of a request that several images may share. */
function withImageName(reference: Reference) {
  return (error: unknown): never => {
    if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
    const { code, message, hint } = error
    throw new DockLockError(code, `${familiarName(reference)}: ${message}`, { hint, reason: message })
  }
}

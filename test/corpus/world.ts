/** Where the repositories of the corpus are run: a registry that knows every tag and digest, and an engine that keeps what it is told to pull. */

import { type Context, createContext } from '../../src/context.ts'
import { OCI_INDEX } from '../../src/core/descriptor.ts'
import type { Digest } from '../../src/core/digest.ts'
import type { ImageDescription } from '../../src/core/image-description.ts'
import { familiarName, type Reference, referenceKey } from '../../src/core/reference.ts'
import type { Wanted } from '../../src/core/wanted.ts'
import type { Availability, Store, StoreInfo } from '../../src/stores/store.ts'
import { asPlatform, platformDigests } from '../support/platform.ts'
import type { EmbeddedRegistry } from '../support/registry/index.ts'
import type { Repository } from './repository.ts'

const INFO: StoreInfo = {
  kind: 'docker',
  version: '28',
  name: 'Docker 28',
  host: 'unix:///docker.sock',
  imageStore: 'graphdriver',
  maxState: 'present',
  platform: asPlatform('linux/amd64'),
  mirrors: [],
  insecureRegistries: [],
  insecureCidrs: [],
}

/** The repository of a test that writes its own files. */
export const NO_WORLD: Repository = {
  name: '',
  path: new URL('file:///'),
  text: '',
  expected: '',
  files: {},
  dead: [],
  denied: [],
  local: [],
  buildArgs: {},
  git: false,
  submodules: [],
}

/** A context whose registries are all the one of the test: `gcr.io/p/x:1` is its `gcr.io/p/x:1`. */
export function worldOf(cwd: string, { local }: Repository, registry: EmbeddedRegistry): Context {
  const context = createContext({ cwd, env: { HOME: '/nonexistent', PATH: process.env.PATH } })
  const store = engine(local)
  return {
    ...context,
    store: async () => store,
    async resolver(options) {
      const real = await context.resolver(options)
      return {
        resolve: (reference, known) => real.resolve(here(reference, registry), known),
        describe: async (reference, platforms) =>
          reference.tag === undefined
            ? anyDigest(reference.digest!)
            : real.describe(here(reference, registry), platforms),
        tags: (reference, ending) => real.tags(here(reference, registry), ending),
        serves: reference => real.serves({ ...reference, ...here(reference, registry) }),
        close: () => real.close(),
        get requests() {
          return real.requests
        },
      }
    },
  }
}

/** The registry serves every digest. */
function anyDigest(digest: Digest): ImageDescription {
  const descriptor = { mediaType: OCI_INDEX, digest, size: 1 }
  return { resolution: { descriptor, platforms: platformDigests({ 'linux/amd64': digest }) }, configs: {} }
}

function here(reference: Reference, { host }: EmbeddedRegistry): Reference {
  return {
    ...reference,
    registry: host,
    repository: `${reference.registry.replace(':', '-')}/${reference.repository}`,
  }
}

/** Which requests `name` (as it is written in a Dockerfile) leads to. */
export function pathOf(name: string): RegExp {
  const [repository = '', tag = ''] = name.split(/:(?=[^/]*$)/)
  return new RegExp(`/${repository}/manifests/${tag}$`)
}

function engine(local: readonly string[]): Store {
  const pulled = new Set<string>()
  const id = ({ reference, digest }: Wanted) => `${referenceKey(reference)} ${digest}`
  const look = (wanted: Wanted): Availability => ({
    wanted,
    platform: wanted.platform ?? INFO.platform,
    ...(pulled.has(id(wanted))
      ? { state: 'present', registryUse: 'none' }
      : { state: 'absent', registryUse: 'required' }),
  })
  return {
    info: async () => INFO,
    availability: async wanted => wanted.map(look),
    origins: async references =>
      new Map(
        references
          .filter(reference => local.includes(familiarName(reference)))
          .map(reference => [referenceKey(reference), 'local'] as const),
      ),
    async pull(wanted) {
      for (const one of wanted) pulled.add(id(one))
      return wanted.map(one => ({ wanted: one, ok: true as const }))
    },
    close: () => {},
  }
}

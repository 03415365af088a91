import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { localOf } from '../../../src/commands/steps/local.ts'
import { createContext } from '../../../src/context.ts'
import { DockLockError, type ErrorCode } from '../../../src/core/error.ts'
import { gatherImages } from '../../../src/core/images.ts'
import type { TagOrigin } from '../../../src/core/local-images.ts'
import { referenceKey } from '../../../src/core/reference.ts'
import type { Resolver } from '../../../src/registry/resolver.ts'
import type { Store, StoreInfo } from '../../../src/stores/store.ts'
import { dockerfile } from '../../support/extract.ts'
import { fixedDigest } from '../../support/generate.ts'

const test = suite('commands/steps/local')

const IMAGE = 'registry.example/team/web:1'
const images = gatherImages(
  dockerfile.extract(`FROM ${IMAGE}\n`, 'Dockerfile', {
    buildArgs: {},
    buildPlatform: 'linux/amd64',
    targetPlatform: 'linux/amd64',
  }),
  new Map(),
)

/** The images that are local, and those that a registry was asked about. */
async function localFor(origin: TagOrigin | undefined, answer: ErrorCode | 'found') {
  const asked: string[] = []
  const resolver = {
    resolve: async (reference: Parameters<Resolver['resolve']>[0]) => {
      asked.push(referenceKey(reference))
      if (answer !== 'found') throw new DockLockError(answer, 'no')
      return { digest: fixedDigest('found'), mediaType: '', platforms: [] }
    },
    requests: () => asked.length,
    close: async () => {},
  } as unknown as Resolver
  const store = {
    origins: async () => new Map(origin === undefined ? [] : [[IMAGE, origin]]),
  } as unknown as Store
  const info = { mirrors: [], insecureRegistries: [], insecureCidrs: [] } as unknown as StoreInfo
  const project = {
    root: '/',
    config: { registries: {} },
    lockfile: { images: new Map() },
    user: async () => ({ registries: {} }),
  } as unknown as Parameters<typeof localOf>[3]
  const context = { ...createContext({ cwd: '/', env: {} }), resolver: async () => resolver }
  const engine = { reached: true, label: 'default', store, info, source: 'user' } as const
  const local = await localOf(context, [engine], images, project)
  return { local: local.map(({ key }) => key), asked }
}

test('no registry is asked where the engine reports that an image was built here, or pulled', async () => {
  assert.equal(await localFor('local', 'found'), { local: [IMAGE], asked: [] })
  assert.equal(await localFor(undefined, 'not-found'), { local: [], asked: [] })
})

test('otherwise the registry decides, and an image is not local if it does not answer', async () => {
  for (const answer of ['not-found', 'unauthorized', 'denied'] as const)
    assert.equal(await localFor('unknown', answer), { local: [IMAGE], asked: [IMAGE] }, answer)
  for (const answer of ['found', 'unreachable', 'rate-limited'] as const)
    assert.equal(await localFor('unknown', answer), { local: [], asked: [IMAGE] }, answer)
})

test.run()

import * as assert from 'uvu/assert'
import { DockLockError, type ErrorCode } from '../../src/core/error.ts'
import { parseReference, type Reference } from '../../src/core/reference.ts'
import { createResolver } from '../../src/registry/resolve.ts'
import type { RegistryOptions, Resolver } from '../../src/registry/resolver.ts'
import { mustTellNoSecret } from '../support/planted.ts'
import {
  type EmbeddedRegistry,
  startRegistry,
  type RegistryOptions as Traits,
} from '../support/registry/index.ts'

export function reference(text: string): Reference {
  const parsed = parseReference(text)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return parsed.reference
}

/** A resolver that sees nothing of this machine's configuration; `auths` are the credentials it finds, as in config.json. */
export function resolverWith({
  auths,
  ...options
}: Partial<RegistryOptions> & { readonly auths?: Readonly<Record<string, object>> } = {}): Resolver {
  return createResolver({
    signal: new AbortController().signal,
    ...options,
    env: {
      HOME: '/nonexistent',
      ...(auths && { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) }),
      ...options.env,
    },
  })
}

/** Runs `test` with a registry, and ends the registry and every resolver made with `resolver`. */
export async function withRegistry(
  traits: Traits,
  test: (registry: EmbeddedRegistry, resolver: typeof resolverWith) => Promise<void>,
): Promise<void> {
  await withRegistries([traits], ([registry], resolver) => test(registry!, resolver))
}

export async function withRegistries(
  traits: readonly Traits[],
  test: (registries: readonly EmbeddedRegistry[], resolver: typeof resolverWith) => Promise<void>,
): Promise<void> {
  const registries = await Promise.all(traits.map(each => startRegistry(each)))
  const resolvers: Resolver[] = []
  try {
    await test(registries, options => {
      const resolver = resolverWith(options)
      resolvers.push(resolver)
      return resolver
    })
  } finally {
    await Promise.all([...resolvers, ...registries].map(each => each.close()))
  }
}

/** `HEAD /v2/o/i/manifests/1`, in the order that the registry saw them; tokens as `GET /token`. */
export function seen({ requests }: EmbeddedRegistry): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`)
}

/** The error that `promise` rejects with, which must be one of ours, say what it is about, and keep the secrets. */
export async function failure(
  promise: Promise<unknown>,
  code: ErrorCode,
  { says = [], secrets = [] }: { says?: readonly (string | RegExp)[]; secrets?: readonly string[] } = {},
): Promise<DockLockError> {
  const error = await promise.then(
    () => assert.unreachable(`nothing failed; ${code} was expected`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof DockLockError)) throw error
  assert.is(error.code, code, error.message)
  for (const text of says) assert.match(`${error.message} ${error.hint ?? ''}`, text)
  const everything = `${error.stack} ${error.message} ${error.hint} ${JSON.stringify(error)} ${String(error.cause)}`
  for (const secret of secrets) assert.not.match(everything, secret)
  mustTellNoSecret(everything)
  return error
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

import { formatPlatform, type Platform } from './platform.ts'
import type { StoreSelector } from './selector.ts'

/** The options that the next command must repeat to use the same images, platforms and stores. */
export function repeatedOptions({
  platforms,
  target,
  stores,
}: {
  readonly platforms: readonly Platform[]
  readonly target?: string
  readonly stores: readonly StoreSelector[]
}): { readonly repeat?: readonly string[] } {
  const repeat = [
    ...platforms.flatMap(platform => ['--platform', formatPlatform(platform)]),
    ...(target === undefined ? [] : ['--target', target]),
    ...stores.flatMap(store =>
      Object.entries(store).flatMap(([name, value]) => [`--${name}`, withoutPassword(value)]),
    ),
  ]
  return repeat.length === 0 ? {} : { repeat }
}

function withoutPassword(host: string): string {
  return host.replace(/(:\/\/[^/@:]*):[^/@]*@/, '$1:***@')
}

import { formatPlatform } from '../../core/platform.ts'
import type { Options } from '../command.ts'

/** The options that the next command must repeat to use the same images, platforms and stores. */
export function repeatedOptions(options: Options): { readonly repeat?: readonly string[] } {
  const { platforms, target, stores } = options
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

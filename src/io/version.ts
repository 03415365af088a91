import { readFile } from 'node:fs/promises'

/** The version of this package. */
export async function readVersion(): Promise<string> {
  // From src/io and, bundled, from dist: the nearest package.json upwards.
  for (const up of ['../', '../../']) {
    const text = await readFile(new URL(`${up}package.json`, import.meta.url), 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version
  }
  return 'unknown'
}

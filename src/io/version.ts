import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The version of this package. */
export async function readVersion(): Promise<string> {
  // From src/io and, bundled, from dist: the nearest package.json upwards.
  for (const up of ['..', '../..']) {
    const path = join(import.meta.dirname, up, 'package.json')
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version
  }
  return 'unknown'
}

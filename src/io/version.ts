import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The version of this package. */
export async function readVersion(): Promise<string> {
  return (await readManifest()).version
}

/** The package.json of this package. */
export async function readManifest(): Promise<{ readonly version: string; readonly homepage?: string }> {
  const text = await readPackaged('package.json')
  return text === undefined ? { version: 'unknown' } : JSON.parse(text)
}

/** A file of this package. */
export async function readPackaged(file: string): Promise<string | undefined> {
  // From src/io and, bundled, from dist.
  for (const up of ['..', '../..']) {
    const text = await readFile(join(import.meta.dirname, up, file), 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}

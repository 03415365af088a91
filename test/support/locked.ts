/** Lockfiles for tests, from keys and what is locked. */
import type { Lockfile, ParsedLockfile } from '../../src/core/lockfile.ts'
import { keyReference } from '../../src/core/reference.ts'
import { digestsByPlatform } from './platform.ts'

export { keyReference }

/** With the references of the keys, as after reading. */
export function withReferences(lockfile: Lockfile): ParsedLockfile {
  return new Map([...lockfile].map(([key, image]) => [key, { ...image, reference: keyReference(key) }]))
}

/** The images as the YAML document of a lockfile has them. */
export function imagesDocument(lockfile: Lockfile): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...lockfile].map(([key, image]) => [
      key,
      { ...image, ...(image.platforms !== undefined && { platforms: digestsByPlatform(image.platforms) }) },
    ]),
  )
}

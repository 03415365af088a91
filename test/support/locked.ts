/** Lockfiles for tests, from keys and what is locked. */
import type { Lockfile, ParsedLockfile } from '../../src/core/lockfile.ts'
import { keyReference } from '../../src/core/reference.ts'

export { keyReference }

/** With the references of the keys, as after reading. */
export function withReferences(lockfile: Lockfile): ParsedLockfile {
  return new Map([...lockfile].map(([key, image]) => [key, { ...image, reference: keyReference(key) }]))
}

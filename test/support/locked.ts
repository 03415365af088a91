/** Lockfiles for tests, from keys and what is locked. */
import type { Lockfile, ParsedLockfile } from '../../src/core/lockfile.ts'
import { parseReference, type Reference } from '../../src/core/reference.ts'

export function keyReference(key: string): Reference {
  const parsed = parseReference(key)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return parsed.reference
}

/** With the references of the keys, as after reading. */
export function withReferences(lockfile: Lockfile): ParsedLockfile {
  return new Map([...lockfile].map(([key, image]) => [key, { ...image, reference: keyReference(key) }]))
}

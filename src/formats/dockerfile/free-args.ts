/** Names for ARGs that a file does not have yet. */
import { type Reference, referenceKey } from '../../core/reference.ts'
import type { Instruction } from './grammar.ts'
import { argDefinitions } from './scope.ts'

/**
 * Names an ARG that could hold a reference: `NODE_IMAGE` for `node:24`. No ARG of the file has the name, stages included, because a
 * stage inherits an ARG that it repeats. Each reference gets its own name, so that all of the advice can be followed.
 */
export function freeArgs(instructions: readonly Instruction[]): (reference: Reference) => string {
  const taken = new Set(
    instructions.flatMap(one => (one.keyword === 'arg' ? argDefinitions(one).map(({ name }) => name) : [])),
  )
  const names = new Map<string, string>()
  const counts = new Map<string, number>()
  return reference => {
    const key = referenceKey(reference)
    const known = names.get(key)
    if (known !== undefined) return known
    const base = baseName(reference)
    let count = counts.get(base) ?? 0
    let name: string
    do {
      count += 1
      name = count === 1 ? base : `${base}_${count}`
    } while (taken.has(name))
    counts.set(base, count)
    names.set(key, name)
    return name
  }
}

function baseName({ repository }: Reference): string {
  const last = repository.slice(repository.lastIndexOf('/') + 1)
  const word = last.replace(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d)/, '_')
  return `${word.toUpperCase()}_IMAGE`
}

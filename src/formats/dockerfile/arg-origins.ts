import type { Piece } from './lexing.ts'
import { offsetOf } from './lines.ts'
import type { ArgOrigin } from './outcome.ts'
import type { Scope } from './scope.ts'

/** How many ARGs one name remembers. Every default could come from all ARGs before it. */
const MAX_ARGS = 20

/** The ARGs that `pieces` come from, each once: those of the word first, then those of their defaults. */
export function argOrigins(pieces: readonly Piece[], bindings: Scope['bindings']): readonly ArgOrigin[] {
  const found = new Map<string, ArgOrigin>()
  const queue = [pieces]
  for (const current of queue) {
    for (const piece of current) {
      if (found.size === MAX_ARGS) return [...found.values()]
      if (piece.kind === 'literal') continue
      if (piece.branch !== undefined) queue.push(piece.branch)
      if (found.has(piece.name)) continue
      const { definition, pieces: inner } = bindings.get(piece.name) ?? {}
      const offset = definition && offsetOf(definition.instruction.line, definition.start)
      found.set(piece.name, { name: piece.name, ...(offset !== undefined && { offset }) })
      if (inner !== undefined) queue.push(inner)
    }
  }
  return [...found.values()]
}

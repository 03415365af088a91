/**
 * Where the digest of a reference goes. It is written only where it changes nothing but this reference, for all possible build args:
 * into the word itself, or into the default of an ARG that ends the reference and is used nowhere else.
 */
import type { Pin, UnpinnableReason } from '../../core/occurrence.ts'
import type { Piece } from './lexing.ts'
import { offsetOf } from './lines.ts'
import type { Scope } from './scope.ts'

/** Where the characters of a reference stand in the source. */
export interface Trace {
  /** Undefined for a character that cannot be traced through a variable. */
  readonly offsets: readonly (number | undefined)[]
  /** From this index on, the characters are in one word. */
  readonly from: number
  readonly blocked?: { readonly reason: UnpinnableReason; readonly names: readonly string[] }
}

/** How a file uses its ARGs. */
export interface ArgUses {
  /** How often variables are mentioned in FROM, `--platform` and defaults, including unused branches. */
  readonly mentions: ReadonlyMap<string, number>
  /** How often the name is defined before the first FROM. */
  readonly definitions: ReadonlyMap<string, number>
  /** ARGs that end the same reference wherever they are mentioned, and that no stage uses: their default may hold the digest. */
  readonly pinnable: ReadonlySet<string>
}

/** One mention of an ARG at the end of a reference. */
export interface Mention {
  readonly name: string
  /** The word that mentions it: a FROM, or the ARG whose default it is in. */
  readonly site: object
}

/** The ARGs at the end of a reference, outer ones first, and the resulting image. */
export interface Ending {
  readonly image: string
  readonly mentions: readonly Mention[]
}

/** How many defaults are followed one to the next. */
const MAX_DEPTH = 100

/** Puts `@digest` after the reference, or over the digest that it has. */
export function pinAt(reference: string, trace: Trace): Pin {
  if (trace.blocked !== undefined) return { kind: 'never', ...trace.blocked }
  const last = trace.offsets.at(-1)
  const at = reference.indexOf('@')
  if (last === undefined) return { kind: 'never', reason: 'arg-computed', names: [] }
  if (at < 0) return { kind: 'here', range: { start: last + 1, end: last + 1 } }
  const start = trace.offsets[at]
  return start === undefined || at < trace.from
    ? { kind: 'never', reason: 'arg-computed', names: [] }
    : { kind: 'here', range: { start, end: last + 1 } }
}

/** Follows an expanded word to where its last character is written. `offset`: from the word's index to the source. */
export function trace(
  pieces: readonly Piece[],
  offset: (index: number) => number,
  scope: Scope,
  uses: ArgUses,
  depth = 0,
): Trace {
  const ending = pieces.findLastIndex(({ text }) => text !== '')
  const offsets: (number | undefined)[] = []
  let from = 0
  let blocked: Trace['blocked']
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === 'literal') {
      for (let i = 0; i < piece.text.length; i++) offsets.push(offset(piece.start + i))
      continue
    }
    if (index !== ending) {
      for (let i = 0; i < piece.text.length; i++) offsets.push(undefined)
      const name = changing(piece, scope, uses)
      if (name !== undefined)
        blocked ??= block(index < ending ? 'arg-in-middle' : 'arg-computed', name, scope)
      continue
    }
    const inner = follow(piece, offset, scope, uses, depth + 1)
    from = offsets.length + inner.from
    offsets.push(...inner.offsets)
    blocked ??= inner.blocked
  }
  return { offsets, from, ...(blocked !== undefined && { blocked }) }
}

function follow(
  piece: Piece & { kind: 'variable' },
  offset: (index: number) => number,
  scope: Scope,
  uses: ArgUses,
  depth: number,
): Trace {
  const { name, branch } = piece
  if (depth > MAX_DEPTH) return lost(piece, 'arg-computed', scope)
  if (branch !== undefined) return trace(branch, offset, scope, uses, depth)
  const binding = scope.bindings.get(name)
  const { pieces, definition } = binding ?? {}
  if (!piece.verbatim || pieces === undefined || definition?.valueAt === undefined)
    return lost(piece, 'arg-computed', scope)
  if (!uses.pinnable.has(name)) return lost(piece, 'arg-shared', scope)
  const { valueAt, instruction } = definition
  return trace(pieces, index => offsetOf(instruction.line, valueAt + index), scope, uses, depth)
}

/** The ARGs at the end of a word, each in the default of the one before, up to a default that depends on another ARG. */
export function endingArgs(
  word: readonly Piece[],
  from: object,
  scope: Scope,
  definitions: ArgUses['definitions'],
): readonly Mention[] {
  const mentions: Mention[] = []
  let pieces = word
  let site = from
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const ending = pieces.findLastIndex(({ text }) => text !== '')
    const last = pieces[ending]
    if (
      pieces.some((piece, index) => index !== ending && changing(piece, scope, { definitions }) !== undefined)
    )
      break
    if (last === undefined || last.kind === 'literal') break
    if (last.branch !== undefined) {
      pieces = last.branch
      continue
    }
    const { pieces: inner, definition } = scope.bindings.get(last.name) ?? {}
    if (!last.verbatim || inner === undefined || definition?.valueAt === undefined) break
    mentions.push({ name: last.name, site })
    pieces = inner
    site = definition
  }
  return mentions
}

/**
 * The ARGs whose every mention ends one and the same image. `names` are in the order of their definitions: a default can only mention
 * what comes before it, so the last ARG is decided first.
 */
export function pinnableArgs(
  names: readonly string[],
  endings: readonly Ending[],
  { mentions, definitions }: Pick<ArgUses, 'mentions' | 'definitions'>,
  used: ReadonlySet<string>,
): ReadonlySet<string> {
  const open = new Set(endings)
  const byName = new Map<string, { readonly ending: Ending; readonly site: object }[]>()
  for (const ending of endings) {
    for (const { name, site } of ending.mentions) {
      const list = byName.get(name)
      if (list === undefined) byName.set(name, [{ ending, site }])
      else list.push({ ending, site })
    }
  }
  const pinnable = new Set<string>()
  for (const name of [...names].reverse()) {
    const ends = (byName.get(name) ?? []).filter(({ ending }) => open.has(ending))
    const isPinnable =
      definitions.get(name) === 1 &&
      !used.has(name) &&
      new Set(ends.map(({ site }) => site)).size === mentions.get(name) &&
      new Set(ends.map(({ ending }) => ending.image)).size === 1
    if (isPinnable) pinnable.add(name)
    else for (const { ending } of ends) open.delete(ending)
  }
  return pinnable
}

function lost(piece: Piece & { kind: 'variable' }, reason: UnpinnableReason, scope: Scope): Trace {
  const offsets = Array.from({ length: piece.text.length }, () => undefined)
  return { offsets, from: 0, blocked: block(reason, piece.name, scope) }
}

function block(reason: UnpinnableReason, name: string, scope: Scope): NonNullable<Trace['blocked']> {
  const isGiven = reason !== 'arg-in-middle' && scope.bindings.get(name)?.from === 'given'
  return { reason: isGiven ? 'arg-given' : reason, names: [name] }
}

/** The variable that can change `piece` in another build. A name without an ARG is empty in every build. */
function changing(piece: Piece, scope: Scope, uses: Pick<ArgUses, 'definitions'>): string | undefined {
  if (piece.kind === 'literal') return undefined
  const { name, verbatim, branch } = piece
  if (uses.definitions.has(name) || scope.bindings.has(name)) return name
  if (branch === undefined) return verbatim ? undefined : name
  for (const inner of branch) {
    const changed = changing(inner, scope, uses)
    if (changed !== undefined) return changed
  }
  return undefined
}

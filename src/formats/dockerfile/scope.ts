/**
 * The variables that FROM sees: the platform ARGs and the ARGs before the first FROM, never those of a stage, never ENV.
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go buildMetaArgs
 */
import type { PlatformBuild } from '../../core/build.ts'
import { formatPlatform, normalizePlatform } from '../../core/platform.ts'
import type { Instruction } from './grammar.ts'
import type { Effort, Env, Expansion, Piece } from './lexing.ts'
import { expand } from './shell.ts'

/** `NAME` or `NAME=default` of an ARG instruction. */
export interface ArgDefinition {
  readonly name: string
  readonly instruction: Instruction
  /** The word, and where the default starts in the line's text; quotes included. */
  readonly start: number
  readonly end: number
  readonly valueAt?: number
}

/** The value of a variable and its origin. */
export interface Binding {
  readonly value: string
  readonly from: 'platform' | 'given' | 'default'
  /** The origin of a default. */
  readonly pieces?: readonly Piece[]
  /** The ARGs without a value that a default was made from, directly or through another default. */
  readonly unset?: readonly string[]
  /** The default was made from a platform ARG, directly or through another default. */
  readonly byPlatform?: boolean
  readonly definition?: ArgDefinition
}

export interface Scope {
  readonly bindings: ReadonlyMap<string, Binding>
  readonly env: Env
  /** Defaults that BuildKit cannot expand. Any of them fails the build. */
  readonly failures: readonly {
    readonly definition: ArgDefinition
    readonly expansion: Expansion & { ok: false }
  }[]
}

/** The most UTF-16 code units that all defaults together may expand to. */
const MAX_TOTAL = 4 * 1024 * 1024
/** How many ARGs without a value a default remembers: every default could be made from all those before it. */
const MAX_UNSET = 20

/** The definitions of an ARG instruction. */
export function argDefinitions(instruction: Instruction): readonly ArgDefinition[] {
  return instruction.args.map(({ start, end }) => {
    const word = instruction.line.text.slice(start, end)
    const equals = word.indexOf('=')
    return equals < 0
      ? { name: word, instruction, start, end }
      : { name: word.slice(0, equals), instruction, start, end, valueAt: start + equals + 1 }
  })
}

/** The variables under one set of build args. */
export function evaluate(
  definitions: readonly ArgDefinition[],
  given: ReadonlyMap<string, string>,
  platformArgs: ReadonlyMap<string, string>,
  escapeToken: string,
  effort: Effort,
): Scope {
  const bindings = new Map<string, Binding>()
  const failures: { definition: ArgDefinition; expansion: Expansion & { ok: false } }[] = []
  const env: Env = name => bindings.get(name)?.value
  for (const [name, value] of platformArgs) {
    const override = given.get(name)
    bindings.set(
      name,
      override === undefined ? { value, from: 'platform' } : { value: override, from: 'given' },
    )
  }
  let total = 0
  const declared = new Set<string>()
  for (const definition of definitions) {
    const { name, instruction, valueAt, end } = definition
    const override = given.get(name)
    if (override !== undefined) bindings.set(name, { value: override, from: 'given', definition })
    else if (valueAt !== undefined) {
      let expansion = expand(instruction.line.text.slice(valueAt, end), escapeToken, env, effort)
      if (expansion.ok) {
        total += expansion.value.length
        if (total > MAX_TOTAL)
          expansion = {
            ok: false,
            message: `the ARGs expand to more than ${MAX_TOTAL} characters`,
            names: [],
          }
      }
      if (expansion.ok) {
        const { value, pieces } = expansion
        const unset = unsetArgs(pieces, bindings, declared).slice(0, MAX_UNSET)
        const byPlatform = dependsOnPlatform(pieces, bindings)
        bindings.set(name, { value, from: 'default', pieces, unset, byPlatform, definition })
      } else failures.push({ definition, expansion })
      if (total > MAX_TOTAL) break
    }
    declared.add(name)
  }
  return { bindings, env, failures }
}

/**
 * The ARGs that are declared without a value and that `pieces` were made from, directly or through the default of another ARG.
 * In `${X:-alpine}` the file itself says what an X without a value means.
 */
export function unsetArgs(
  pieces: readonly Piece[],
  bindings: Scope['bindings'],
  declared: { readonly has: (name: string) => boolean },
): readonly string[] {
  const found = new Set<string>()
  const visit = (piece: Piece): void => {
    if (piece.kind === 'literal') return
    const binding = bindings.get(piece.name)
    if (piece.branch !== undefined) for (const inner of piece.branch) visit(inner)
    else if (binding !== undefined) for (const name of binding.unset ?? []) found.add(name)
    else if (declared.has(piece.name)) found.add(piece.name)
  }
  for (const piece of pieces) visit(piece)
  return [...found].sort()
}

/** Whether `pieces` were made from a platform ARG, directly or through the default of another ARG. */
export function dependsOnPlatform(pieces: readonly Piece[], bindings: Scope['bindings']): boolean {
  return pieces.some(piece => {
    if (piece.kind === 'literal') return false
    const binding = bindings.get(piece.name)
    if (binding?.from === 'platform' || binding?.byPlatform === true) return true
    return piece.branch !== undefined && dependsOnPlatform(piece.branch, bindings)
  })
}

/** The ARGs that BuildKit sets. `targetStage`: the name of the last stage. */
export function platformArgs(
  { buildPlatform, targetPlatform }: PlatformBuild,
  targetStage: string | undefined,
): ReadonlyMap<string, string> {
  const args = new Map<string, string>()
  for (const [prefix, given] of [
    ['BUILD', buildPlatform],
    ['TARGET', targetPlatform],
  ] as const) {
    const platform = normalizePlatform(given)
    args.set(`${prefix}PLATFORM`, formatPlatform(platform))
    args.set(`${prefix}OS`, platform.os)
    args.set(`${prefix}OSVERSION`, platform.osVersion ?? '')
    args.set(`${prefix}ARCH`, platform.architecture)
    args.set(`${prefix}VARIANT`, platform.variant ?? '')
  }
  args.set('TARGETSTAGE', targetStage ?? 'default')
  return args
}

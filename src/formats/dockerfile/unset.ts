/** ARGs without a value: the build sets them, and so decides the image. */
import type { Expansion, Piece } from './lexing.ts'
import { invalid, type Outcome } from './outcome.ts'
import type { ArgUses } from './pin.ts'
import { type Scope, unsetArgs } from './scope.ts'

/**
 * The outcome for `pieces` that BuildKit refuses for `reason`: decided by the build if an ARG has no value or an empty one, else
 * refused in every build.
 */
export function refused(
  pieces: readonly Piece[],
  reason: string,
  scope: Scope,
  definitions: ArgUses['definitions'],
): Outcome {
  const unset = unsetArgs(pieces, scope.bindings, definitions)
  const names = unset.length > 0 ? unset : emptyArgs(pieces, scope)
  if (names.length > 0) return { kind: 'variable', names, reason }
  const undeclared = pieces.find(
    piece => piece.kind === 'variable' && !definitions.has(piece.name) && !scope.bindings.has(piece.name),
  )
  return undeclared?.kind === 'variable'
    ? { kind: 'invalid', reason, hint: `Declare it before the first FROM: ARG ${undeclared.name}=VALUE` }
    : invalid(reason)
}

/** An expansion that failed: `${V:?}` requires a value from the build. */
export function unexpanded(
  { message, missing }: Expansion & { readonly ok: false },
  scope: Scope,
  definitions: ArgUses['definitions'],
): Outcome {
  return missing !== undefined && (definitions.has(missing) || scope.bindings.has(missing))
    ? { kind: 'variable', names: [missing], reason: message }
    : invalid(message)
}

function emptyArgs(pieces: readonly Piece[], scope: Scope): readonly string[] {
  const names = pieces.flatMap(piece =>
    piece.kind === 'variable' && scope.bindings.get(piece.name)?.value === '' ? [piece.name] : [],
  )
  return [...new Set(names)]
}

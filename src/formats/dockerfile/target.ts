import type { Occurrence } from '../../core/occurrence.ts'
import { lowerCase } from './stages.ts'

/**
 * The numbers of the stages that a build of `target` needs, itself included; undefined when there is no stage of that name (numbers
 * are no targets). Every combination of build args counts. An image behind ONBUILD is needed by the stages that start from its stage.
 */
export function reachedFrom(
  target: string,
  names: readonly (string | undefined)[],
  occurrences: readonly Occurrence[],
): ReadonlySet<number> | undefined {
  const start = names.lastIndexOf(lowerCase(target))
  if (start < 0) return undefined
  const needs = new Map<number, Set<number>>()
  const bases = new Map<number, Set<number>>()
  const onbuildNeeds = new Map<number, Set<number>>()
  for (const { stage, role, onbuild, ...occurrence } of occurrences) {
    if (stage === undefined || occurrence.kind !== 'stage' || occurrence.index === undefined) continue
    note(onbuild ? onbuildNeeds : needs, stage, occurrence.index)
    if (role === 'from') note(bases, stage, occurrence.index)
  }
  // Set iteration visits items added during the loop.
  const reached = new Set([start])
  let all = false
  for (const stage of reached) {
    // After the named stages come those of images in `COPY --from`, which may be in any stage.
    if (stage >= names.length && !all) {
      all = true
      for (const any of names.keys()) reached.add(any)
    }
    for (const needed of needs.get(stage) ?? []) reached.add(needed)
    for (const base of bases.get(stage) ?? []) {
      for (const needed of onbuildNeeds.get(base) ?? []) reached.add(needed)
      // Once is enough, even if several stages start from it.
      onbuildNeeds.delete(base)
    }
  }
  return reached
}

/** Whether the fault affects all stages. A source stage that comes too late matters only where it is used. */
export function failsEveryBuild(occurrence: Occurrence): boolean {
  if (occurrence.kind === 'variable') return true
  return occurrence.kind === 'invalid' && occurrence.ifNeeded !== true
}

function note(map: Map<number, Set<number>>, stage: number, index: number): void {
  const noted = map.get(stage)
  if (noted === undefined) map.set(stage, new Set([index]))
  else noted.add(index)
}

import type { Occurrence } from '../../core/occurrence.ts'
import { lowerCase } from './stages.ts'

/**
 * The numbers of the stages that a build of `target` needs, itself included; undefined when there is no stage of that name (numbers
 * are no targets). Every combination of build args counts. What an ONBUILD names is needed by the stages that start from its own.
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
    // Past the named stages are those of images that were copied from: their image may stand in any stage.
    if (stage >= names.length && !all) {
      all = true
      for (const any of names.keys()) reached.add(any)
    }
    for (const needed of needs.get(stage) ?? []) reached.add(needed)
    for (const base of bases.get(stage) ?? []) {
      for (const needed of onbuildNeeds.get(base) ?? []) reached.add(needed)
      // Once is enough, however many stages start from it.
      onbuildNeeds.delete(base)
    }
  }
  return reached
}

/** Whether it is wrong for all stages alike. A source that comes too late is noticed only where it is needed. */
export function failsEveryBuild(occurrence: Occurrence): boolean {
  if (occurrence.kind === 'variable') return true
  return occurrence.kind === 'invalid' && occurrence.ifNeeded !== true
}

function note(map: Map<number, Set<number>>, stage: number, index: number): void {
  const noted = map.get(stage)
  if (noted === undefined) map.set(stage, new Set([index]))
  else noted.add(index)
}

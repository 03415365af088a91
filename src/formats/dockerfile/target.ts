import type { Occurrence } from '../../core/occurrence.ts'
import { lowerCase } from './stages.ts'

/**
 * The numbers of the stages that a build of `target` needs, itself included; undefined when there is no stage of that name (numbers
 * are no targets). Every combination of build args counts, and so does what an ONBUILD of a stage names.
 */
export function reachedFrom(
  target: string,
  names: readonly (string | undefined)[],
  occurrences: readonly Occurrence[],
): ReadonlySet<number> | undefined {
  const start = names.lastIndexOf(lowerCase(target))
  if (start < 0) return undefined
  const needs = new Map<number, number[]>()
  for (const occurrence of occurrences) {
    const { stage } = occurrence
    if (stage === undefined || occurrence.kind !== 'stage' || occurrence.index === undefined) continue
    // Past the named stages are those of images that were copied from: their image may stand in any stage.
    const index = occurrence.index < names.length ? [occurrence.index] : names.keys()
    needs.set(stage, [...(needs.get(stage) ?? []), ...index])
  }
  const reached = new Set<number>()
  const queue = [start]
  for (let stage = queue.pop(); stage !== undefined; stage = queue.pop()) {
    if (reached.has(stage)) continue
    reached.add(stage)
    queue.push(...(needs.get(stage) ?? []))
  }
  return reached
}

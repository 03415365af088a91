/**
 * What `COPY --from` and `RUN --mount=from` name: a stage, nothing, or an image. Never expanded.
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go toCommand
 */
import { image, invalid, type Outcome, type Site } from './outcome.ts'

/** The stages of a file, and the nameless ones that BuildKit adds behind them for every image that is copied or mounted from. */
export interface Stages {
  /** The last stage of each name, which is in lower case. */
  readonly byName: ReadonlyMap<string, number>
  readonly names: readonly (string | undefined)[]
  /** The stages before the one that is being read, by name; of two the last. */
  readonly earlier: Map<string, number>
  added: number
}

/** What can be a stage's name, in lower case. */
export const STAGE_NAME: RegExp = /^[a-z][a-z0-9\-_.]*$/

/** Go's `strings.ToLower`, which knows no special cases. */
export function lowerCase(name: string): string {
  return name.replaceAll('\u0130', 'i').toLowerCase()
}

/** `COPY --from=name` in stage number `current`. */
export function copySource(name: string, stages: Stages, current: number, site: Site): Outcome {
  const index = goInteger(name)
  if (index === undefined) return namedSource(name, stages, current, site, 'copy')
  if (index < 0 || index >= stages.names.length + stages.added) return invalid(`invalid stage index ${index}`)
  return earlierStage(index, name, stages, current, 'copy')
}

/** `RUN --mount=from=name` in stage number `current`; numbers are names here. */
export function mountSource(name: string, stages: Stages, current: number, site: Site): Outcome {
  return namedSource(name, stages, current, site, 'mount')
}

/**
 * The same names in an ONBUILD instruction, where the stages are those of whatever file starts from this image: this one, in a later
 * stage, or one that we do not see. A digest behind a name that one of those may have would make an image of it.
 */
export function onbuildSource(name: string, isCopy: boolean, { byName }: Stages, site: Site): Outcome {
  const index = byName.get(lowerCase(name))
  if (index !== undefined) return { kind: 'stage', name, index }
  if (isCopy && goInteger(name) !== undefined) return { kind: 'stage', name }
  if (name === 'scratch') return { kind: 'scratch' }
  return image(
    name,
    STAGE_NAME.test(lowerCase(name)) ? { pin: { kind: 'never', reason: 'onbuild-name', names: [] } } : site,
  )
}

function namedSource(
  name: string,
  stages: Stages,
  current: number,
  site: Site,
  verb: 'copy' | 'mount',
): Outcome {
  const index = stages.byName.get(lowerCase(name))
  if (index !== undefined) return earlierStage(index, name, stages, current, verb)
  stages.added++
  return name === 'scratch' ? { kind: 'scratch' } : image(name, site)
}

function earlierStage(
  index: number,
  name: string,
  { names }: Stages,
  current: number,
  verb: 'copy' | 'mount',
): Outcome {
  const stage = (number: number): string => names[number] ?? `stage-${number}`
  if (index === current) return invalid(`circular dependency detected on stage: ${stage(current)}`)
  if (index > current && index < names.length) {
    const refusal = invalid(
      verb === 'copy'
        ? `cannot copy from stage "${name}", it needs to be defined before current stage "${stage(current)}"`
        : `cannot mount from stage "${name}", stage needs to be defined before current command`,
    )
    return { ...refusal, ifNeeded: true } as Outcome
  }
  return { kind: 'stage', name: names[index] ?? name, index }
}

/** Go's `strconv.Atoi`: decimal, with or without a sign, in 64 bits; undefined for anything else. */
function goInteger(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  const value = Number(text)
  return value >= -(2 ** 63) && value < 2 ** 63 ? value : undefined
}

/** The ARGs before the first FROM, under every combination of the build args that are given. */
import type { PlatformBuild } from '../../core/build.ts'
import { parseReference, type Reference, referenceKey } from '../../core/reference.ts'
import { freeArgs } from './free-args.ts'
import type { Instruction } from './grammar.ts'
import { usedByStages } from './inherited.ts'
import { type Effort, MAX_EFFORT } from './lexing.ts'
import type { Line } from './lines.ts'
import type { Outcome } from './outcome.ts'
import { type ArgUses, type Ending, endingArgs, pinnableArgs } from './pin.ts'
import { type ArgDefinition, argDefinitions, evaluate, platformArgs, type Scope } from './scope.ts'
import { expand } from './shell.ts'
import { unexpanded } from './unset.ts'

/** One combination of values. */
export interface Combination {
  readonly given: ReadonlyMap<string, string>
  readonly scope: Scope
  /** By the words of a FROM: the build args that bear on it, once they were looked for. */
  readonly relevant: Map<string, Readonly<Record<string, string>> | undefined>
}

export interface GlobalArgs {
  readonly escapeToken: string
  readonly build: PlatformBuild
  readonly effort: Effort
  readonly uses: ArgUses
  /** A name for an ARG that could hold this reference: no other ARG has it, and another reference gets another one. */
  readonly freeArg: (reference: Reference) => string
  readonly combinations: readonly Combination[]
  readonly failures: readonly { readonly definition: ArgDefinition; readonly outcome: Outcome }[]
  /** There are more combinations than are followed. */
  readonly problem?: string
}

const MAX_COMBINATIONS = 1000
/** Expansions of defaults and names, over all combinations. */
const MAX_EXPANSIONS = 100_000

/** The instructions of a file, as far as the ARGs before the first FROM are concerned. */
export interface ArgSource {
  readonly source: string
  readonly lines: readonly Line[]
  readonly instructions: readonly Instruction[]
  readonly froms: readonly Instruction[]
  /** The stage name of each FROM. */
  readonly names: readonly (string | undefined)[]
  readonly escapeToken: string
}

/** Reads the ARGs and works them out. `targetStage`: the name of the last stage. */
export function globalArgs(
  file: ArgSource,
  build: PlatformBuild,
  targetStage: string | undefined,
): GlobalArgs {
  const { instructions, froms, escapeToken } = file
  const first = froms[0] === undefined ? instructions.length : instructions.indexOf(froms[0])
  const definitions = instructions
    .slice(0, first)
    .flatMap(one => (one.keyword === 'arg' && !one.onbuild ? argDefinitions(one) : []))
  const effort: Effort = { left: MAX_EFFORT }
  const platform = platformArgs(build, targetStage)
  const { mentioned, ...counts } = usesOf(definitions, froms, escapeToken, effort)
  const choices = [...givenArgs(build)].filter(([name]) => counts.definitions.has(name) || platform.has(name))
  const fixed = new Map(choices.map(([name, values]) => [name, values[0]!]))
  const several = choices.filter(([name, values]) => values.length > 1 && mentioned.has(name))

  const count = several.reduce((product, [, values]) => product * values.length, 1)
  const work = count * (definitions.length + froms.length)
  const tooMany = count > MAX_COMBINATIONS || (count > 1 && work > MAX_EXPANSIONS)
  const combinations = (tooMany ? [fixed] : combine(fixed, several)).map(given => ({
    given,
    scope: evaluate(definitions, given, platform, escapeToken, effort),
    relevant: new Map(),
  }))
  const used = usedByStages(file.source, file.lines, instructions.slice(first))
  const names = [...new Set(definitions.map(({ name }) => name))]
  const pinnable = pinnableArgs(
    names,
    endingsOf(file, combinations, counts.definitions, effort),
    counts,
    used,
  )
  return {
    escapeToken,
    build,
    effort,
    uses: { ...counts, pinnable },
    freeArg: freeArgs(instructions),
    combinations,
    failures: failuresOf(combinations, counts.definitions),
    ...(tooMany && {
      problem: `the build args make ${count} combinations, more than are followed; give fewer values for ${several.map(([name]) => name).join(', ')}`,
    }),
  }
}

function givenArgs({ args }: PlatformBuild): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(args).flatMap(([name, values]) =>
    values.length === 0 ? [] : [[name, [...new Set(values)]] as const],
  )
}

function combine(
  fixed: ReadonlyMap<string, string>,
  several: readonly (readonly [string, readonly string[]])[],
): readonly ReadonlyMap<string, string>[] {
  return several.reduce<readonly ReadonlyMap<string, string>[]>(
    (maps, [name, values]) => maps.flatMap(map => values.map(value => new Map(map).set(name, value))),
    [fixed],
  )
}

/** What the words of FROM and the defaults mention, whatever the values; `mentioned`: what bears on some FROM. */
function usesOf(
  definitions: readonly ArgDefinition[],
  froms: readonly Instruction[],
  escapeToken: string,
  effort: Effort,
): Pick<ArgUses, 'mentions' | 'definitions'> & { readonly mentioned: ReadonlySet<string> } {
  const mentions = new Map<string, number>()
  const counts = new Map<string, number>()
  const needs = new Map<string, Set<string>>()
  // With every variable set, no `?` stops the reading.
  const namesIn = (word: string): ReadonlySet<string> => {
    const { names } = expand(word, escapeToken, () => 'x', effort)
    for (const name of names) mentions.set(name, (mentions.get(name) ?? 0) + 1)
    return new Set(names)
  }
  for (const { name, instruction, valueAt, end } of definitions) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
    const needed = needs.get(name) ?? new Set()
    needs.set(name, needed)
    if (valueAt !== undefined)
      for (const other of namesIn(instruction.line.text.slice(valueAt, end))) needed.add(other)
  }
  // Set iteration visits items added during the loop.
  const mentioned = new Set<string>()
  for (const { line, args, flags } of froms) {
    const words = args.slice(0, 1).map(({ start, end }) => line.text.slice(start, end))
    for (const word of [...words, ...flags.map(({ text }) => text)])
      for (const name of namesIn(word)) mentioned.add(name)
  }
  for (const name of mentioned) for (const other of needs.get(name) ?? []) mentioned.add(other)
  return { mentions, definitions: counts, mentioned }
}

/** In which ARGs the images end that FROM names, under all combinations. */
function endingsOf(
  { froms, names, escapeToken }: ArgSource,
  combinations: readonly Combination[],
  definitions: ArgUses['definitions'],
  effort: Effort,
): readonly Ending[] {
  const endings: Ending[] = []
  for (const { scope } of combinations) {
    const earlier = new Set<string | undefined>(['', 'scratch'])
    for (const [index, from] of froms.entries()) {
      const [word] = from.args
      const expansion =
        word === undefined
          ? undefined
          : expand(from.line.text.slice(word.start, word.end), escapeToken, scope.env, effort)
      if (expansion?.ok === true && !earlier.has(expansion.value)) {
        const parsed = parseReference(expansion.value)
        const mentions = endingArgs(expansion.pieces, from, scope, definitions)
        if (parsed.ok) endings.push({ mentions, image: referenceKey(parsed.reference) })
      }
      earlier.add(names[index])
    }
  }
  return endings
}

function failuresOf(
  combinations: readonly Combination[],
  definitions: ArgUses['definitions'],
): { definition: ArgDefinition; outcome: Outcome }[] {
  const failures = new Map<ArgDefinition, Outcome>()
  for (const { scope } of combinations) {
    for (const { definition, expansion } of scope.failures) {
      failures.set(definition, unexpanded(expansion, scope, definitions))
    }
  }
  return [...failures].map(([definition, outcome]) => ({ definition, outcome }))
}

/** The ARGs before the first FROM, under every combination of the build args that are given. */
import type { ExtractOptions } from '../format.ts'
import type { Instruction } from './grammar.ts'
import { type Effort, MAX_EFFORT } from './lexing.ts'
import { invalid, type Outcome, shortened } from './outcome.ts'
import type { ArgUses } from './pin.ts'
import { type ArgDefinition, argDefinitions, evaluate, platformArgs, type Scope } from './scope.ts'
import { expand } from './shell.ts'

/** One combination of values. */
export interface Combination {
  readonly given: ReadonlyMap<string, string>
  readonly scope: Scope
  /** By the words of a FROM: the build args that bear on it, once they were looked for. */
  readonly relevant: Map<string, Readonly<Record<string, string>> | undefined>
}

export interface GlobalArgs {
  readonly escapeToken: string
  readonly options: ExtractOptions
  readonly effort: Effort
  readonly uses: ArgUses
  readonly combinations: readonly Combination[]
  readonly failures: readonly { readonly definition: ArgDefinition; readonly outcome: Outcome }[]
  /** There are more combinations than are followed. */
  readonly problem?: string
}

const MAX_COMBINATIONS = 1000
/** Expansions of defaults and names, over all combinations. */
const MAX_EXPANSIONS = 100_000

/** Reads the ARGs and works them out. `targetStage`: the name of the last stage. */
export function globalArgs(
  instructions: readonly Instruction[],
  froms: readonly Instruction[],
  escapeToken: string,
  options: ExtractOptions,
  targetStage: string | undefined,
): GlobalArgs {
  const first = froms[0] === undefined ? -1 : instructions.indexOf(froms[0])
  const definitions: ArgDefinition[] = []
  const inherited = new Set<string>()
  for (const [index, instruction] of instructions.entries()) {
    if (instruction.keyword !== 'arg' || instruction.onbuild) continue
    const defined = argDefinitions(instruction)
    if (first < 0 || index < first) for (const definition of defined) definitions.push(definition)
    else for (const { name, valueAt } of defined) if (valueAt === undefined) inherited.add(name)
  }
  const effort: Effort = { left: MAX_EFFORT }
  const platform = platformArgs(options, targetStage)
  const { uses, mentioned } = usesOf(definitions, froms, escapeToken, inherited, effort)
  const choices = [...givenArgs(options)].filter(([name]) => uses.definitions.has(name) || platform.has(name))
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
  return {
    escapeToken,
    options,
    effort,
    uses,
    combinations,
    failures: failuresOf(combinations),
    ...(tooMany && {
      problem: `the build args make ${count} combinations, more than are followed; give fewer values for ${several.map(([name]) => name).join(', ')}`,
    }),
  }
}

function givenArgs({ buildArgs }: ExtractOptions): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(buildArgs).flatMap(([name, values]) =>
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
  inherited: ReadonlySet<string>,
  effort: Effort,
): { uses: ArgUses; mentioned: ReadonlySet<string> } {
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
  // A set grows while it is gone through: what is added is visited too.
  const mentioned = new Set<string>()
  for (const { line, args, flags } of froms) {
    const words = args.slice(0, 1).map(({ start, end }) => line.text.slice(start, end))
    for (const word of [...words, ...flags.map(({ text }) => text)])
      for (const name of namesIn(word)) mentioned.add(name)
  }
  for (const name of mentioned) for (const other of needs.get(name) ?? []) mentioned.add(other)
  return { uses: { mentions, definitions: counts, inherited }, mentioned }
}

function failuresOf(combinations: readonly Combination[]): { definition: ArgDefinition; outcome: Outcome }[] {
  const failures = new Map<ArgDefinition, Outcome>()
  for (const { scope } of combinations) {
    for (const { definition, expansion } of scope.failures) {
      const { message, missing } = expansion
      failures.set(
        definition,
        missing === undefined
          ? invalid(message)
          : { kind: 'variable', names: [missing], reason: shortened(message) },
      )
    }
  }
  return [...failures].map(([definition, outcome]) => ({ definition, outcome }))
}

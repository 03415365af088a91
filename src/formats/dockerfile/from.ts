/** What FROM names: a stage, nothing, or an image, under each combination of build args. */
import type { Role } from '../../core/occurrence.ts'
import type { Range } from '../../core/place.ts'
import type { Platform } from '../../core/platform.ts'
import { parsePlatformSpecifier } from '../../core/platform-specifier.ts'
import { argOrigins } from './arg-origins.ts'
import type { Combination, GlobalArgs } from './globals.ts'
import type { Instruction } from './grammar.ts'
import { offsetOf, rangeIn } from './lines.ts'
import { image, invalid, type Outcome } from './outcome.ts'
import { pinAt, trace } from './pin.ts'
import { dependsOnPlatform, unsetArgs } from './scope.ts'
import { expand } from './shell.ts'
import { lowerCase, STAGE_NAME, type Stages } from './stages.ts'
import { tagOfPieces } from './tag.ts'
import { refused, unexpanded } from './unset.ts'

export interface FromSite {
  readonly role: Role
  readonly range: Range
  readonly platform?: Platform
  readonly buildArgs?: Readonly<Record<string, string>>
}

/** The result of a FROM: several outcomes if build args have several values. */
export function fromOutcomes(
  from: Instruction,
  stages: Stages,
  args: GlobalArgs,
): readonly { readonly site: FromSite; readonly outcome: Outcome }[] {
  const { line } = from
  const refused = fromSyntaxError(from)
  const word = from.args[0]
  if (refused !== undefined || word === undefined) {
    const range = { start: offsetOf(line, 0), end: offsetOf(line, line.text.length - 1) + 1 }
    return [{ site: { role: 'from', range }, outcome: invalid(refused ?? '') }]
  }
  const range = inQuotes(from, word)
  const flag = from.flags[0]?.text.slice('--platform='.length)
  const found = new Map<string, { site: FromSite; outcome: Outcome }>()
  for (const combination of args.combinations) {
    const buildArgs = relevantArgs(from, args, combination)
    const outcome = baseOf(from, word, stages, args, combination, buildArgs !== undefined)
    // `--platform=` means no platform.
    const platform = flag ? platformOf(flag, args, combination) : undefined
    const site: FromSite = {
      role: 'from',
      range,
      ...(platform !== undefined && 'os' in platform && { platform }),
      ...(buildArgs !== undefined && { buildArgs }),
    }
    if (platform !== undefined && !('os' in platform))
      keep({ site: { ...site, range: flagRange(from) }, outcome: platform })
    keep({ site, outcome })
  }
  return [...found.values()]

  function keep(one: { site: FromSite; outcome: Outcome }): void {
    const key = JSON.stringify([one.outcome, one.site.platform])
    if (!found.has(key)) found.set(key, one)
  }
}

/** Why BuildKit would refuse the instruction. */
function fromSyntaxError({ line, args, flags }: Instruction): string | undefined {
  const words = args.map(({ start, end }) => line.text.slice(start, end))
  if (words.length === 3 && /^as$/iu.test(words[1]!)) {
    if (!STAGE_NAME.test(lowerCase(words[2]!)))
      return `invalid name for build stage: "${words[2]!.slice(0, 100)}", name can't start with a number or contain symbols`
  } else if (words.length !== 1) return 'FROM requires either one or three arguments'
  for (const [index, { text }] of flags.entries()) {
    const name = text.split('=', 1)[0]!
    if (name !== '--platform') return `unknown flag: ${name.slice(0, 100)}`
    if (!text.includes('=')) return 'missing a value on flag: --platform'
    if (index > 0) return 'duplicate flag specified: --platform'
  }
  return undefined
}

function baseOf(
  from: Instruction,
  { start, end }: { start: number; end: number },
  { earlier }: Stages,
  { escapeToken, effort, uses, freeArg }: GlobalArgs,
  { scope }: Combination,
  isGiven: boolean,
): Outcome {
  const text = from.line.text.slice(start, end)
  const expansion = expand(text, escapeToken, scope.env, effort)
  if (!expansion.ok) return unexpanded(expansion, scope, uses.definitions)
  const { value, pieces } = expansion
  if (value === '') {
    const reason = `base name (${text.slice(0, 100)}) should not be blank`
    return refused(pieces, reason, scope, uses.definitions)
  }
  const index = earlier.get(value)
  if (index !== undefined) return { kind: 'stage', name: value, index }
  if (value === 'scratch') return { kind: 'scratch' }
  const offset = (index: number): number => offsetOf(from.line, start + index)
  const outcome = image(
    value,
    reference => ({
      pin: pinAt(reference, trace(pieces, offset, scope, uses)),
      tag: tagOfPieces(pieces, offset, scope),
    }),
    isGiven ? text : undefined,
  )
  if (outcome.kind === 'invalid') return refused(pieces, outcome.reason, scope, uses.definitions)
  if (outcome.kind !== 'image') return outcome
  const unset = unsetArgs(pieces, scope.bindings, uses.definitions)
  const args = argOrigins(pieces, scope.bindings)
  const found = { ...outcome, ...(args.length > 0 && { args }) }
  if (unset.length > 0) return { ...found, unset }
  const { pin, reference } = outcome
  return pin.kind === 'here' || isGiven || dependsOnPlatform(pieces, scope.bindings)
    ? found
    : { ...found, pin: { ...pin, arg: freeArg(reference) } }
}

/** The platform of the flag, or why BuildKit would refuse it. */
function platformOf(
  flag: string,
  { escapeToken, effort, build, uses }: GlobalArgs,
  { given, scope }: Combination,
): Platform | Outcome {
  const expansion = expand(flag, escapeToken, scope.env, effort)
  if (!expansion.ok) return unexpanded(expansion, scope, uses.definitions)
  const { value, pieces } = expansion
  const platform = value === '' ? undefined : parsePlatformSpecifier(value, build.buildPlatform)
  if (platform !== undefined) return platform
  const reason =
    value === ''
      ? `empty platform value from expression ${flag.slice(0, 100)}`
      : `failed to parse platform ${(given.size === 0 ? value : flag).slice(0, 100)}`
  return refused(pieces, reason, scope, uses.definitions)
}

/** The given build args that affect this FROM. */
function relevantArgs(
  { line, args, flags }: Instruction,
  { escapeToken, effort }: GlobalArgs,
  { given, scope, relevant }: Combination,
): Readonly<Record<string, string>> | undefined {
  if (given.size === 0) return undefined
  const seen = new Set<string>()
  const result: [string, string][] = []
  const queue = [
    ...args.slice(0, 1).map(({ start, end }) => line.text.slice(start, end)),
    ...flags.map(({ text }) => text),
  ]
  const words = queue.join('\n')
  if (relevant.has(words)) return relevant.get(words)
  for (let word = queue.pop(); word !== undefined; word = queue.pop()) {
    for (const name of expand(word, escapeToken, scope.env, effort).names) {
      if (seen.has(name)) continue
      seen.add(name)
      const value = given.get(name)
      const definition = scope.bindings.get(name)?.definition
      if (value !== undefined) result.push([name, value])
      else if (definition?.valueAt !== undefined)
        queue.push(definition.instruction.line.text.slice(definition.valueAt, definition.end))
    }
  }
  const found =
    result.length === 0 ? undefined : Object.fromEntries(result.sort(([a], [b]) => (a < b ? -1 : 1)))
  relevant.set(words, found)
  return found
}

function flagRange({ line, flags }: Instruction): Range {
  const { at } = flags[0] ?? { at: [] }
  return rangeIn(line, at[0] ?? 0, (at.at(-1) ?? 0) + 1)
}

/** The range of the word, without quotes around all of it. */
function inQuotes({ line }: Instruction, { start, end }: { start: number; end: number }): Range {
  const quote = line.text[start]
  const isQuoted =
    end - start > 2 && (quote === '"' || quote === "'") && line.text.indexOf(quote, start + 1) === end - 1
  const from = isQuoted ? start + 1 : start
  const to = isQuoted ? end - 1 : end
  return { start: offsetOf(line, from), end: offsetOf(line, to - 1) + 1 }
}

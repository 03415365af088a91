/** From the text of a Dockerfile to every place in it that names an image. */
import type { PlatformBuild } from '../../core/build.ts'
import type { ArgPlace, Occurrence, Role } from '../../core/occurrence.ts'
import { placeFinder, type Range } from '../../core/place.ts'
import type { Platform } from '../../core/platform.ts'
import { withoutUserinfo } from '../../core/userinfo.ts'
import { inContext } from './context.ts'
import { findSyntax } from './directives.ts'
import { fromOutcomes } from './from.ts'
import { globalArgs } from './globals.ts'
import { type Instruction, parseInstructions } from './grammar.ts'
import { withIgnores } from './ignore.ts'
import { type Line, offsetOf, rangeIn, readLines } from './lines.ts'
import { type ArgOrigin, image, invalid, type Outcome, type Site as OutcomeSite } from './outcome.ts'
import { syntaxErrors } from './refusals.ts'
import { copySource, lowerCase, mountSource, onbuildSource, STAGE_NAME, type Stages } from './stages.ts'
import { tagOfText, tagOfWord } from './tag.ts'
import { failsEveryBuild, reachedFrom } from './target.ts'
import { csvFields, subWord, type Word } from './words.ts'

/** The common fields of an occurrence. */
interface Site {
  readonly role: Role
  readonly range: Range
  readonly platform?: Platform
  readonly onbuild?: true
  readonly buildArgs?: Readonly<Record<string, string>>
}

type Add = (site: Site, outcome: Outcome) => void

/** The longest text of an occurrence. BuildKit refuses anything longer. */
const MAX_TEXT = 300

/** See `Format.extract`. */
export function extract(source: string, file: string, build: PlatformBuild): readonly Occurrence[] {
  let occurrences: Occurrence[] = []
  const placeOf = placeFinder(file, source)
  let current = -1
  let names: readonly (string | undefined)[] = []
  const placed = ({ name, offset }: ArgOrigin): ArgPlace => ({
    name,
    ...(offset !== undefined && { place: placeOf(offset) }),
  })
  const add: Add = (site, found) => {
    const outcome = inContext(found, build.contexts)
    const { start, end } = site.range
    const { buildArgs, ...common } = site
    const name = names[current]
    occurrences.push({
      file,
      ...common,
      ...(current >= 0 && { stage: current }),
      ...(name !== undefined && { stageName: name }),
      place: placeOf(start),
      text: textOf(source.slice(start, end)),
      ...outcome,
      ...(outcome.kind === 'image' && outcome.args !== undefined && { args: outcome.args.map(placed) }),
      ...(outcome.kind === 'image' && buildArgs !== undefined && { buildArgs }),
    } as Occurrence)
  }

  const syntax = findSyntax(source)
  addSyntax(source, syntax, build, add)
  // Not a Dockerfile.
  if (syntax?.foreign === true) return occurrences

  const { lines, escapeToken, problems } = readLines(source)
  for (const { offset, reason } of problems)
    add({ role: 'from', range: lineRange(source, offset) }, invalid(reason))

  const { instructions, tooLong } = parseInstructions(lines, escapeToken)
  for (const line of tooLong)
    add(
      { role: 'from', range: rangeIn(line, 0, MAX_TEXT) },
      invalid('the instruction is too long to be read'),
    )
  for (const { range, reason } of syntaxErrors(source, lines, instructions))
    add({ role: 'from', range }, invalid(reason))
  const froms = instructions.filter(isFrom)
  names = froms.map(stageName)
  const stages: Stages = {
    names,
    byName: new Map(names.flatMap((name, index) => (name === undefined ? [] : [[name, index] as const]))),
    earlier: new Map(),
    added: 0,
  }
  const args = globalArgs(
    { source, lines, instructions, froms, names, escapeToken },
    build,
    build.target ?? names.at(-1),
  )
  for (const { definition, outcome } of args.failures)
    add(
      { role: 'from', range: rangeIn(definition.instruction.line, definition.start, definition.end) },
      outcome,
    )
  if (args.problem !== undefined) add({ role: 'from', range: { start: 0, end: 0 } }, invalid(args.problem))

  for (const instruction of instructions) {
    if (isFrom(instruction)) {
      current++
      for (const { site, outcome } of fromOutcomes(instruction, stages, args)) add(site, outcome)
      const name = names[current]
      if (name !== undefined) stages.earlier.set(name, current)
    } else if (instruction.keyword === 'copy') addCopy(instruction, stages, current, add)
    else if (instruction.keyword === 'run') addMounts(instruction, stages, current, add)
  }
  if (build.target !== undefined) {
    const reached = reachedFrom(build.target, names, occurrences)
    if (reached === undefined) {
      current = -1
      add(
        { role: 'from', range: { start: 0, end: 0 } },
        invalid(`target stage "${build.target}" could not be found`),
      )
    } else {
      occurrences = occurrences.filter(
        occurrence =>
          occurrence.stage === undefined || reached.has(occurrence.stage) || failsEveryBuild(occurrence),
      )
    }
  }
  return withIgnores(source, lines, occurrences).sort((a, b) => a.range.start - b.range.start)
}

/** A cut text could end before the `@` that marks a password. */
function textOf(text: string): string {
  return text.length <= MAX_TEXT ? text : withoutUserinfo(text).slice(0, MAX_TEXT)
}

function isFrom({ keyword, onbuild }: Instruction): boolean {
  return keyword === 'from' && !onbuild
}

/** The name after AS, if it is one. */
function stageName({ line, args }: Instruction): string | undefined {
  const [, as, name] = args.map(({ start, end }) => line.text.slice(start, end))
  if (args.length !== 3 || !/^as$/iu.test(as ?? '')) return undefined
  const lower = lowerCase(name ?? '')
  return STAGE_NAME.test(lower) ? lower : undefined
}

function addSyntax(
  source: string,
  syntax: ReturnType<typeof findSyntax>,
  { args }: PlatformBuild,
  add: Add,
): void {
  const given = Object.hasOwn(args, 'BUILDKIT_SYNTAX') ? args.BUILDKIT_SYNTAX : undefined
  const range = { start: syntax?.start ?? 0, end: syntax?.end ?? 0 }
  if (given !== undefined && given.length > 0) {
    for (const value of new Set(given)) {
      const name = value.trim().split(' ', 1)[0]!
      const pin = { kind: 'never', reason: 'arg-given', names: ['BUILDKIT_SYNTAX'] } as const
      add(
        { role: 'syntax', range, buildArgs: { BUILDKIT_SYNTAX: value } },
        image(name, { pin }, 'BUILDKIT_SYNTAX'),
      )
    }
  } else if (syntax !== undefined) {
    const text = source.slice(range.start, range.end)
    const at = text.includes('@') ? range.start + text.indexOf('@') : range.end
    const pin = { kind: 'here', range: { start: at, end: range.end } } as const
    add({ role: 'syntax', range }, image(syntax.name, { pin, tag: tagOfText(text, range) }))
  }
}

function addCopy(instruction: Instruction, stages: Stages, current: number, add: Add): void {
  const { line, flags, onbuild, count } = instruction
  const froms = flags.filter(({ text }) => text.startsWith('--from=') || text === '--from')
  const [flag] = froms
  if (flag === undefined) return
  const name = subWord(flag, '--from='.length)
  if (name.text === '' && flag.text !== '--from' && froms.length === 1) return
  const site: Site = {
    role: 'copy-from',
    range: wordRange(line, name.text === '' ? flag : name),
    ...(onbuild && { onbuild }),
  }
  const refusal =
    froms.length > 1
      ? 'duplicate flag specified: --from'
      : flag.text === '--from'
        ? 'missing a value on flag: --from'
        : count < 2
          ? 'COPY requires at least two arguments, but only one was provided. Destination could not be determined'
          : name.text.includes('$')
            ? 'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround'
            : undefined
  if (refusal !== undefined) add(site, invalid(refusal))
  else if (onbuild) add(site, onbuildSource(name.text, true, stages, siteOf(line, name)))
  else add(site, copySource(name.text, stages, current, siteOf(line, name)))
}

function addMounts(instruction: Instruction, stages: Stages, current: number, add: Add): void {
  const { line, flags, onbuild } = instruction
  for (const flag of flags) {
    if (!flag.text.startsWith('--mount=')) continue
    const record = subWord(flag, '--mount='.length)
    const site = (word: Word): Site => ({
      role: 'mount-from',
      range: wordRange(line, word.text === '' ? flag : word),
      ...(onbuild && { onbuild }),
    })
    const fields = csvFields(record)
    if (fields === undefined) {
      add(site(record), invalid('failed to parse csv mounts'))
      continue
    }
    const froms = fields
      .filter(({ text }) => /^from=/i.test(text))
      .map(field => subWord(field, 'from='.length))
    const bad = froms.find(({ text }) => /\$./s.test(text))
    const name = froms.at(-1)
    if (bad !== undefined) {
      add(site(bad), invalid("'from' doesn't support variable expansion, define alias stage instead"))
    } else if (name === undefined || name.text === '') {
      // Without `from`, it is the build context, but BuildKit still records `scratch` for it.
      const scratch = stages.byName.get('scratch')
      if (onbuild) continue
      if (scratch === undefined) stages.added++
      else if (scratch === current)
        add(site(record), invalid('circular dependency detected on stage: scratch'))
    } else if (onbuild) add(site(name), onbuildSource(name.text, false, stages, siteOf(line, name)))
    else add(site(name), mountSource(name.text, stages, current, siteOf(line, name)))
  }
}

/** The digest goes after the last character of `word`, or over the digest in it. */
function siteOf(line: Line, word: Word): OutcomeSite {
  const { text, at } = word
  const end = offsetOf(line, at.at(-1)!) + 1
  const digest = text.indexOf('@')
  const start = digest < 0 ? end : offsetOf(line, at[digest]!)
  return { pin: { kind: 'here', range: { start, end } }, tag: tagOfWord(line, word) }
}

function wordRange(line: Line, { at }: Word): Range {
  return rangeIn(line, at[0] ?? 0, (at.at(-1) ?? 0) + 1)
}

function lineRange(source: string, offset: number): Range {
  const feed = source.indexOf('\n', offset)
  return { start: offset, end: Math.min(feed < 0 ? source.length : feed, offset + MAX_TEXT) }
}

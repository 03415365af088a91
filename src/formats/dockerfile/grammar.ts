/**
 * Splits lines that can name an image into keyword, flags, arguments and the trigger of ONBUILD, with dockerfile-ast. See lines.ts for
 * why it gets prepared lines. In them, quoted and escaped text is masked, because it splits at any blank, and a RUN or COPY ends
 * after its flags.
 */
import {
  type Instruction as AstInstruction,
  DockerfileParser,
  ModifiableInstruction,
  Onbuild,
} from 'dockerfile-ast'
import { isBlank, skipSpace, trimSpaceEnd } from './characters.ts'
import { jsonArray, type Line } from './lines.ts'
import { maskArgWords, maskFlags, readFlag, type Word } from './words.ts'

export interface Instruction {
  readonly line: Line
  /** In lower case. */
  readonly keyword: string
  readonly onbuild: boolean
  /** Quotes and escapes removed. */
  readonly flags: readonly Word[]
  /** FROM and ARG: the words, as they stand in the line's text. */
  readonly args: readonly { readonly start: number; readonly end: number }[]
  /** COPY: how many words, or strings of the JSON form, there are. */
  readonly count: number
}

/** Longest stretch of a line that is taken apart, in UTF-16 code units: flags, or the words of FROM and ARG. */
const MAX_PREPARED = 64 * 1024

const WITH_IMAGES = new Set(['from', 'arg', 'copy', 'run', 'onbuild'])

/** The instructions of `lines` that bear on images, in order, and the lines too long to be taken apart. */
export function parseInstructions(
  lines: readonly Line[],
  escapeToken: string,
): { readonly instructions: readonly Instruction[]; readonly tooLong: readonly Line[] } {
  const prepared: Prepared[] = []
  const tooLong: Line[] = []
  for (const line of lines) {
    const { keyword, text } = line
    if (!WITH_IMAGES.has(keyword)) continue
    if ((keyword === 'run' || keyword === 'copy') && !text.includes('--')) continue
    // These are masked as a whole, the others only in their flags. Lines that are too long for that are not read.
    const one =
      (keyword === 'from' || keyword === 'arg') && text.length > MAX_PREPARED
        ? undefined
        : prepare(line, text.slice(0, MAX_PREPARED + 1), escapeToken)
    if (one === undefined || one.masked.length > MAX_PREPARED) tooLong.push(line)
    else prepared.push(one)
  }
  const parsed = DockerfileParser.parse(prepared.map(({ masked }) => masked).join('\n')).getInstructions()
  const instructions = prepared.map(({ line, argsAt }, index) => {
    const ast = parsed[index]!
    const trigger = ast instanceof Onbuild ? ast.getTriggerInstruction() : null
    const instruction = trigger ?? ast
    const keyword = instruction.getKeyword().toLowerCase()
    return {
      line,
      keyword,
      onbuild: trigger !== null,
      flags: flagRanges(instruction)
        .map(({ start, end }) => readFlag(line.text, start, end, trigger === null ? escapeToken : '\\'))
        .filter(({ text }) => text !== '--'),
      args: keyword === 'from' || keyword === 'arg' ? argRanges(instruction) : [],
      count: keyword === 'copy' ? countArgs(line.text.slice(argsAt)) : 0,
    }
  })
  return { instructions, tooLong }
}

interface Prepared {
  readonly line: Line
  /** For dockerfile-ast; every character at its index. */
  readonly masked: string
  /** Where the arguments begin. */
  readonly argsAt: number
}

function prepare(line: Line, text: string, escapeToken: string): Prepared {
  const { keyword } = line
  const flags = maskFlags(text, keyword.length, escapeToken)
  const masked = keyword + flags.masked
  switch (keyword) {
    case 'from':
      return { line, masked: masked + maskBlanks(text, flags.end), argsAt: flags.end }
    case 'arg':
      return { line, masked: masked + maskArgWords(text, flags.end, escapeToken).masked, argsAt: flags.end }
    case 'onbuild': {
      const start = skipSpace(text, flags.end, text.length)
      let end = start
      while (end < text.length && !isBlank(text[end]!)) end++
      const trigger = text.slice(start, end).replace(/[^a-zA-Z]/g, 'x')
      // The trigger is stored as text. Another build reads it, without this file's escape directive.
      const inner = maskFlags(text, end, '\\')
      return {
        line,
        masked: masked + ' '.repeat(start - flags.end) + trigger + inner.masked,
        argsAt: inner.end,
      }
    }
    default:
      return { line, masked, argsAt: flags.end }
  }
}

/** Words as in FROM: separated by blanks, regardless of quotes and escapes. */
function maskBlanks(text: string, start: number): string {
  const first = skipSpace(text, start, text.length)
  const last = trimSpaceEnd(text, first, text.length)
  let masked = ' '.repeat(first - start)
  for (let index = first; index < last; index++) masked += isBlank(text[index]!) ? ' ' : 'x'
  return masked
}

function flagRanges(instruction: AstInstruction): { start: number; end: number }[] {
  return instruction instanceof ModifiableInstruction ? instruction.getFlags().map(rangeOf) : []
}

function argRanges(instruction: AstInstruction): { start: number; end: number }[] {
  return instruction.getArguments().map(rangeOf)
}

/** Every instruction is on one line of its own, so a column is an index. */
function rangeOf(node: { getRange(): { start: { character: number }; end: { character: number } } }): {
  start: number
  end: number
} {
  const { start, end } = node.getRange()
  return { start: start.character, end: end.character }
}

function countArgs(args: string): number {
  const json = jsonArray(args)
  if (json !== undefined) return json.length
  const start = skipSpace(args, 0, args.length)
  const end = trimSpaceEnd(args, start, args.length)
  let count = 0
  for (let index = start; index < end; index++)
    if (!isBlank(args[index]!) && (index === start || isBlank(args[index - 1]!))) count++
  return count
}

/** Command-line flags as the docker CLI parses them. */
import type { ShellWord } from './words.ts'

/** The names of flags, with dashes. */
export interface FlagTable {
  readonly withValue: ReadonlySet<string>
  readonly withoutValue: ReadonlySet<string>
}

export interface Flags {
  /** The values of each flag, in order. */
  readonly values: ReadonlyMap<string, readonly ShellWord[]>
  readonly operands: readonly ShellWord[]
}

/** @param source the flags, separated by spaces */
export function flagTable(withValue: string, withoutValue: string): FlagTable {
  return { withValue: new Set(withValue.split(/\s+/)), withoutValue: new Set(withoutValue.split(/\s+/)) }
}

/**
 * Undefined if a flag is unknown, since it may take the next word, or not literal.
 * @param stopsAtOperand flags after the first operand belong to a subcommand
 */
export function parseFlags(
  words: readonly ShellWord[],
  table: FlagTable,
  stopsAtOperand = false,
): Flags | undefined {
  const values = new Map<string, ShellWord[]>()
  const add = (name: string, value: ShellWord) => {
    const others = values.get(name)
    if (others === undefined) values.set(name, [value])
    else others.push(value)
  }
  const operands: ShellWord[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    const { text, isLiteral } = word
    if (text === '--' && isLiteral) {
      operands.push(...words.slice(index + 1))
      break
    }
    if (!text.startsWith('-') || text === '-') {
      // `$FLAGS` may be anything.
      if (text === '' && !isLiteral) return undefined
      operands.push(...(stopsAtOperand ? words.slice(index) : [word]))
      if (stopsAtOperand) break
      continue
    }
    const equals = text.indexOf('=')
    const isShort = !text.startsWith('--')
    const name = isShort ? text.slice(0, 2) : equals < 0 ? text : text.slice(0, equals)
    if (equals < 0 && !isLiteral && !isShort) return undefined
    if (table.withoutValue.has(name)) {
      // `-qt x` is too rare to be worth it.
      if (isShort && text !== name) return undefined
      continue
    }
    if (!table.withValue.has(name)) return undefined
    if (isShort ? text.length > 2 || !isLiteral : equals >= 0) {
      const value = isShort ? text.slice(2).replace(/^=/, '') : text.slice(equals + 1)
      add(name, { text: value, isLiteral })
    } else {
      const next = words[++index]
      if (next === undefined) return undefined
      add(name, next)
    }
  }
  return { values, operands }
}

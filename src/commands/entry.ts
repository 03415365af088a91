import type { Command } from './command.ts'
import { COMMON, type OptionName } from './options.ts'

/** What help, completion and the argument parser need to know about a command. Its code is loaded when it runs. */
export interface CommandEntry {
  readonly summary: string
  /** The operands, as help shows them. Absent: the command takes none. */
  readonly operands?: string
  /** The operands are images instead of paths. */
  readonly takesImages?: true
  /** What a shell offers as the first operand. */
  readonly words?: readonly string[]
  /** A shell offers files as operands, after the first if that is one of `words`. */
  readonly takesFiles?: true
  /** On a terminal, it asks before it changes files. */
  readonly asks?: true
  /** The paragraphs of its help. */
  readonly details: readonly string[]
  readonly options: readonly OptionName[]
  /** Why `text` is its only reporter. */
  readonly onlyText?: string
  /** It compares nothing, so it has only the reporters `text` and `json`. */
  readonly hasNoFindings?: true
  /** It has the reporter `markdown` too. */
  readonly hasMarkdown?: true
  /** Absent: it needs no project, and cli/main.ts answers. */
  readonly load?: () => Promise<Command>
}

/** The options of every command that this one takes. Without a report, there is nothing to choose. */
export function commonOptions({ onlyText }: CommandEntry): readonly OptionName[] {
  return onlyText === undefined ? COMMON : COMMON.filter(name => !OF_REPORTS.has(name))
}

const OF_REPORTS: ReadonlySet<OptionName> = new Set(['reporter', 'json', 'quiet'])

/** The options that a command takes, its own first. */
export function optionsOf(entry: CommandEntry): readonly OptionName[] {
  return [...entry.options, ...commonOptions(entry)]
}

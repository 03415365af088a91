/** What the scripts of all shells need of the tables. */
import { optionsOf } from '../../commands/entry.ts'
import { commands, DEFAULT_COMMAND } from '../../commands/index.ts'
import { type OptionName, options } from '../../commands/options.ts'

/** Name and summary of each command. */
export const COMMANDS: readonly (readonly [name: string, summary: string])[] = Object.entries(commands).map(
  ([name, { summary }]) => [name, summary],
)

/** As they are written: `--dry-run`, `-n`. */
export function spellings(name: OptionName): readonly string[] {
  const { short } = options[name]
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
}

/** The options whose next word is their value, as they are written. */
export const WITH_VALUE: readonly string[] = optionNames()
  .filter(name => options[name].type === 'string')
  .flatMap(spellings)

export function optionNames(): readonly OptionName[] {
  return Object.keys(options) as OptionName[]
}

/** The options of a command. Without one, those of the default command. */
export function optionsFor(command: string): readonly OptionName[] {
  const entry = commands[command === '' ? DEFAULT_COMMAND : command]
  return entry === undefined ? [] : optionsOf(entry)
}

/** Commands that take the option; the empty name is a line that names none. */
export function commandsWith(name: OptionName): readonly string[] {
  return ['', ...Object.keys(commands)].filter(command => optionsFor(command).includes(name))
}

/** In single quotes. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

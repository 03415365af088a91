import { type CommandEntry, optionsOf } from '../commands/entry.ts'
import { commands } from '../commands/index.ts'
import { COMMON, type OptionName, options } from '../commands/options.ts'

/** As the general help ends. */
export const EXIT_CODES: string = `Exit codes
  0  success
  1  findings: an image is not locked, not pinned, missing or different
  2  cannot run: usage error, wrong config or malformed file
  3  a registry or an engine could not be reached
  130  interrupted`

/** The general help, or the help of one command. */
export function helpText(command: string | undefined, width: number): string {
  const entry = command === undefined ? undefined : commands[command]
  return entry === undefined || command === undefined ? general() : ofCommand(command, entry, width)
}

function general(): string {
  return `dock-lock: lock image tags to digests, so that docker builds need no registry

Usage
  dock-lock [COMMAND] [OPTIONS] [PATH…]

Commands
${columns(Object.entries(commands).map(([name, { summary }]) => [name, summary]))}

Options of every command
${columns(COMMON.map(optionRow))}

${EXIT_CODES}

PATH is a file that dock-lock reads, or a folder. Default: the whole project.
For the options of a command, run: dock-lock COMMAND --help
`
}

function ofCommand(name: string, entry: CommandEntry, width: number): string {
  return `dock-lock ${name}: ${entry.summary}

Usage
  dock-lock ${name} [OPTIONS]${entry.operands === undefined ? '' : ` ${entry.operands}`}

${entry.details.map(text => wrap(text, Math.min(width || 80, 100))).join('\n\n')}

Options
${columns(optionsOf(entry).map(optionRow))}
`
}

function optionRow(name: OptionName): readonly [string, string] {
  const { short, value, help } = options[name]
  return [
    `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  ]
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join('\n')
}

function wrap(text: string, width: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}

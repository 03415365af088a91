import { type CommandEntry, optionsOf } from '../commands/entry.ts'
import { commands } from '../commands/index.ts'
import { COMMON, type OptionName, options } from '../commands/options.ts'
import { wrapLines } from '../reporters/wrap.ts'

/** As the general help ends. */
export const EXIT_CODES: string = `Exit codes
  0    success
  1    findings: an image is not locked, not pinned, missing or different
  2    cannot run: usage error, wrong config or malformed file
  3    a registry or an engine could not be reached
  130  interrupted`

/** The general help, or the help of one command. Lines are broken between words. */
export function helpText(command: string | undefined, width: number): string {
  const entry = command === undefined ? undefined : commands[command]
  const columns = width || 80
  return entry === undefined || command === undefined ? general(columns) : ofCommand(command, entry, columns)
}

function general(width: number): string {
  return `${prose('dock-lock: lock image tags to digests, so that docker builds need no registry', width)}

Usage
  dock-lock [COMMAND] [OPTIONS] [PATH…]

Commands
${table(
  Object.entries(commands).map(([name, { summary }]) => [name, summary]),
  width,
)}

Common options
${table(COMMON.map(optionRow), width)}

${wrapLines(EXIT_CODES, width, 5)}

${prose('PATH is a file that dock-lock reads, or a folder. Default: the whole project.', width)}
${prose('For the options of a command, run: dock-lock COMMAND --help', width)}
`
}

function ofCommand(name: string, entry: CommandEntry, width: number): string {
  return `${prose(`dock-lock ${name}: ${entry.summary}`, width)}

Usage
  dock-lock ${name} [OPTIONS]${entry.operands === undefined ? '' : ` ${entry.operands}`}

${entry.details.map(text => prose(text, width)).join('\n\n')}

Options
${table(optionsOf(entry).map(optionRow), width)}
`
}

function optionRow(name: OptionName): readonly [string, string] {
  const { short, value, help } = options[name]
  return [
    `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  ]
}

/** Two columns; where they would be too narrow, the second is below the first. */
function table(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.max(...rows.map(([first]) => first.length)) + 4
  const isNarrow = left > width >> 1
  return rows
    .map(([first, second]) => {
      const name = `  ${first}`
      const indent = name.search(/\S/)
      return isNarrow
        ? wrapLines(`${name}\n${BELOW}${second}`, width, 0)
        : wrapLines(name.padEnd(left) + second, width, left - indent)
    })
    .join('\n')
}

const BELOW = ' '.repeat(10)

/** Text is hard to read in long lines. */
function prose(text: string, width: number): string {
  return wrapLines(text, Math.min(width, 100), 0)
}

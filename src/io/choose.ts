/** A list on the terminal from which a person chooses. This file is loaded only for that. The list is drawn on stderr, so that stdout has only the report. */
import { groupMultiselect, isCancel } from '@clack/prompts'
import type { ChoiceGroup, Choose } from '../core/choice.ts'
import { interrupted, printable } from '../core/error.ts'

/** Whether a person can be asked. A terminal without a size cannot show a list. */
export function hasTerminal(): boolean {
  const { stdin, stderr, env } = process
  return stdin.isTTY === true && stderr.isTTY === true && stderr.columns > 0 && env.TERM !== 'dumb'
}

/** The values of the selected choices. @throws DockLockError `interrupted` on Ctrl-C and Escape */
export async function choose(
  [question, groups, diff = '']: Parameters<Choose>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const choices = groups.flatMap(group => group.choices)
  if (diff !== '') process.stderr.write(`${diff.trimEnd().split('\n').map(diffLine).join('\n')}\n\n`)
  const answer = await groupMultiselect({
    message: `${question} (Ctrl-C leaves everything as it is)`,
    options: Object.fromEntries(groups.map(group => [group.title, group.choices.map(toOption)])),
    initialValues: choices.filter(({ isSelected }) => isSelected).map(({ value }) => value),
    required: false,
    signal,
    output: process.stderr,
  })
  if (isCancel(answer)) throw interrupted()
  return answer
}

function toOption({ value, label, hint }: ChoiceGroup['choices'][number]) {
  return { value, label, ...(hint !== undefined && { hint }) }
}

const COLORS: Readonly<Record<string, number>> = { '+': 32, '-': 31 }

/** The text of files must not control the terminal. */
function diffLine(line: string): string {
  const text = printable(line.replaceAll('\t', '    '))
  const color = process.env.NO_COLOR ? undefined : COLORS[line[0] ?? '']
  return color === undefined ? text : `\u001b[${color}m${text}\u001b[39m`
}

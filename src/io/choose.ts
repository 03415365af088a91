/** A list on the terminal from which a person chooses. This file is loaded only for that. The list is drawn on stderr, so that stdout has only the report. */
import { groupMultiselect, isCancel } from '@clack/prompts'
import { interrupted } from '../core/error.ts'

/** A title, and the choices under it. */
interface Group {
  readonly title: string
  readonly choices: readonly {
    readonly value: string
    readonly label: string
    readonly hint?: string
    readonly isSelected: boolean
  }[]
}

/** Whether a person can be asked. A terminal without a size cannot show a list. */
export function hasTerminal(): boolean {
  const { stdin, stderr, env } = process
  return stdin.isTTY === true && stderr.isTTY === true && stderr.columns > 0 && env.TERM !== 'dumb'
}

/** The values of the selected choices. @throws DockLockError `interrupted` on Ctrl-C and Escape */
export async function choose(
  question: string,
  groups: readonly Group[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const choices = groups.flatMap(group => group.choices)
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

function toOption({ value, label, hint }: Group['choices'][number]) {
  return { value, label, ...(hint !== undefined && { hint }) }
}

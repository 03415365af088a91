/**
 * Annotations in GitHub Actions, after the text.
 * @see https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
import type { Place } from '../core/place.ts'
import type { Report } from '../core/report.ts'
import type { Level } from '../core/rules.ts'
import { clean } from './clean.ts'
import { type Problem, problemsOf } from './problems.ts'
import type { Failure, Style, Tool } from './reporter.ts'
import { text } from './text.ts'

/** GitHub keeps the first ten annotations of a kind in a step. */
const MAX_OF_KIND = 10

const KINDS: readonly { readonly level: Level; readonly command: string; readonly noun: string }[] = [
  { level: 'error', command: 'error', noun: 'findings' },
  { level: 'warning', command: 'warning', noun: 'warnings' },
  { level: 'note', command: 'notice', noun: 'notices' },
]

export async function github(report: Report, style: Style, tool: () => Promise<Tool>): Promise<string> {
  return withoutCommands(text(report, style)) + annotations(problemsOf(report), await tool())
}

/** The text of the error is on stderr. */
export async function githubFailure({ error }: Failure, tool: () => Promise<Tool>): Promise<string> {
  const { message, hint, place } = clean(error)
  return annotation(
    'error',
    `dock-lock: ${error.code}`,
    [message, hint],
    place && located(place, await tool()),
  )
}

/** One line for each, the most important first. What is ignored needs none. */
function annotations(problems: readonly Problem[], tool: Tool): string {
  const shown = problems.filter(({ accepted }) => accepted === undefined)
  return KINDS.flatMap(({ level, command, noun }) => {
    const all = shown.filter(one => one.level === level)
    if (all.length <= MAX_OF_KIND) return all.map(one => annotate(one, command, tool))
    const first = all.slice(0, MAX_OF_KIND - 1)
    const more = `${all.length - first.length} more ${noun}: see the log of this step`
    return [
      ...first.map(one => annotate(one, command, tool)),
      annotation(command, 'dock-lock', [more], undefined),
    ]
  }).join('')
}

function annotate({ code, message, next, places }: Problem, command: string, tool: Tool): string {
  const [place] = places
  return annotation(
    command,
    `dock-lock: ${code}`,
    [message, next === undefined ? undefined : `→ ${next}`, `More about it: dock-lock explain ${code}`],
    place && located(place, tool),
  )
}

function located({ file, line, column }: Place, { folder }: Tool): readonly string[] {
  return [`file=${property(folder + file)}`, `line=${line}`, `col=${column}`]
}

function annotation(
  command: string,
  title: string,
  lines: readonly (string | undefined)[],
  place: readonly string[] = [],
): string {
  const message = lines.filter(line => line !== undefined).join('\n')
  return `::${command} ${[...place, `title=${property(title)}`].join(',')}::${data(message)}\n`
}

function data(value: string): string {
  return value.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

function property(value: string): string {
  return data(value).replace(/:/g, '%3A').replace(/,/g, '%2C')
}

/** The text without anything that the runner would take for a command: names and reasons come from files. */
function withoutCommands(words: string): string {
  return words.replace(/^(\s*):(?=:)/gm, '$1\\x3a').replace(/##(?=\[)/g, '#\\x23')
}

/** Which reporter prints the result of a command line. */
import type { CommandEntry } from '../commands/entry.ts'
import { nearest } from '../lib/nearest.ts'
import { type ReporterName, reporters } from '../reporters/index.ts'
import { usage } from './usage.ts'

/** The options that decide it, as they were parsed. */
export interface ReporterOptions {
  readonly reporter?: unknown
  readonly json?: unknown
}

type Env = Readonly<Record<string, string | undefined>>

/** @throws DockLockError `usage` for a reporter that there is not, or that the command does not have. */
export function reporterOf(
  { reporter, json }: ReporterOptions,
  command: string,
  entry: CommandEntry,
  env: Env,
): ReporterName {
  const given = reporter as string | undefined
  if (given !== undefined && !isReporter(given)) {
    const meant = nearest(given, reportersOf(entry), 2)[0]
    const hint = meant === undefined ? undefined : `${command} --reporter ${meant}`
    throw usage(`--reporter ${given}: write ${listed(reportersOf(entry))}`, command, hint)
  }
  if (json === true && given !== undefined && given !== 'json')
    throw usage(`--json and --reporter ${given} exclude each other`, command)
  const chosen = json === true ? 'json' : given
  if (chosen === undefined) return env.GITHUB_ACTIONS === 'true' && hasFindings(entry) ? 'github' : 'text'
  const written = json === true ? '--json' : `--reporter ${chosen}`
  if (entry.onlyText !== undefined)
    throw usage(`${command} does not take ${written}: ${entry.onlyText}`, command)
  if (reportersOf(entry).includes(chosen)) return chosen
  const why = chosen === 'markdown' ? 'only update has it' : 'it has no findings'
  throw usage(`${command} does not take ${written}: ${why}`, command)
}

/** The same for a command line that cannot be parsed. */
export function reporterOfFailure(
  { reporter, json }: ReporterOptions,
  entry: CommandEntry,
  env: Env,
): ReporterName {
  const given = json === true ? 'json' : reporter
  if (isReporter(given) && reportersOf(entry).includes(given)) return given
  return env.GITHUB_ACTIONS === 'true' && hasFindings(entry) ? 'github' : 'text'
}

export function reportersOf(entry: CommandEntry): readonly ReporterName[] {
  if (entry.onlyText !== undefined) return ['text']
  if (!hasFindings(entry)) return ['text', 'json']
  const names = Object.keys(reporters) as ReporterName[]
  return entry.hasMarkdown === true ? names : names.filter(name => name !== 'markdown')
}

function hasFindings({ onlyText, hasNoFindings }: CommandEntry): boolean {
  return onlyText === undefined && hasNoFindings !== true
}

function isReporter(name: unknown): name is ReporterName {
  return typeof name === 'string' && Object.hasOwn(reporters, name)
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

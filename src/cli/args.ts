import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Options } from '../commands/command.ts'
import { type CommandEntry, commonOptions } from '../commands/entry.ts'
import { commands, DEFAULT_COMMAND } from '../commands/index.ts'
import { type OptionName, options as table } from '../commands/options.ts'
import type { DockLockError } from '../core/error.ts'
import type { StoreSelector } from '../core/selector.ts'
import type { ReporterName } from '../reporters/index.ts'
import { type ReporterOptions, reporterOf, reporterOfFailure } from './reporter.ts'
import { closest, usage } from './usage.ts'
import { ageOf, levelOf, parseBuildArgs, parsePlatforms } from './values.ts'

/** A parsed command line. */
export interface Invocation {
  readonly command: string
  /** Whether the command line names the command; if not, it is the default. */
  readonly named: boolean
  readonly options: Options
  readonly reporter: ReporterName
  /** List unchanged images too. */
  readonly verbose: boolean
  /** Print only what is wrong, and what was asked for. */
  readonly quiet: boolean
  readonly debug: boolean
  readonly cwd: string | undefined
  readonly help: boolean
  readonly version: boolean
}

/**
 * @param isPath whether there is such a file or folder. Without it, a word that is close to a command is none, and others are
 * @throws DockLockError `usage` for an unknown command, option or value.
 */
export function parseCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  isPath?: (path: string) => boolean,
): Invocation {
  refuseBareRun(argv)
  const { values, positionals, stores } = parse(argv)
  const [first] = positionals
  // `./check` means a file with the name of a command.
  const named = first !== undefined && Object.hasOwn(commands, first)
  const command = named ? first : DEFAULT_COMMAND
  const entry = commands[command] as CommandEntry
  const operands = named ? positionals.slice(1) : positionals
  const cwd = values.cwd as string | undefined
  const help = values.help === true || (first === 'help' && !named)
  const topic = first === 'help' ? operands[1] : undefined
  if (topic !== undefined && !Object.hasOwn(commands, topic)) {
    throw usage(`unknown command "${topic}"`, undefined, closestCommand(topic))
  }
  if (!help && values.version !== true) {
    refuseForeign(command, entry, Object.keys(values))
    if (command === 'completion') refuseShell(operands)
    if (entry.operands === undefined && operands.length > 0) {
      throw usage(`"${operands[0]}": ${command} takes no operands`, command)
    }
    if (!named && first !== undefined && isBareWord(first)) {
      const meant = closestCommand(first)
      if (isPath === undefined ? meant !== undefined : !isPath(join(cwd ?? '', first)))
        throw usage(`unknown command "${first}"`, undefined, meant)
    }
  }
  const list = (name: string) => (values[name] as string[] | undefined) ?? []
  const target = values.target as string | undefined
  const reporter = help || values.version === true ? 'text' : reporterOf(values, command, entry, env)
  const semver = levelOf(values.semver, command)
  const minAge = ageOf(values['min-age'], command)
  if (values.quiet === true && values.verbose === true)
    throw usage('--quiet and --verbose exclude each other', command)
  if (values.interactive === true && reporter !== 'text' && reporter !== 'github')
    throw usage(
      `--interactive and ${values.json === true ? '--json' : `--reporter ${reporter}`} exclude each other`,
      command,
    )
  return {
    command: topic ?? command,
    named: named || topic !== undefined,
    reporter,
    verbose: values.verbose === true,
    quiet: values.quiet === true,
    debug: values.debug === true,
    cwd,
    help,
    version: values.version === true,
    options: {
      paths: entry.takesImages === true ? [] : operands,
      images: entry.takesImages === true ? operands : [],
      frozen: values.frozen === true,
      offline: values.offline === true,
      noPin: values['no-pin'] === true,
      noPull: values['no-pull'] === true,
      noVerify: values['no-verify'] === true,
      dryRun: values['dry-run'] === true,
      staged: values.staged === true,
      allowAhead: values['allow-ahead'] === true,
      registry: values.registry === true,
      moveTags: values['move-tags'] === true,
      mergeDriver: values['merge-driver'] === true,
      dockerPlugin: values['docker-plugin'] === true,
      yes: values.yes === true,
      ...(typeof values.script === 'string' && { script: values.script }),
      strict: values.strict === true,
      allDigests: values['all-digests'] === true,
      interactive: values.interactive === true,
      ...(semver !== undefined && { semver }),
      ...(minAge !== undefined && { minAge }),
      buildArgs: parseBuildArgs(list('build-arg'), env, command),
      platforms: list('platform').flatMap(value => parsePlatforms(value, command)),
      ...(target !== undefined && { target }),
      stores,
    },
  }
}

/** The reporter for the error that a command line cannot be parsed. */
export function failureReporter(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReporterName {
  const { values, positionals } = parseArgs({ ...grammar(argv), strict: false })
  const [first = ''] = positionals
  const command = Object.hasOwn(commands, first) ? first : DEFAULT_COMMAND
  return reporterOfFailure(values as ReporterOptions, commands[command] as CommandEntry, env)
}

/** Without `--`, the options of the other program would be parsed as ours. */
function refuseBareRun(argv: readonly string[]): void {
  const { values, positionals, tokens } = parseArgs({ ...grammar(argv), strict: false, tokens: true })
  if (positionals[0] !== 'run' || values.help === true) return
  if (tokens.some(({ kind }) => kind === 'option-terminator')) return
  throw usage('run needs -- before the command', 'run', 'run -- docker build .')
}

function grammar(argv: readonly string[]) {
  return {
    args: [...argv],
    allowPositionals: true,
    options: Object.fromEntries(
      Object.entries(table).map(([name, { type, short, multiple }]) => [
        name,
        { type, ...(short !== undefined && { short }), ...(multiple !== undefined && { multiple }) },
      ]),
    ),
  } as const
}

function parse(argv: readonly string[]) {
  try {
    const { values, positionals, tokens } = parseArgs({ ...grammar(argv), tokens: true })
    // In the given order. `values` groups them by name and loses it.
    const stores = tokens.flatMap((token): StoreSelector[] =>
      token.kind === 'option' && isSelector(token.name) && token.value !== undefined
        ? [{ [token.name]: token.value }]
        : [],
    )
    return { values: values as Readonly<Record<string, unknown>>, positionals, stores }
  } catch (error) {
    throw unparsed((error as Error).message, argv)
  }
}

function unparsed(said: string, argv: readonly string[]): DockLockError {
  const [first = ''] = parseArgs({ ...grammar(argv), strict: false }).positionals
  const named = Object.hasOwn(commands, first) ? first : undefined
  const entry = commands[named ?? DEFAULT_COMMAND] as CommandEntry
  const message = wordParseError(said)
  const [, written] = /^unknown option --([\w-]+)/.exec(message) ?? []
  const own: readonly OptionName[] = [...entry.options, ...commonOptions(entry)]
  const meant = written === undefined ? undefined : closest(written, own)
  return usage(message, named, meant && `${named === undefined ? '' : `${named} `}--${meant}`)
}

function isSelector(name: string): boolean {
  return name === 'host' || name === 'context' || name === 'builder'
}

function refuseForeign(command: string, entry: CommandEntry, given: readonly string[]): void {
  // `reporterOf` says why a command does not take these two.
  const known: readonly string[] = [...entry.options, ...commonOptions(entry), 'reporter', 'json']
  const foreign = given.find(name => !known.includes(name))
  if (foreign !== undefined) throw usage(`${command} has no option --${foreign}`, command)
}

function refuseShell(operands: readonly string[]): void {
  const shells = commands.completion?.words ?? []
  const [shell = '', ...more] = operands
  if (shells.includes(shell) && more.length === 0) return
  const meant = more.length > 0 ? undefined : closest(shell, shells)
  throw usage(
    'completion needs the name of one shell: bash, zsh or fish',
    'completion',
    meant && `completion ${meant}`,
  )
}

/** What parseArgs says, in the words of all other messages. Its second sentence explains escaping, which does not help here. */
function wordParseError(said: string): string {
  const [first = ''] = said.split(/\.\s/)
  return first
    .replace(/^Unknown option '(.*)'$/, 'unknown option $1')
    .replace(/^Option '(?:-\w, )?(\S+?)(?: <value>)?' argument missing$/, '$1 needs a value')
    .replace(/^Option '(?:-\w, )?(\S+?)' does not take an argument$/, '$1 takes no value')
    .replace(/^Option '(?:-\w, )?(\S+?)(?: <value>)?' argument is ambiguous$/, '$1 needs a value')
}

/** A word without a dot, a slash or an upper-case letter. Most paths have one of them. */
function isBareWord(word: string): boolean {
  return /^[a-z-]+$/.test(word) && !/(?:docker|container)file/.test(word)
}

function closestCommand(word: string): string | undefined {
  return closest(word, [...Object.keys(commands), 'help'])
}

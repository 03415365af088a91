/** The builds in a shell script, with the folder and the environment in which each runs. */
import { posix } from 'node:path'
import { type BuildCommand, buildCommand } from './command.ts'
import { type ShellWord, shellCommands } from './words.ts'

export interface ScriptCommand {
  readonly command: BuildCommand
  /** Relative to the folder in which the script runs. */
  readonly folder: string
  /** Variables that are set for this command. */
  readonly env: Readonly<Record<string, string>>
}

/** Words before a command that change nothing for a build. */
const PREFIXES: ReadonlySet<string> = new Set([
  '!',
  'if',
  'then',
  'else',
  'do',
  'time',
  'exec',
  'command',
  'sudo',
])
const WITH_ENVIRONMENT: ReadonlySet<string> = new Set(['env', 'cross-env'])
const TOOL = /^(?:.*\/)?(?:docker|docker-compose|podman)(?:\.exe)?$/
const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s

export function scriptCommands(script: string): readonly ScriptCommand[] {
  if (!/docker|podman/.test(script)) return []
  const commands = shellCommands(script)
  if (commands === undefined)
    return /\b(?:docker|podman|docker-compose)\s[^\n]*\b(?:build|bake|up)\b/.test(script)
      ? [unclearCommand('the script is not literal')]
      : []
  const found: ScriptCommand[] = []
  /** The folder in each subshell; undefined if it is not known. */
  const folders: (string | undefined)[] = ['.']
  /** `X=1;` and `export X=1` set it for all that follow. */
  const exported: Record<string, string | undefined> = {}
  for (const { words, depth } of commands) {
    while (folders.length <= depth) folders.push(folders.at(-1))
    folders.length = depth + 1
    const { env, rest } = withoutPrefixes(words)
    const [program, operand] = rest
    if (rest.length === 0 || (program?.text === 'export' && program.isLiteral)) {
      Object.assign(exported, env, withoutPrefixes(rest.slice(1)).env)
      continue
    }
    if (program?.isLiteral && ['cd', 'pushd', 'popd'].includes(program.text)) {
      const folder = folders[depth]
      const isKnown = program.text === 'cd' && operand?.isLiteral && operand.text !== '-' && rest.length === 2
      folders[depth] = isKnown && folder !== undefined ? join(folder, operand.text) : undefined
      continue
    }
    const command = commandOf(words, exported, folders[depth])
    if (command !== undefined) found.push(command)
  }
  return found
}

/** The build that a command line starts in a folder, which is undefined if it is not known. */
export function commandOf(
  words: readonly ShellWord[],
  exported: Environment,
  folder: string | undefined,
): ScriptCommand | undefined {
  const { env, rest, hasOptions } = unwrapped(words)
  const command = buildCommand(rest)
  if (command === undefined) {
    const start = hasOptions ? rest.findIndex(({ text }) => TOOL.test(text)) : -1
    const isBuild = start > 0 && buildCommand(rest.slice(start)) !== undefined
    return isBuild ? unclearCommand('its environment is not literal') : undefined
  }
  const { known, unknown } = environment({ ...exported, ...env })
  if (folder === undefined) return unclearCommand('its folder is not literal')
  if (unknown.some(name => dependsOn(command, name))) return unclearCommand('its environment is not literal')
  return { command, folder, env: known }
}

/** The command without `V=1`, `env`, `npx cross-env` and `dock-lock run --` before it, in any order. */
function unwrapped(words: readonly ShellWord[], depth = 0): Unprefixed {
  const { env, rest, hasOptions } = withoutPrefixes(words)
  const length = launcherLength(rest)
  if (length === 0 || depth === MAX_LAUNCHERS) return { env, rest, hasOptions }
  const inner = unwrapped(rest.slice(length), depth + 1)
  return { ...inner, env: { ...env, ...inner.env } }
}

/** More than a command has in each other. */
const MAX_LAUNCHERS = 10

const LAUNCHER = /^(?:npx(?: --no)?|bunx|yarn(?: exec)?|pnpm(?: exec)?|npm exec --)$/

/** How many words of `npx cross-env` and `npx dock-lock run --` are no part of the command that follows. */
function launcherLength(words: readonly ShellWord[]): number {
  const first = words
    .slice(0, 4)
    .findIndex(({ text, isLiteral }) => isLiteral && (text === 'dock-lock' || text === 'cross-env'))
  const texts = words.slice(0, first + 3).map(({ text, isLiteral }) => (isLiteral ? text : ''))
  if (first < 0 || (first > 0 && !LAUNCHER.test(texts.slice(0, first).join(' ')))) return 0
  // `cross-env` itself is a prefix.
  if (texts[first] === 'cross-env') return first
  return texts[first + 1] === 'run' && texts[first + 2] === '--' ? first + 3 : 0
}

function join(folder: string, path: string): string {
  return path.startsWith('/') ? path : posix.join(folder, path)
}

/** Whether the build may use the variable. */
function dependsOn(command: BuildCommand, name: string): boolean {
  if (command.kind === 'build') return name in command.args && command.args[name] === undefined
  return command.kind !== 'unclear'
}

function unclearCommand(reason: string): ScriptCommand {
  return { command: { kind: 'unclear', reason }, folder: '.', env: {} }
}

/** Undefined: the value is not literal. */
type Environment = Readonly<Record<string, string | undefined>>

function environment(all: Environment): {
  readonly known: Readonly<Record<string, string>>
  readonly unknown: readonly string[]
} {
  const entries = Object.entries(all)
  return {
    known: Object.fromEntries(
      entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    unknown: entries.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  }
}

interface Unprefixed {
  readonly env: Environment
  readonly rest: readonly ShellWord[]
  /** Options of such a word follow, which may change the environment: `env -i`. */
  readonly hasOptions: boolean
}

function withoutPrefixes(words: readonly ShellWord[]): Unprefixed {
  const env: Record<string, string | undefined> = {}
  let index = 0
  for (; index < words.length; index++) {
    const { text, isLiteral } = words[index]!
    const [, name, value = ''] = ASSIGNMENT.exec(text) ?? []
    if (name !== undefined) env[name] = isLiteral ? value : undefined
    else if (!isLiteral || !(PREFIXES.has(text) || WITH_ENVIRONMENT.has(text))) break
  }
  return {
    env,
    rest: words.slice(index),
    hasOptions: index > 0 && words[index]?.text.startsWith('-') === true,
  }
}

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
  let exported: Environment = {}
  for (const { words, depth } of commands) {
    while (folders.length <= depth) folders.push(folders.at(-1))
    folders.length = depth + 1
    const { env, rest } = withoutPrefixes(words)
    const [program, operand] = rest
    if (rest.length === 0 || (program?.text === 'export' && program.isLiteral)) {
      exported = { ...exported, ...env, ...withoutPrefixes(rest.slice(1)).env }
      continue
    }
    if (program?.isLiteral && ['cd', 'pushd', 'popd'].includes(program.text)) {
      const folder = folders[depth]
      const isKnown = program.text === 'cd' && operand?.isLiteral && operand.text !== '-' && rest.length === 2
      folders[depth] = isKnown && folder !== undefined ? join(folder, operand.text) : undefined
      continue
    }
    const command = buildCommand(withoutRun(rest))
    if (command === undefined) continue
    const folder = folders[depth]
    const { known, unknown } = environment({ ...exported, ...env })
    if (folder === undefined) found.push(unclearCommand('its folder is not literal'))
    else if (unknown.some(name => dependsOn(command, name)))
      found.push(unclearCommand('its environment is not literal'))
    else found.push({ command, folder, env: known })
  }
  return found
}

const RUN = /^(?:(?:npx|bunx|yarn|yarn exec|pnpm|pnpm exec|npm exec --) )?dock-lock run --$/

/** The command of `dock-lock run -- …`. */
function withoutRun(words: readonly ShellWord[]): readonly ShellWord[] {
  const start = words.findIndex(({ text }) => text === 'run')
  const before = words.slice(0, start + 2)
  const isRun =
    before.every(({ isLiteral }) => isLiteral) && RUN.test(before.map(({ text }) => text).join(' '))
  return isRun ? words.slice(start + 2) : words
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

function withoutPrefixes(words: readonly ShellWord[]): {
  readonly env: Environment
  readonly rest: readonly ShellWord[]
} {
  const env: Record<string, string | undefined> = {}
  let index = 0
  for (; index < words.length; index++) {
    const { text, isLiteral } = words[index]!
    const [, name, value = ''] = ASSIGNMENT.exec(text) ?? []
    if (name !== undefined) env[name] = isLiteral ? value : undefined
    else if (!isLiteral || !(PREFIXES.has(text) || WITH_ENVIRONMENT.has(text))) break
  }
  return { env, rest: words.slice(index) }
}

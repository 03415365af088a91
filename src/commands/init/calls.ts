/** Calls of dock-lock, as hooks and scripts have them. They run an installed dock-lock and never fetch one. */
import { textField } from '../../lib/json.ts'
import type { InitProject } from './integration.ts'

/** The words of a shell command before which a program may stand without being another program's argument. */
const RUNNERS: ReadonlySet<string> = new Set([
  'npx',
  'npm',
  'pnpm',
  'pnpx',
  'yarn',
  'bun',
  'bunx',
  'exec',
  'run',
  'sudo',
  'cross-env',
])

/** Whether a script calls dock-lock. */
export function callsDockLock(script: string): boolean {
  return commandsOf(script).some(words => words[0] === 'dock-lock')
}

const ENGINES: ReadonlySet<string> = new Set(['docker', 'podman', 'nerdctl', 'buildah', 'docker-compose'])
/** Subcommands, and the option of `docker compose up`. */
const BUILDS: ReadonlySet<string> = new Set(['build', 'bake', 'bud', '--build'])

/** Whether a script builds images with its own commands, not with those of another script. */
export function buildsImages(script: string): boolean {
  return commandsOf(script).some(
    ([program = '', ...rest]) => ENGINES.has(program) && rest.some(word => BUILDS.has(word)),
  )
}

/** The commands of a script, each as its words from the program on. Good enough to recognize plain calls. */
function commandsOf(script: string): readonly (readonly string[])[] {
  return script.split(/[&|;()\n]+/).map(command => {
    const words = command.split(/\s+/).filter(word => word !== '')
    const start = words.findIndex(word => !RUNNERS.has(word) && !word.startsWith('-') && !isAssignment(word))
    return start < 0 ? [] : words.slice(start)
  })
}

function isAssignment(word: string): boolean {
  return /^\w+=/.test(word)
}

/** `script` with `call` before it, so that it runs only if the call succeeds. */
export function prependCall(call: string, script: string): string {
  if (script.trim() === '') return call
  // `a && b || c` would run c if a fails.
  const isList = /\|\||;|\n|(?:^|[^&>])&(?:[^&>]|$)/.test(script)
  return isList ? `${call} && (${script})` : `${call} && ${script}`
}

/** The call in a script of package.json: the package manager finds the program. */
export function scriptCall({ manager, dependency }: InitProject): string {
  const run = dependency === 'top' ? manager?.runFromTop : undefined
  return run === undefined ? 'dock-lock' : `${run} dock-lock`
}

/** The check of what is staged, as a git hook runs it in the top folder. */
export function hookCall({ folder, manager, dependency }: InitProject): string {
  const fromTop = folder !== '' && dependency === 'top' ? manager?.runFromTop : undefined
  const run = fromTop ?? manager?.run
  const call = `${run === undefined ? '' : `${run} `}dock-lock check --staged`
  return folder === '' ? call : `(cd ${shellWord(folder)} && ${call})`
}

/** The same check in CI, of what is checked out. */
export function checkCommands({ folder, manager }: InitProject): readonly string[] {
  if (manager === undefined) return []
  return [
    ...manager.install,
    ...(folder === '' ? [] : [`cd ${shellWord(folder)}`]),
    `${manager.run} dock-lock check`,
  ]
}

function shellWord(text: string): string {
  return /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** The `pre-commit` entry with the call at its start, for `hooks` in a JSON file. Undefined if it calls dock-lock already. */
export function preCommitEntry(hooks: unknown, call: string): { readonly 'pre-commit': string } | undefined {
  const present = textField(hooks, 'pre-commit')
  return callsDockLock(present) ? undefined : { 'pre-commit': prependCall(call, present) }
}

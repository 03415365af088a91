import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { printable } from '../core/error.ts'
import type { Debug } from '../core/mask.ts'
import { failureReporter, type Invocation, parseCommandLine } from './args.ts'
import { type Host, SIGNALS, type Signal } from './host.ts'

/** Runs one command line and returns its exit code. */
export async function main(host: Host): Promise<number> {
  if (host.argv[2] !== 'docker-plugin') return await runLine(host)
  try {
    const { asDockerPlugin } = await import('./docker-plugin.ts')
    const answer = await asDockerPlugin(host)
    return typeof answer === 'number' ? answer : await runLine(answer)
  } catch (error) {
    const { reportFailure } = await import('./failure.ts')
    return await reportFailure(host, unparsed(host), error)
  }
}

async function runLine(host: Host): Promise<number> {
  let invocation: Invocation | undefined
  const interrupt = new AbortController()
  const onSignal = (name: Signal) => interrupt.abort(name)
  try {
    invocation = parseCommandLine(host.argv.slice(2), host.env, path => isPath(host, path))
    if (invocation.version) {
      const { readVersion } = await import('../io/version.ts')
      host.stdout.write(`${await readVersion()}\n`)
      return 0
    }
    if (invocation.help) {
      const { helpText } = await import('./help.ts')
      host.stdout.write(
        helpText(invocation.named ? invocation.command : undefined, host.stdout.columns ?? 80),
      )
      return 0
    }
    if (invocation.command === 'completion') {
      const { completionScript } = await import('./completion/index.ts')
      host.stdout.write(completionScript(invocation.options.paths[0] ?? ''))
      return 0
    }
    for (const name of SIGNALS) host.on(name, onSignal)
    const debug = invocation.debug ? await startDebug(host) : undefined
    const { runCommand } = await import('./run.ts')
    return await runCommand(host, invocation, interrupt.signal, debug)
  } catch (error) {
    if (invocation?.debug ?? host.argv.includes('--debug')) await debugCauses(host, error)
    const { reportFailure } = await import('./failure.ts')
    return await reportFailure(host, invocation ?? unparsed(host), error)
  } finally {
    for (const name of SIGNALS) host.off(name, onSignal)
  }
}

function unparsed({ argv, env }: Host) {
  return { reporter: failureReporter(argv.slice(2), env) }
}

function isPath(host: Host, path: string): boolean {
  try {
    return existsSync(resolve(host.cwd(), path))
  } catch {
    // The current folder is gone, which the command reports.
    return true
  }
}

/** The longest line of --debug, in characters. */
const DEBUG_MAX = 2000

/** Writes lines of --debug to stderr. */
async function createDebug(host: Host): Promise<Debug> {
  const { maskSecrets } = await import('../core/mask.ts')
  return line => {
    host.stderr.write(`debug: ${printable(maskSecrets(line)).slice(0, DEBUG_MAX)}\n`)
  }
}

async function startDebug(host: Host): Promise<Debug> {
  const debug = await createDebug(host)
  const { readVersion } = await import('../io/version.ts')
  debug(`dock-lock ${await readVersion()}, Node ${process.version}, ${process.platform}/${process.arch}`)
  return debug
}

/** Writes the causes of an error: name, code and message of each. */
async function debugCauses(host: Host, error: unknown): Promise<void> {
  const debug = await createDebug(host)
  let cause = error instanceof Error ? error.cause : undefined
  for (let depth = 0; cause instanceof Error && depth < 5; depth++, cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    debug(`cause: ${cause.name}${typeof code === 'string' ? ` ${code}` : ''}: ${cause.message}`)
  }
}

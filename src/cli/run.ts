import { resolve } from 'node:path'
import { commands } from '../commands/index.ts'
import { type Context, createContext } from '../context.ts'
import type { Choose } from '../core/choice.ts'
import { DockLockError } from '../core/error.ts'
import type { Debug } from '../core/mask.ts'
import { createTerminal } from '../io/terminal.ts'
import { type ReporterEntry, reporters } from '../reporters/index.ts'
import { createProgress } from '../reporters/progress.ts'
import type { Invocation } from './args.ts'
import type { Host } from './host.ts'

/** Runs a command, prints its report and returns the exit code. `--help` does not load this module. */
export async function runCommand(
  host: Host,
  invocation: Invocation,
  signal: AbortSignal,
  debug?: Debug,
): Promise<number> {
  const terminal = createTerminal(host.stdout, host.stderr, host.env)
  // Drawing progress would erase lines of --debug.
  const entry: ReporterEntry = reporters[invocation.reporter]
  const progress =
    entry.isDocument || invocation.quiet
      ? undefined
      : createProgress({ ...terminal, live: terminal.live && debug === undefined })
  const choose = mayAsk(invocation) ? await chooser(signal) : undefined
  const cwd = resolve(currentFolder(host), invocation.cwd ?? '')
  const context = createContext({
    cwd,
    env: host.env,
    signal,
    ...(progress !== undefined && { progress }),
    ...(choose !== undefined && { choose }),
    ...(debug !== undefined && { debug }),
  })
  const resolver: Context['resolver'] = async options => {
    await leaveWebAssemblyAsItIs()
    return context.resolver(options)
  }
  const command = await commands[invocation.command]?.load?.()
  if (command === undefined) throw new RangeError(`no command ${invocation.command}`)
  const report = await command({ ...context, resolver }, invocation.options)
  if (typeof report === 'number') return report
  const reporter = await entry.load()
  const { color, width, wraps } = terminal
  const { verbose, quiet } = invocation
  const style = { color, width, wraps, verbose, quiet }
  host.stdout.write(
    await reporter(report, style, async () => (await import('../io/tool.ts')).readTool(cwd, host.env)),
  )
  return report.exitCode
}

function mayAsk({ command, options, reporter }: Invocation): boolean {
  if (options.interactive) return true
  const { isDocument }: ReporterEntry = reporters[reporter]
  return commands[command]?.asks === true && !options.yes && !options.dryRun && !isDocument
}

/** Asks on the terminal, if there is one. */
async function chooser(signal: AbortSignal): Promise<Choose | undefined> {
  const { choose, hasTerminal } = await import('../io/choose.ts')
  return hasTerminal() ? (...question) => choose(question, signal) : undefined
}

/**
 * undici parses HTTP with WebAssembly. After a few requests, V8 optimises it in the background, and the process cannot end until that is
 * done. It does not pay off within thousands of requests. The flag limits it to function 0, which is an import. Without the flag, one
 * new image takes more than twice the processor time on Node 20, and 1.6 times as long on Node 24: see docs/figures.md.
 */
async function leaveWebAssemblyAsItIs(): Promise<void> {
  // V8 complains on stderr about a flag that it does not know, so only where it was tried.
  if (Number.parseInt(process.versions.node, 10) > 24) return
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--wasm-tier-up-filter=0')
}

function currentFolder(host: Host): string {
  try {
    return host.cwd()
  } catch (cause) {
    throw new DockLockError('usage', 'the current folder no longer exists', {
      cause,
      hint: 'Change to a folder that exists',
    })
  }
}

import { resolve } from 'node:path'
import { commands } from '../commands/index.ts'
import { type Context, createContext } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import type { Debug } from '../core/mask.ts'
import { createTerminal } from '../io/terminal.ts'
import { reporters } from '../reporters/index.ts'
import { createProgress } from '../reporters/progress.ts'
import type { Invocation } from './args.ts'
import type { Host } from './host.ts'

/** What `--help` does without: runs the command that was asked for and prints its report. The exit code is what it returns. */
export async function runCommand(
  host: Host,
  invocation: Invocation,
  signal: AbortSignal,
  debug?: Debug,
): Promise<number> {
  const terminal = createTerminal(host.stdout, host.stderr, host.env)
  // What is drawn would take lines of detail away again.
  const progress = invocation.json
    ? undefined
    : createProgress({ ...terminal, live: terminal.live && debug === undefined })
  const context = createContext({
    cwd: resolve(currentFolder(host), invocation.cwd ?? ''),
    env: host.env,
    signal,
    ...(progress !== undefined && { progress }),
    ...(debug !== undefined && { debug }),
  })
  const resolver: Context['resolver'] = async options => {
    await leaveWebAssemblyAsItIs()
    return context.resolver(options)
  }
  const command = await commands[invocation.command]?.load()
  if (command === undefined) throw new RangeError(`no command ${invocation.command}`)
  const report = await command({ ...context, resolver }, invocation.options)
  if (typeof report === 'number') return report
  const reporter = await reporters[invocation.json ? 'json' : 'text'].load()
  host.stdout.write(reporter(report, { color: terminal.color, width: terminal.width }))
  return report.exitCode
}

/**
 * undici parses HTTP with WebAssembly. V8 starts to optimise that in the background after a few requests, and a process does not end
 * before this is done, 80 ms later; nothing is gained by it within thousands of requests. No function is number 0: that is an import.
 * Node 24 does not wait. Without the flag one new image takes more than twice the processor time, see docs/figures.md.
 */
async function leaveWebAssemblyAsItIs(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) >= 24) return
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--wasm-tier-up-filter=0')
}

function currentFolder(host: Host): string {
  try {
    return host.cwd()
  } catch (cause) {
    throw new DockLockError('usage', 'the current folder is gone', {
      cause,
      hint: 'Change into one that exists',
    })
  }
}

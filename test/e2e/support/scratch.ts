import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { e2eDirectory } from './machine.ts'

/** A new directory below the run directory of this process; whoever makes one removes it. */
export function makeScratch(prefix: string): string {
  const own = join(runsDirectory(), `${process.pid}-${startTime(process.pid)}`)
  mkdirSync(own, { recursive: true, mode: 0o755 })
  return mkdtempSync(join(own, `${prefix}-`))
}

export function removeScratch(directory: string): void {
  remove(directory)
  try {
    rmdirSync(dirname(directory))
  } catch {
    // Others of this process are still there.
  }
}

/** Removes what processes left that are gone (killed, or the machine went down). */
export function removeLeftovers(): void {
  mkdirSync(runsDirectory(), { recursive: true })
  for (const name of readdirSync(runsDirectory())) {
    const [pid, time] = name.split('-')
    if (startTime(Number(pid)) !== time) remove(join(runsDirectory(), name))
  }
}

function remove(directory: string): void {
  // Files of a daemon that is just being ended may still appear: retried.
  rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}

/** Below it all daemons keep their data; the same path inside and outside of a daemon's mount namespace. */
export function runsDirectory(): string {
  return join(e2eDirectory(), 'run')
}

/** When the process started, in clock ticks since boot (proc(5), field 22): tells a reused pid from its former owner. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs `action`, which must be synchronous, when this process exits or is told to end, unless cancelled before. A
 * signal goes on to do what it would have done once every such action has run.
 */
export function atProcessEnd(action: () => void): () => void {
  const cancel = () => {
    process.off('exit', action)
    for (const signal of signals) process.off(signal, onSignal)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    cancel()
    action()
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  process.setMaxListeners(64)
  // The last made is the first to go: a daemon before the directory of its files.
  process.prependListener('exit', action)
  for (const signal of signals) process.prependListener(signal, onSignal)
  return cancel
}

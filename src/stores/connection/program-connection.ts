/** A connection to an engine through the stdin and stdout of a program: `ssh … docker system dial-stdio`. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Program, startProgram } from '../../lib/spawn.ts'
import { ProgramFailed } from './failure.ts'

/** Characters of stderr that are kept; the last ones matter. */
const SAID_MAX = 4096
/** Milliseconds. A process that the program leaves behind (a shared ssh connection) may keep its stderr open. */
const STDERR_GRACE = 300
const EXIT_GRACE = 2000

/**
 * Starts the program, which ends with the connection. The connection ends with {@link ProgramFailed} if the program fails. The program has
 * no terminal: prompts of several programs would mix, and nobody could answer them while progress is shown.
 */
export function connectProgram(program: Program): Duplex {
  const { command } = program
  const started = startProgram(program)
  if ('status' in started) {
    throw new ProgramFailed(command, started.status === 'not-found' ? 'ENOENT' : started.reason, '')
  }
  const { child, end } = started
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_MAX)
  })
  // Why it stops reading is reported when the program ends.
  child.stdin.on('error', () => {})
  child.stdout.on('error', () => {})
  child.stderr.on('error', () => {})
  const connection = new Duplex({
    // Like a socket: when one direction ends, so does the other.
    allowHalfOpen: false,
    read: () => child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => child.stdin.write(chunk, () => done()),
    final(done) {
      child.stdin.end()
      done()
    },
    destroy(error, done) {
      for (const stream of child.stdio) stream?.destroy()
      child.unref()
      end()
      done(error)
    },
  })
  child.stdout.on('data', (chunk: Buffer) => {
    if (!connection.push(chunk)) child.stdout.pause()
  })
  watch(child, command, () => said).then(
    () => {
      connection.push(null)
      // Nobody reads from an idle kept connection, but its end must be noticed.
      connection.read(0)
    },
    (error: Error) => connection.destroy(error),
  )
  // node:http's agent treats every connection as a socket.
  const itself = () => connection
  return Object.assign(connection, {
    setKeepAlive: itself,
    setNoDelay: itself,
    setTimeout: itself,
    ref: itself,
    unref: itself,
  })
}

/** Resolves when the program has ended without an error. @throws ProgramFailed */
async function watch(child: ChildProcessWithoutNullStreams, command: string, said: () => string) {
  const stdout = once(child.stdout, 'close')
  const stderr = once(child.stderr, 'close')
  const exit = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>
  for (const one of [stdout, stderr, exit]) one.catch(() => {})
  try {
    await stdout
    const ended = await Promise.race([exit, sleep(EXIT_GRACE, undefined, { ref: false })])
    if (ended === undefined) return
    await Promise.race([stderr, sleep(STDERR_GRACE, undefined, { ref: false })])
    const [code, signal] = ended
    if (code !== 0) throw new ProgramFailed(command, code ?? `${signal}`, said())
  } catch (error) {
    if (error instanceof ProgramFailed) throw error
    throw new ProgramFailed(command, (error as NodeJS.ErrnoException).code ?? 'an error', said())
  }
}

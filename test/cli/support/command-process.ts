/**
 * The built command many times in one process, under variables or options that Node reads when it starts: most of the time of a single run
 * would be that start.
 */
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { BuiltOptions } from '../../support/built.ts'
import { CLI } from '../../support/cli.ts'
import { mustTellNoSecret } from '../../support/planted.ts'
import type { Ran } from '../../support/spawn.ts'

const HOST = fileURLToPath(new URL('command-process.cjs', import.meta.url))

export interface CommandProcess {
  /** One after the other. What sockets and programs of one run say late is in the next. */
  run(args: readonly string[], options: BuiltOptions): Promise<Ran>
  /** Ends the process. What it said since the last run. */
  close(): Promise<Pick<Ran, 'stdout' | 'stderr'>>
}

/** @param options of Node */
export function startCommandProcess(
  env: BuiltOptions['env'],
  options: readonly string[] = [],
): CommandProcess {
  const child = spawn(process.execPath, [...options, HOST], { env: { ...env }, stdio: 'pipe' })
  const ended = new Promise<void>((done, fail) => child.on('error', fail).on('close', () => done()))
  const [stdout, stderr] = [collect(child.stdout, ended), collect(child.stderr, ended)]
  return {
    async run(args, options) {
      child.stdin.write(`${JSON.stringify({ cli: CLI, args, cwd: options.cwd, env: options.env })}\n`)
      const [out, err] = await Promise.all([stdout.next(), stderr.next()])
      mustTellNoSecret(out.text + err.text)
      return { code: out.code, signal: null, stdout: out.text, stderr: err.text }
    },
    async close() {
      child.stdin.end()
      await ended
      return { stdout: stdout.rest(), stderr: stderr.rest() }
    },
  }
}

/** Hands `use` such a process, which ends with it, and must say nothing after its last run. */
export async function withCommandProcess(
  env: BuiltOptions['env'],
  options: readonly string[],
  use: (command: CommandProcess) => Promise<void>,
): Promise<void> {
  const command = startCommandProcess(env, options)
  let late: Pick<Ran, 'stdout' | 'stderr'>
  try {
    await use(command)
  } finally {
    late = await command.close()
  }
  assert.equal(late, { stdout: '', stderr: '' })
}

/** Cuts what a stream says at the lines that end a run. */
function collect(stream: Readable, ended: Promise<void>) {
  let text = ''
  let look = () => {}
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    look()
  })
  const next = () =>
    new Promise<{ readonly code: number; readonly text: string }>((done, fail) => {
      void ended.then(() => fail(new Error(`the command ended its process:\n${text}`)))
      look = () => {
        const end = /\nEND (\d+)\n/.exec(text)
        if (end === null) return
        look = () => {}
        const before = text.slice(0, end.index)
        text = text.slice(end.index + end[0].length)
        done({ code: Number(end[1]), text: before })
      }
      look()
    })
  return { next, rest: () => text }
}

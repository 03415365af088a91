/** The built command under NODE_DEBUG, many times in one process: most of the time of a single run would be its start. */
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { BuiltOptions } from '../../support/built.ts'
import { CLI } from '../../support/cli.ts'
import { mustTellNoSecret } from '../../support/planted.ts'

const HOST = fileURLToPath(new URL('debugged.cjs', import.meta.url))

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface DebuggedCommand {
  /** One after the other. What sockets and programs of one run say late is in the next. */
  run(args: readonly string[], options: BuiltOptions): Promise<Said>
  /** Ends the process. What it said since the last run. */
  close(): Promise<Omit<Said, 'code'>>
}

/** @param debug the value of NODE_DEBUG */
export function startDebugged(debug: string, env: BuiltOptions['env']): DebuggedCommand {
  const child = spawn(process.execPath, [HOST], { env: { ...env, NODE_DEBUG: debug }, stdio: 'pipe' })
  const ended = new Promise<void>((done, fail) => child.on('error', fail).on('close', () => done()))
  const [stdout, stderr] = [collect(child.stdout, ended), collect(child.stderr, ended)]
  return {
    async run(args, options) {
      child.stdin.write(`${JSON.stringify({ cli: CLI, args, cwd: options.cwd, env: options.env })}\n`)
      const [out, err] = await Promise.all([stdout.next(), stderr.next()])
      mustTellNoSecret(out.text + err.text)
      return { code: out.code, stdout: out.text, stderr: err.text }
    },
    async close() {
      child.stdin.end()
      await ended
      return { stdout: stdout.rest(), stderr: stderr.rest() }
    },
  }
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

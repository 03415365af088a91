/**
 * The built command in this process, with a `process` of its own. A start of Node costs more than most runs, so this is for tests that
 * compare output and files. Use `runCli` where the process matters: signals, streams, the end of a run, variables that Node itself reads.
 */
import { createRequire } from 'node:module'
import { CLI } from './cli.ts'
import { mustTellNoSecret } from './planted.ts'
import type { Ran } from './spawn.ts'

interface Hosted {
  readonly cli: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: object
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly columns: number | undefined
}

const { runHosted }: { readonly runHosted: (hosted: Hosted) => Promise<number> } = createRequire(
  import.meta.url,
)('./hosted.cjs')

export interface BuiltOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Stdout is a terminal of this width. By default, it is none. */
  readonly columns?: number
}

/** `dock-lock ARGS`. */
export async function runBuilt(args: readonly string[], { cwd, env, columns }: BuiltOptions): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await runHosted({
    cli: CLI,
    args,
    cwd,
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    out: text => out.push(text),
    err: text => err.push(text),
    columns,
  })
  const [stdout, stderr] = [out.join(''), err.join('')]
  mustTellNoSecret(stdout + stderr)
  return { code, signal: null, stdout, stderr }
}

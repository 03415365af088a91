/** A folder of its own for a test, and the real command run in it, blind to this machine's own settings. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runBuilt } from '../../support/built.ts'
import { CLI } from '../../support/cli.ts'
import { withoutEngine } from '../../support/no-engine.ts'
import { type Ran, type Started, startProgram } from '../../support/spawn.ts'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
}

export interface Project {
  readonly root: string
  /** An empty home, no engine, no settings of git, docker, npm or the terminal. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The words that start the command. */
  readonly command: readonly [string, ...string[]]
  /** `dock-lock ARGS`. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** The same in the process of the test, which takes a tenth of the time. What Node itself does is not seen. */
  runHere(args: readonly string[], env?: RunOptions['env'], cwd?: string): Promise<Ran>
  start(args: readonly string[], options?: RunOptions): Started
  /** Any other program. */
  exec(command: string, args: readonly string[], options?: RunOptions): Promise<Ran>
  path(file: string): string
  write(file: string, content: string | Uint8Array, mode?: number): void
  read(file: string): string
  /** Everything in the folder but `.git`: name → kind, permissions and content. */
  snapshot(): Readonly<Record<string, string>>
}

/** Runs `test` in a folder that is gone afterwards. `at` puts it below another folder than that of temporary files. */
export async function withProject(test: (project: Project) => Promise<void>, at = tmpdir()): Promise<void> {
  const outer = mkdtempSync(join(realpathSync(at), 'dock-lock-test-'))
  try {
    await test(createProject(outer))
  } finally {
    rmSync(outer, { recursive: true, force: true })
  }
}

export function createProject(outer: string): Project {
  const root = join(outer, 'project')
  const home = join(outer, 'home')
  for (const folder of [root, home]) mkdirSync(folder, { recursive: true })
  // HOME leads to it. Tests may give another DOCKER_CONFIG.
  const { DOCKER_CONTEXT } = withoutEngine(join(home, '.docker'))
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TMPDIR: outer,
    DOCKER_CONTEXT,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  }
  const start = (command: string, args: readonly string[], options: RunOptions = {}): Started => {
    return startProgram(command, args, { cwd: root, ...options, env: { ...env, ...options.env } })
  }
  return {
    root,
    env,
    command: [process.execPath, CLI],
    start: (args, options) => start(process.execPath, [CLI, ...args], options),
    run: (args, options) => start(process.execPath, [CLI, ...args], options).ended,
    runHere: (args, more, cwd = root) => runBuilt(args, { cwd, env: { ...env, ...more } }),
    exec: (command, args, options) => start(command, args, options).ended,
    path: file => join(root, file),
    write(file, content, mode) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), content)
      if (mode !== undefined) chmodSync(join(root, file), mode)
    },
    read: file => readFileSync(join(root, file), 'utf8'),
    snapshot: () => snapshot(root),
  }
}

/** Removes what a run that was killed, or that failed, left beside the files. */
export function sweep(root: string): void {
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    if (/\.(?:tmp|old)$/.test(name)) rmSync(join(root, name))
}

export function snapshot(root: string): Record<string, string> {
  const entries: Record<string, string> = {}
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = join(folder, name)
      if (name === '.git') continue
      const stat = lstatSync(join(root, path))
      const mode = (stat.mode & 0o7777).toString(8)
      if (stat.isDirectory()) {
        entries[`${path}/`] = mode
        walk(path)
      } else if (stat.isSymbolicLink()) entries[path] = `-> ${readlinkSync(join(root, path))}`
      else entries[path] = `${mode} ${readFileSync(join(root, path)).toString('latin1')}`
    }
  }
  entries['./'] = (lstatSync(root).mode & 0o7777).toString(8)
  walk('.')
  return entries
}

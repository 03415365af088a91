import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Ran, runProgram } from './spawn.ts'

export const REPOSITORY: string = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The environment of a terminal, where npm itself may have started the tests: without what npm tells the scripts that it runs
 * (it would take another folder for its project), and without the colour that uvu forces upon its children.
 */
export function plainEnv(more: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(?!config_(?:registry|cache|cafile|userconfig|globalconfig|.*proxy)$)|^(?:INIT_CWD|FORCE_COLOR)$/.test(
        name,
      ),
  )
  return { ...Object.fromEntries(kept), ...more }
}

/** Runs npm in `cwd`; another exit code than 0 is an answer. */
export function npm(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ran> {
  return runProgram('npm', args, { cwd, env: plainEnv(env), timeoutMs: 300_000 })
}

/** What `npm pack` says of a package. Sizes are bytes. */
export interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[]
}

/** Packs this package, as `npm run build` has left it, into `folder`. */
export async function packProject(
  folder: string,
): Promise<{ readonly tarball: string; readonly packed: Packed }> {
  const { code, stdout, stderr } = await npm(REPOSITORY, [
    'pack',
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    folder,
  ])
  if (code !== 0) throw new Error(`npm pack failed:\n${stderr}`)
  const [packed] = JSON.parse(stdout) as readonly Packed[]
  if (packed === undefined) throw new Error(`npm pack said nothing:\n${stdout}`)
  return { tarball: join(folder, packed.filename), packed }
}

/** Installs a packed package into the project in `folder`. */
export async function installTarball(folder: string, tarball: string): Promise<void> {
  const { code, stdout, stderr } = await npm(folder, [
    'install',
    '--save-dev',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    tarball,
  ])
  if (code !== 0) throw new Error(`npm install failed:\n${stdout}${stderr}`)
}

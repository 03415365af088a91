import type { Context } from '../context.ts'
import { unifiedDiff } from '../core/diff.ts'
import type { InitReport } from '../core/report.ts'
import { findProject } from '../io/project.ts'
import { writeAll } from '../io/write.ts'
import type { Options } from './command.ts'

/** `dock-lock init`: sets up scripts, git hooks and CI. With `--merge-driver`, makes git merge the lockfile with dock-lock. */
export async function initCommand(context: Context, options: Options): Promise<InitReport> {
  const started = performance.now()
  if (options.mergeDriver) return installDriver(context, options, started)
  if (options.dockerPlugin) {
    const { installDockerPlugin } = await import('./docker-plugin.ts')
    return { ...(await installDockerPlugin(context, options)), milliseconds: performance.now() - started }
  }
  const { setUp } = await import('./init/set-up.ts')
  return { ...(await setUp(context, options)), milliseconds: performance.now() - started }
}

/** Reads no lockfile: it may have conflicts. */
async function installDriver(
  { cwd, env, signal }: Context,
  { dryRun }: Options,
  started: number,
): Promise<InitReport> {
  const { configureDriver, planDriver } = await import('../io/merge-driver.ts')
  const git = { root: findProject(cwd), env, signal }
  const { attributes, command, isConfigured } = await planDriver(git)
  if (!dryRun) {
    if (attributes !== undefined) await writeAll([attributes], signal)
    if (!isConfigured) await configureDriver(git, command)
  }
  const { file, before, after } = attributes ?? {}
  return {
    command: 'init',
    exitCode: 0,
    dryRun,
    files: file === undefined ? [] : [{ file, places: 1, written: !dryRun }],
    mergeDriver: { command, changed: !isConfigured },
    milliseconds: performance.now() - started,
    ...(dryRun && {
      diff:
        file === undefined || after === undefined
          ? ''
          : unifiedDiff(file, before?.toString('utf8'), after.toString('utf8')),
    }),
  }
}

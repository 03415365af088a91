import type { Context } from '../context.ts'
import { unifiedDiff } from '../core/diff.ts'
import { DockLockError } from '../core/error.ts'
import type { InitReport } from '../core/report.ts'
import { addScript } from '../io/package-json.ts'
import { findProject } from '../io/project.ts'
import { writeAll } from '../io/write.ts'
import type { Options } from './command.ts'
import { openProject } from './steps/load-project.ts'
import { cleanUp } from './steps/rewrite.ts'

/** `dock-lock init`: makes `npm run build` lock, pin and verify first. With `--merge-driver`, makes git merge the lockfile with dock-lock. */
export async function initCommand(context: Context, options: Options): Promise<InitReport> {
  const started = performance.now()
  if (options.mergeDriver) return installDriver(context, options, started)
  if (options.dockerPlugin) {
    const { installDockerPlugin } = await import('./docker-plugin.ts')
    return { ...(await installDockerPlugin(context, options)), milliseconds: performance.now() - started }
  }
  const project = await openProject(context, options)
  const change = await addScript(project.root, 'prebuild', 'dock-lock')
  if (change === 'no-package') {
    throw new DockLockError('usage', 'there is no package.json in this folder', {
      hint: 'Run dock-lock init in a folder with a package.json. Without npm, run dock-lock before docker build',
    })
  }
  const changed = change === 'present' ? undefined : change
  if (!options.dryRun) await cleanUp(project, [])
  if (changed !== undefined && !options.dryRun)
    await writeAll([{ file: 'package.json', ...changed }], context.signal)
  return {
    command: 'init',
    exitCode: 0,
    dryRun: options.dryRun,
    files: changed === undefined ? [] : [{ file: 'package.json', places: 1, written: !options.dryRun }],
    milliseconds: performance.now() - started,
    ...(options.dryRun && {
      diff:
        changed === undefined
          ? ''
          : unifiedDiff('package.json', changed.before.toString('utf8'), changed.after.toString('utf8')),
    }),
  }
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

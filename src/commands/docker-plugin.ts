import type { Context } from '../context.ts'
import { unifiedDiff } from '../core/diff.ts'
import type { InitReport } from '../core/report.ts'
import { makeFolders, planDockerPlugin } from '../io/docker-plugin.ts'
import { writeAll } from '../io/write.ts'
import type { Options } from './command.ts'

/** `dock-lock init --docker-plugin` */
export async function installDockerPlugin(
  { cwd, env, signal }: Context,
  { dryRun }: Options,
): Promise<Omit<InitReport, 'milliseconds'>> {
  const plugin = await planDockerPlugin({ cwd, env })
  const { path, program, config, hooks, changes } = plugin
  if (!dryRun && changes.length > 0) {
    makeFolders(plugin)
    await writeAll(changes, signal)
  }
  return {
    command: 'init',
    exitCode: 0,
    dryRun,
    files: changes.map(({ file }) => ({ file, places: 1, written: !dryRun })),
    dockerPlugin: { path, program, config, hooks },
    // The docker command's configuration may hold credentials: its lines are not shown.
    ...(dryRun && {
      diff: changes
        .filter(({ file }) => file !== config)
        .map(({ file, before, after }) => unifiedDiff(file, before?.toString('utf8'), after.toString('utf8')))
        .join(''),
    }),
  }
}

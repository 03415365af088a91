import type { InitReport } from '../core/report.ts'

/** What `init` has set up besides files. */
export function setUpLines({ mergeDriver, dockerPlugin, dryRun }: InitReport): readonly string[] {
  return [
    ...(mergeDriver?.changed === true
      ? [
          `${dryRun ? 'would have set' : 'set'} merge.dock-lock.driver in the git config of this clone`,
          'in each other clone, run: dock-lock init --merge-driver',
        ]
      : []),
    ...(dockerPlugin?.hooks === 'off'
      ? [`hooks are off in ${dockerPlugin.config} (features.hooks): docker will suggest nothing`]
      : []),
  ]
}

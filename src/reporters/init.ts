import type { InitReport, InitStep } from '../core/report.ts'
import type { Paint } from './paint.ts'
import { changedFiles, endOf, time } from './summary.ts'

export function initSummary(report: InitReport, paint: Paint): readonly string[] {
  const { files, found = [], steps, byHand = [], dryRun } = report
  const setUp = setUpLines(report)
  const result = files.length === 0 && setUp.length === 0 ? 'nothing to change' : endOf(report)
  return [
    ...(found.length === 0 ? [] : [`found ${found.join(', ')}`]),
    ...(steps === undefined ? changedFiles(report, 'changed') : stepLines(steps, dryRun)),
    ...setUp,
    ...byHand.map(one => `    ${paint.dim('→')} ${one}`),
    `${result} ${time(report, paint)}`,
  ]
}

/** What `init` has set up besides files. */
function setUpLines({ mergeDriver, dockerPlugin, dryRun }: InitReport): readonly string[] {
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

function stepLines(steps: readonly InitStep[], dryRun: boolean): readonly string[] {
  const offered = new Map(
    steps.flatMap(({ name, what, state }) => (state === 'offered' ? [[name, what]] : [])),
  )
  return [
    ...steps.flatMap(({ file, what, state }) => {
      if (state === 'offered') return []
      const did = state === 'present' ? 'unchanged' : dryRun ? 'would have changed' : 'changed'
      return [`${did} ${file}: ${what}`]
    }),
    ...[...offered].map(([name, what]) => `possible with dock-lock init ${name}: ${what}`),
  ]
}

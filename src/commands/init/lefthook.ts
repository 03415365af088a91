import { hookCall } from './calls.ts'
import type { InitProject, Integration } from './integration.ts'

/** @see https://lefthook.dev/configuration/ */
export const lefthook: Integration = {
  name: 'lefthook',
  kind: 'hook',
  missing: 'there is no lefthook.yml',
  detect: project => (fileOf(project) === undefined ? undefined : { what: `lefthook (${fileOf(project)})` }),
  plan(project) {
    const file = fileOf(project) ?? 'lefthook.yml'
    const call = hookCall(project)
    if (!/\.ya?ml$/.test(file)) return { steps: [], byHand: [`add to pre-commit in ${file}: ${call}`] }
    return {
      steps: [
        {
          file,
          what: 'each commit is checked',
          async apply(text = '') {
            const { appendEntry, hasEntry, yamlScalar } = await import('../../io/yaml-edit.ts')
            if (/^\s*(?:-\s+)?run:.*\bdock-lock\b/m.test(text)) return text
            const run = `run: ${yamlScalar(call)}`
            return (await hasEntry(file, text, ['pre-commit', 'jobs']))
              ? appendEntry(file, text, ['pre-commit', 'jobs'], ['- name: dock-lock', `  ${run}`])
              : appendEntry(file, text, ['pre-commit', 'commands'], ['dock-lock:', `  ${run}`])
          },
        },
      ],
    }
  },
}

const FILES = ['', '.', '.config/'].flatMap(start =>
  ['yml', 'yaml', 'toml', 'json', 'jsonc'].map(ending => `${start}lefthook.${ending}`),
)

function fileOf({ read }: InitProject): string | undefined {
  return FILES.find(file => read(file) !== undefined)
}

import { hookCall } from './calls.ts'
import type { Integration } from './integration.ts'

const FILE = '.pre-commit-config.yaml'

/** @see https://pre-commit.com */
export const preCommit: Integration = {
  name: 'pre-commit',
  kind: 'hook',
  missing: `there is no ${FILE}`,
  detect: ({ read }) => (read(FILE) === undefined ? undefined : { what: `pre-commit (${FILE})` }),
  plan(project) {
    const call = hookCall(project)
    return {
      steps: [
        {
          file: FILE,
          what: 'each commit is checked',
          async apply(text = '') {
            const { appendEntry, yamlScalar } = await import('../../io/yaml-edit.ts')
            if (MENTIONED.test(text)) return text
            const entry = call.startsWith('(') ? `sh -c ${yamlScalar(call)}` : call
            return appendEntry(
              FILE,
              text,
              ['repos'],
              [
                '- repo: local',
                '  hooks:',
                '    - id: dock-lock-check',
                '      name: dock-lock check',
                `      entry: ${entry}`,
                '      language: system',
                '      pass_filenames: false',
                // A pattern of names would miss a deleted lockfile.
                '      always_run: true',
              ],
            )
          },
        },
      ],
      ...(project.hooksFolder !== undefined &&
        project.read(`${project.hooksFolder}/pre-commit`) === undefined && {
          byHand: ['to install the git hook, run: pre-commit install'],
        }),
    }
  },
}

/** The hook of dock-lock's own repository, or the one written here. */
const MENTIONED =
  /^\s*(?:-\s+)?(?:-\s+)?(?:id:\s*['"]?dock-lock(?:-check)?['"]?\s*(?:#.*)?$|entry:.*\bdock-lock\b)/m

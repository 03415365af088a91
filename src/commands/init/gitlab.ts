import { checkCommands } from './calls.ts'
import type { Integration } from './integration.ts'

const FILE = '.gitlab-ci.yml'

/** @see https://docs.gitlab.com/ci/yaml/ */
export const gitlabJob: Integration = {
  name: 'gitlab',
  kind: 'ci',
  missing: `there is no ${FILE}`,
  detect({ read, named }) {
    if (read(FILE) !== undefined) return { what: 'GitLab CI', isOptional: true }
    return named.includes('gitlab') ? { isOptional: true } : undefined
  },
  plan(project) {
    const { manager } = project
    if (manager === undefined || manager.name === 'bun')
      return { steps: [], byHand: ['in GitLab CI, install dock-lock and run: dock-lock check'] }
    const job = [
      'dock-lock:',
      // This stage exists in every pipeline.
      '  stage: .pre',
      '  image: node:24',
      '  script:',
      ...checkCommands(project).map(command => `    - ${command}`),
    ]
    return {
      steps: [
        {
          file: FILE,
          what: 'each push is checked in GitLab CI',
          apply(text = '') {
            if (/^[^#\n]*\bdock-lock\b/m.test(text)) return text
            const end = text.includes('\r\n') ? '\r\n' : '\n'
            const gap = text.trim() === '' ? '' : text.endsWith('\n') ? end : end + end
            return text + gap + job.map(line => line + end).join('')
          },
        },
      ],
    }
  },
}

import { checkCommands } from './calls.ts'
import type { InitProject, Integration } from './integration.ts'

const FOLDER = '.github/workflows'

/** @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax */
export const githubWorkflow: Integration = {
  name: 'github',
  kind: 'ci',
  missing: `there is no folder ${FOLDER}`,
  detect({ list, named }) {
    if (list(FOLDER).length > 0) return { what: 'GitHub Actions', isOptional: true }
    return named.includes('github') ? { isOptional: true } : undefined
  },
  plan(project) {
    const { manager } = project
    const calling = workflows(project).find(file => /\bdock-lock\b/.test(project.read(file) ?? ''))
    const file = calling ?? `${FOLDER}/dock-lock.yml`
    if (manager === undefined)
      return { steps: [], byHand: ['in GitHub Actions, install dock-lock and run: dock-lock check'] }
    return {
      steps: [
        {
          file,
          what: 'each push is checked in GitHub Actions',
          apply: text => text ?? workflow(project),
        },
      ],
    }
  },
}

function workflows({ list }: InitProject): readonly string[] {
  return list(FOLDER)
    .filter(name => /\.ya?ml$/.test(name))
    .map(name => `${FOLDER}/${name}`)
}

function workflow(project: InitProject): string {
  const setup =
    project.manager?.name === 'bun' ? [`      - uses: ${actionOf(project, 'oven-sh/setup-bun', 'v2')}`] : []
  return `${[
    'name: dock-lock',
    'on: [push, pull_request]',
    'permissions:',
    '  contents: read',
    'jobs:',
    '  check:',
    '    runs-on: ubuntu-latest',
    '    steps:',
    `      - uses: ${actionOf(project, 'actions/checkout', 'v6')}`,
    '        with:',
    '          persist-credentials: false',
    `      - uses: ${actionOf(project, 'actions/setup-node', 'v6')}`,
    '        with:',
    '          node-version: 24',
    ...setup,
    '      - run: |',
    ...checkCommands(project).map(command => `          ${command}`),
  ].join('\n')}\n`
}

/** An action as the other workflows name it: they may pin it to a commit. */
function actionOf(project: InitProject, name: string, tag: string): string {
  for (const file of workflows(project)) {
    const found = new RegExp(`\\buses:\\s*(${name}@[\\w.-]+(?: +#[^\\n]{0,40})?)`).exec(
      project.read(file) ?? '',
    )
    if (found?.[1] !== undefined) return found[1].trimEnd()
  }
  return `${name}@${tag}`
}

import { field, isObject, isStrings } from '../../lib/json.ts'
import { callsDockLock } from './calls.ts'
import type { InitProject, Integration } from './integration.ts'
import { dependsOn } from './script.ts'

const KEY = 'lint-staged'
const CALL = 'dock-lock check --staged'

/**
 * The last choice: lint-staged passes no deleted files, so a commit that only deletes the lockfile passes. The hook that runs
 * lint-staged does not have this problem.
 * @see https://github.com/lint-staged/lint-staged
 */
export const lintStaged: Integration = {
  name: KEY,
  kind: 'hook',
  missing: 'lint-staged is not among the dependencies',
  detect: project => (configOf(project) === undefined ? undefined : { what: KEY }),
  plan(project) {
    const file = configOf(project) ?? 'package.json'
    const byHand = { steps: [], byHand: [`add to ${file}, for all files: ${CALL}`] }
    const isPackage = file === 'package.json'
    if (project.folder !== '' || !/\.json$/.test(file)) return byHand
    const config = isPackage ? (top(project)?.content[KEY] ?? {}) : undefined
    if (config !== undefined && !isObject(config)) return byHand
    return {
      steps: [
        {
          file,
          what: 'each commit is checked',
          async apply(text = '{}') {
            const { updateJson } = await import('../../io/package-json.ts')
            return updateJson(file, text, content => {
              const tasks = isPackage ? (content[KEY] ?? {}) : content
              const present = field(tasks, '*') ?? []
              const all = typeof present === 'string' ? [present] : present
              if (!isStrings(all) || all.some(callsDockLock)) return undefined
              const added = { '*': all.length === 0 ? CALL : [CALL, ...all] }
              return isPackage ? { [KEY]: { ...(tasks as object), ...added } } : added
            })
          },
        },
      ],
    }
  },
}

const FILES = [
  '.lintstagedrc.json',
  '.lintstagedrc',
  '.lintstagedrc.yaml',
  '.lintstagedrc.yml',
  '.lintstagedrc.mjs',
  '.lintstagedrc.cjs',
  '.lintstagedrc.js',
  'lint-staged.config.mjs',
  'lint-staged.config.cjs',
  'lint-staged.config.js',
  'lint-staged.config.ts',
]

function configOf(project: InitProject): string | undefined {
  if (field(top(project)?.content, KEY) !== undefined) return 'package.json'
  const file = FILES.find(one => project.read(one) !== undefined)
  return file ?? (dependsOn(top(project)?.content, KEY) ? 'package.json' : undefined)
}

function top({ topManifest, manifest }: InitProject) {
  return topManifest ?? (manifest?.folder === '' ? manifest : undefined)
}

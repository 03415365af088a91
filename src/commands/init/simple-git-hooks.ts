import { normalize } from 'node:path/posix'
import { field, isObject } from '../../lib/json.ts'
import { hookCall, preCommitEntry } from './calls.ts'
import { type InitProject, type Integration, topPackage } from './integration.ts'
import { dependsOn } from './script.ts'

const KEY = 'simple-git-hooks'

/** @see https://github.com/toplenboren/simple-git-hooks */
export const simpleGitHooks: Integration = {
  name: KEY,
  kind: 'hook',
  missing: 'simple-git-hooks is not among the dependencies',
  detect: project => (configOf(project) === undefined ? undefined : { what: KEY }),
  plan(project) {
    const { file, isWhole, isJson } = configOf(project) ?? { file: 'package.json' }
    const call = hookCall(project)
    if (isJson === false) {
      if (/\bdock-lock\b/.test(isWhole === true ? (project.read(file) ?? '') : '')) return { steps: [] }
      return { steps: [], byHand: [`add to "pre-commit" in ${file}: ${call}`] }
    }
    return {
      steps: [
        {
          file,
          what: 'each commit is checked',
          async apply(text = '{}') {
            const { updateJson } = await import('../../io/package-json.ts')
            return updateJson(file, text, content => {
              const hooks = isWhole === true ? content : (content[KEY] ?? {})
              const added = preCommitEntry(hooks, call)
              if (added === undefined) return undefined
              return isWhole === true ? added : { [KEY]: { ...(hooks as object), ...added } }
            })
          },
        },
      ],
      byHand: [`to update the git hooks, run: ${project.manager?.run ?? 'npx --no'} ${KEY}`],
    }
  },
}

interface ConfigFile {
  readonly file: string
  /** Whether the hooks are the whole file, not a field of package.json. */
  readonly isWhole?: boolean
  readonly isJson?: boolean
}

/** In the order in which simple-git-hooks searches. */
const FILES = [
  '.simple-git-hooks.cjs',
  '.simple-git-hooks.js',
  '.simple-git-hooks.mjs',
  'simple-git-hooks.cjs',
  'simple-git-hooks.js',
  'simple-git-hooks.mjs',
  '.simple-git-hooks.json',
  'simple-git-hooks.json',
]

function configOf(project: InitProject): ConfigFile | undefined {
  const top = topPackage(project)
  const config = field(top?.content, KEY)
  // It may name a file.
  if (typeof config === 'string') return { file: normalize(config), isWhole: true, isJson: false }
  if (config !== undefined) return { file: 'package.json', isJson: isObject(config) }
  const file = FILES.find(one => project.read(one) !== undefined)
  if (file !== undefined) return { file, isWhole: true, isJson: file.endsWith('.json') }
  return dependsOn(top?.content, KEY) ? { file: 'package.json' } : undefined
}

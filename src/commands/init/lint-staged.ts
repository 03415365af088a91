import { field, isObject, isStrings } from '../../lib/json.ts'
import { callsDockLock } from './calls.ts'
import { type InitProject, type Integration, topPackage } from './integration.ts'
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
    const isPackage = file === 'package.json'
    const text = project.read(file) ?? ''
    const config = isPackage ? (topPackage(project)?.content[KEY] ?? {}) : undefined
    const isEditable =
      project.folder === '' && (isPackage ? isObject(config) : /(?:\.json|\.ya?ml|rc)$/.test(file))
    if (!isEditable) {
      if (callsDockLock(text.replaceAll(/['"`]/g, '\n'))) return { steps: [] }
      return { steps: [], byHand: [`add to the tasks in ${file}: '*': '${CALL}'`] }
    }
    // The file without an ending is JSON or YAML.
    const isYaml = /\.ya?ml$/.test(file) || (file.endsWith('rc') && !text.trimStart().startsWith('{'))
    return {
      steps: [
        {
          file,
          what: 'each commit is checked',
          apply: (given = '{}') => (isYaml ? inYaml(file, given) : inJson(file, given, isPackage)),
        },
      ],
    }
  },
}

async function inJson(file: string, text: string, isPackage: boolean): Promise<string> {
  const { updateJson } = await import('../../io/package-json.ts')
  return updateJson(file, text, content => {
    const tasks = isPackage ? (content[KEY] ?? {}) : content
    const present = field(tasks, '*') ?? []
    const all = typeof present === 'string' ? [present] : present
    if (!isStrings(all) || all.some(callsDockLock)) return undefined
    const added = { '*': all.length === 0 ? CALL : [CALL, ...all] }
    return isPackage ? { [KEY]: { ...(tasks as object), ...added } } : added
  })
}

async function inYaml(file: string, text: string): Promise<string> {
  const { appendEntry, readYaml } = await import('../../io/yaml-edit.ts')
  const present = field(await readYaml(file, text), '*')
  const all = typeof present === 'string' ? [present] : present
  if (isStrings(all) && all.some(callsDockLock)) return text
  return present === undefined
    ? appendEntry(file, text, [], [`'*': ${CALL}`])
    : appendEntry(file, text, ['*'], [`- ${CALL}`])
}

const FILES = [
  '.lintstagedrc',
  '.lintstagedrc.json',
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
  const content = topPackage(project)?.content
  if (field(content, KEY) !== undefined) return 'package.json'
  const file = FILES.find(one => project.read(one) !== undefined)
  return file ?? (dependsOn(content, KEY) ? 'package.json' : undefined)
}

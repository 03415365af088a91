import { field, isObject } from '../../lib/json.ts'
import { hookCall, preCommitEntry } from './calls.ts'
import { type InitProject, type Integration, topPackage } from './integration.ts'
import { withHookCall } from './shell-hook.ts'

/** @see https://typicode.github.io/husky/ */
export const husky: Integration = {
  name: 'husky',
  kind: 'hook',
  missing: 'there is no folder .husky',
  detect(project) {
    if (folderOf(project) !== undefined) return { what: 'husky' }
    const old = oldConfigOf(project)
    return old === undefined ? undefined : { what: `husky 4 (${old})` }
  },
  plan(project) {
    const call = hookCall(project)
    const folder = folderOf(project)
    if (folder === undefined) return planOld(project, call)
    const file = `${folder}/pre-commit`
    const text = project.read(file)
    // Husky 9 runs it with `sh -e`. Older versions ignore a file that is not executable.
    const change = text === undefined || text.trim() === '' ? `${call}\n` : withHookCall(text, call)
    if (change === undefined)
      return { steps: [], byHand: [`${file} is not a shell script; make it run: ${call}`] }
    return { steps: [{ file, what: 'each commit is checked', apply: () => change, isExecutable: true }] }
  },
}

/** The folder of hooks, from the top folder. It exists once husky is set up. */
function folderOf({ folder, manifest, list }: InitProject): string | undefined {
  const folders = [...new Set(['', folder, manifest?.folder ?? ''])]
  return folders.map(one => (one === '' ? '.husky' : `${one}/.husky`)).find(one => list(one).length > 0)
}

/** Where the hooks of husky 4 and older are configured. */
const OLD_FILES = [
  '.huskyrc',
  '.huskyrc.json',
  '.huskyrc.yaml',
  '.huskyrc.yml',
  '.huskyrc.js',
  'husky.config.js',
]

function oldConfigOf(project: InitProject): string | undefined {
  if (isObject(oldHooks(topPackage(project)?.content))) return 'package.json'
  return OLD_FILES.find(file => project.read(file) !== undefined)
}

function oldHooks(content: unknown): unknown {
  return field(field(content, 'husky'), 'hooks')
}

function planOld(project: InitProject, call: string): ReturnType<Integration['plan']> {
  const file = oldConfigOf(project)
  if (file !== 'package.json') return { steps: [], byHand: [`add to "pre-commit" in ${file}: ${call}`] }
  return {
    steps: [
      {
        file,
        what: 'each commit is checked',
        async apply(text = '{}') {
          const { updateJson } = await import('../../io/package-json.ts')
          return updateJson(file, text, content => {
            const hooks = oldHooks(content)
            const added = preCommitEntry(hooks, call)
            if (added === undefined) return undefined
            return { husky: { ...(content.husky as object), hooks: { ...(hooks as object), ...added } } }
          })
        },
      },
    ],
  }
}

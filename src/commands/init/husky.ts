import { hookCall } from './calls.ts'
import type { InitProject, Integration } from './integration.ts'
import { dependsOn } from './script.ts'
import { withHookCall } from './shell-hook.ts'

/** @see https://typicode.github.io/husky/ */
export const husky: Integration = {
  name: 'husky',
  kind: 'hook',
  missing: 'there is no folder .husky',
  detect: project => (folderOf(project) === undefined ? undefined : { what: 'husky' }),
  plan(project) {
    const file = `${folderOf(project)}/pre-commit`
    const call = hookCall(project)
    const text = project.read(file)
    // Husky runs it with `sh -e`.
    const change = text === undefined || text.trim() === '' ? `${call}\n` : withHookCall(text, call)
    if (change === undefined)
      return { steps: [], byHand: [`${file} is not a shell script; make it run: ${call}`] }
    return { steps: [{ file, what: 'each commit is checked', apply: () => change }] }
  },
}

/** The folder of hooks, from the top folder. It exists once husky is set up. */
function folderOf({ folder, manifest, topManifest, list }: InitProject): string | undefined {
  const folders = [...new Set(['', folder, manifest?.folder ?? ''])]
  const found = folders
    .map(one => (one === '' ? '.husky' : `${one}/.husky`))
    .find(one => list(one).length > 0)
  if (found !== undefined) return found
  const isNamed = [manifest, topManifest].some(one => dependsOn(one?.content, 'husky'))
  return isNamed && list('.husky').length > 0 ? '.husky' : undefined
}

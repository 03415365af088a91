import { DockLockError } from '../../core/error.ts'
import { field, isObject } from '../../lib/json.ts'
import { nearest } from '../../lib/nearest.ts'
import { buildsImages, callsDockLock, prependCall, scriptCall } from './calls.ts'
import type { InitProject, Integration, Manifest, Step } from './integration.ts'
import type { PackageManager } from './managers.ts'

/** The scripts of package.json that build images. */
export const script: Integration = {
  name: 'script',
  kind: 'script',
  missing: 'there is no package.json',
  detect: ({ manager }) => (manager === undefined ? undefined : { what: manager.words }),
  async plan(project) {
    const { manifest, manager } = project
    if (manifest === undefined || manager === undefined) return { steps: [] }
    const scripts = await scriptsOf(manifest, project)
    const names = scriptsThatBuild(scripts, project)
    if (names.length > 0) return { steps: names.map(name => stepFor(name, manifest, manager, project)) }
    return {
      steps: [],
      byHand: [
        `${manifest.file} has no script that builds images; to name one, run: dock-lock init --script NAME`,
        ...(isWorkspace(manifest, project)
          ? ['if a package of the workspace builds images, run init in its folder, too']
          : []),
      ],
    }
  },
}

type Scripts = Readonly<Record<string, string>>

/** Whether other packages are below this one. */
function isWorkspace({ folder, content }: Manifest, { read }: InitProject): boolean {
  return folder === '' && (content.workspaces !== undefined || read('pnpm-workspace.yaml') !== undefined)
}

async function scriptsOf({ file, content }: Manifest, { read }: InitProject): Promise<Scripts> {
  const scripts = content.scripts ?? {}
  if (isObject(scripts) && Object.values(scripts).every(one => typeof one === 'string'))
    return scripts as Scripts
  const { jsonValuePlace } = await import('../../io/json-place.ts')
  throw new DockLockError('malformed', `"scripts" in ${file} must be an object of strings`, {
    place: await jsonValuePlace(file, read(file) ?? '', ['scripts']),
    hint: 'Fix it, then run dock-lock init again',
  })
}

function scriptsThatBuild(scripts: Scripts, { script: named, manifest }: InitProject): readonly string[] {
  if (named !== undefined) {
    if (Object.hasOwn(scripts, named)) return [named]
    const [meant] = nearest(named, Object.keys(scripts), 2)
    throw new DockLockError('usage', `--script ${named}: ${manifest?.file} has no such script`, {
      hint: meant === undefined ? 'Name a script of package.json' : `Did you mean --script ${meant}?`,
    })
  }
  const literal = Object.keys(scripts).filter(name => buildsImages(scripts[name] ?? ''))
  if (literal.length > 0) return literal
  return Object.hasOwn(scripts, 'build') ? ['build'] : []
}

/** Puts the call into the script before it, or into the script itself if that one would not run. */
function stepFor(name: string, { file }: Manifest, manager: PackageManager, project: InitProject): Step {
  const call = scriptCall(project)
  return {
    file,
    what: `dock-lock runs before the script "${name}"`,
    async apply(text = '{}') {
      const { updateJson } = await import('../../io/package-json.ts')
      return updateJson(file, text, content => {
        const scripts = (content.scripts ?? {}) as Scripts
        const before = `pre${name}`
        const isPart =
          /^(?:pre|post)./.test(name) && Object.hasOwn(scripts, name.replace(/^(?:pre|post)/, ''))
        const place = manager.runsPreScripts && !isPart ? before : name
        const calling = place === before ? [before, name] : [name]
        if (calling.some(one => callsDockLock(scripts[one] ?? ''))) return undefined
        return { scripts: { ...scripts, [place]: prependCall(call, scripts[place] ?? '') } }
      })
    },
  }
}

/** Whether one of the dependencies of a package.json is `name`. */
export function dependsOn(manifest: unknown, name: string): boolean {
  return ['dependencies', 'devDependencies', 'optionalDependencies'].some(
    kind => field(field(manifest, kind), name) !== undefined,
  )
}

import { isBakeName } from './bake/names.ts'
import type { BuildFormat } from './build-format.ts'
import { isDefaultName } from './compose/names.ts'
import { isDevcontainerName } from './devcontainer/names.ts'
import { dockerfile } from './dockerfile/index.ts'
import type { Format } from './format.ts'

/** Every kind of file that is searched for images. */
export const formats: readonly Format[] = [dockerfile]

/** A kind of file that starts builds. Its reader is loaded when there is such a file. */
export interface BuildFormatEntry {
  readonly id: 'compose' | 'bake' | 'devcontainer'
  /** Whether a file of this path is the first one of a project, by its name alone. */
  matches(path: string): boolean
  /** Whether a file that is given by hand, or included by the config, may be one. */
  accepts(path: string): boolean
  load(): Promise<BuildFormat>
}

/** Every kind of file that starts builds of Dockerfiles. */
export const buildFormats: readonly BuildFormatEntry[] = [
  {
    id: 'compose',
    matches: isDefaultName,
    accepts: path => /\.ya?ml$/.test(path),
    load: async () => (await import('./compose/index.ts')).compose,
  },
  {
    id: 'bake',
    matches: isBakeName,
    accepts: path => /\.hcl$|bake[^/]*\.json$/.test(path),
    load: async () => (await import('./bake/index.ts')).bake,
  },
  {
    id: 'devcontainer',
    matches: isDevcontainerName,
    accepts: path => /devcontainer[^/]*\.json$/.test(path),
    load: async () => (await import('./devcontainer/index.ts')).devcontainer,
  },
]

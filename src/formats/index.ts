import { isBakeName } from './bake/names.ts'
import type { BuildFormat } from './build-format.ts'
import { isDefaultName, settingsFile } from './compose/names.ts'
import { isDevcontainerName } from './devcontainer/names.ts'
import { dockerfile } from './dockerfile/index.ts'
import type { Format } from './format.ts'
import { isPackageJson, mayHoldBuilds } from './scripts/names.ts'

/** Every kind of file that is searched for images. */
export const formats: readonly Format[] = [dockerfile]

/** A kind of file that starts builds. Its reader is loaded when there is such a file. */
export interface BuildFormatEntry {
  readonly id: 'compose' | 'bake' | 'devcontainer' | 'scripts'
  /** Whether a file of this path is the first one of a project, by its name alone. */
  matches(path: string): boolean
  /** Whether a file that is given by hand, or included by the config, may be one. */
  accepts(path: string): boolean
  /**
   * Whether a file that is found by its name may start builds, by its text, which then has one of the words. If it may not, nothing is said
   * about it. Absent: it may.
   */
  readonly hints?: { readonly words: readonly string[]; mayStart(text: string): boolean }
  load(): Promise<BuildFormat>
  /** Reads these files as one project. Absent: each file is read on its own. */
  readonly ofFiles?: (paths: readonly string[]) => Promise<BuildFormat>
  /**
   * The project that settings name, if no file with a default name is in the root: its first file, and how it is read.
   * @param envFile the `.env` in the root
   */
  readonly ofSettings?: (
    env: Readonly<Record<string, string | undefined>>,
    envFile: () => string | undefined,
  ) => { readonly file: string; load(): Promise<BuildFormat> } | undefined
  /** Reads a command line, which is run in `folder`, as such a file. Absent: files of this kind have no commands. */
  readonly ofCommand?: (argv: readonly string[], folder: string) => Promise<BuildFormat>
}

/** Every kind of file that starts builds of Dockerfiles. */
export const buildFormats: readonly BuildFormatEntry[] = [
  {
    id: 'compose',
    matches: isDefaultName,
    accepts: path => /\.ya?ml$/.test(path),
    load: async () => (await import('./compose/index.ts')).compose,
    ofFiles: async paths => (await import('./compose/run.ts')).ofComposeFiles(paths),
    ofSettings(env, envFile) {
      const file = settingsFile(env, envFile)
      return file === undefined
        ? undefined
        : { file, load: async () => (await import('./compose/run.ts')).ofSettings }
    },
  },
  {
    id: 'bake',
    matches: isBakeName,
    accepts: path => /\.hcl$|bake[^/]*\.json$/.test(path),
    load: async () => (await import('./bake/index.ts')).bake,
    ofFiles: async paths => (await import('./bake/index.ts')).ofBakeFiles(paths),
  },
  {
    id: 'devcontainer',
    matches: isDevcontainerName,
    accepts: path => /devcontainer[^/]*\.json$/.test(path),
    load: async () => (await import('./devcontainer/index.ts')).devcontainer,
  },
  {
    id: 'scripts',
    matches: isPackageJson,
    accepts: isPackageJson,
    hints: { words: ['docker', 'podman'], mayStart: mayHoldBuilds },
    load: async () => (await import('./scripts/index.ts')).scripts,
    ofCommand: async (argv, folder) => (await import('./scripts/index.ts')).ofCommand(argv, folder),
  },
]

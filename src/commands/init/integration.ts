/** What `dock-lock init` sets up is a list of integrations. Each plans from what was read, and writes nothing itself. */
import type { PackageManager } from './managers.ts'

/** A package.json as it was read. */
export interface Manifest {
  /** From the top folder. */
  readonly file: string
  /** Its folder, from the top folder; empty if it is the top folder. */
  readonly folder: string
  readonly content: Readonly<Record<string, unknown>>
}

/** The project as `init` finds it. All files are named from the top folder, with `/`. */
export interface InitProject {
  /** The top folder of the git repository, or else the project: a real path. */
  readonly top: string
  /** Where hooks and CI run dock-lock, from the top folder; empty if it is the top folder. */
  readonly folder: string
  /** The nearest package.json. */
  readonly manifest: Manifest | undefined
  /** The package.json of the top folder, if it is another. */
  readonly topManifest: Manifest | undefined
  /** Absent without a package.json. */
  readonly manager: PackageManager | undefined
  /** The package.json that depends on dock-lock: the nearest, or that of the top folder. */
  readonly dependency: 'nearest' | 'top' | undefined
  /** The folder from which git runs hooks, if it is below the top folder. It may be missing. */
  readonly hooksFolder: string | undefined
  /** `--script` */
  readonly script: string | undefined
  /** The operands of `init`: a person who names an integration wants its files to be created. */
  readonly named: readonly string[]
  /** The text of a file; undefined if there is no such file. */
  readonly read: (file: string) => string | undefined
  /** The names in a folder; empty if there is no such folder. */
  readonly list: (folder: string) => readonly string[]
}

/** One change of one file. */
export interface Step {
  readonly file: string
  /** What is true afterwards: `dock-lock runs before the script "build"`. */
  readonly what: string
  /** The new text, or the same text if nothing is missing. `text` is undefined if there is no such file. */
  readonly apply: (text: string | undefined) => string | Promise<string>
  readonly isExecutable?: true
}

export interface Plan {
  readonly steps: readonly Step[]
  /** What a person must do: after the steps, or instead of them if there are none. */
  readonly byHand?: readonly string[]
}

export interface Found {
  /** What was found, as in `npm (package-lock.json)`. Absent: nothing that a person needs to know. */
  readonly what?: string
  /** Only on request: by its name, or chosen from the list. */
  readonly isOptional?: true
}

export interface Integration {
  /** The operand that selects it. */
  readonly name: string
  /** One hook is enough, so only the first hook that is found is chosen. */
  readonly kind: 'script' | 'hook' | 'ci'
  /** The sentence for a person who names it where it is not found. */
  readonly missing: string
  readonly detect: (project: InitProject) => Found | undefined
  /** Called only if `detect` finds it. */
  readonly plan: (project: InitProject) => Plan | Promise<Plan>
}

/** The package.json of the top folder. */
export function topPackage({ topManifest, manifest }: InitProject): Manifest | undefined {
  return topManifest ?? (manifest?.folder === '' ? manifest : undefined)
}

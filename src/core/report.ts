import type { Finding } from './finding.ts'
import type { ImageDetails } from './image-uses.ts'
import type { PinMode } from './images.ts'
import type { Notice } from './notice.ts'
import type { OverrideKind } from './override.ts'
import type { SourcePolicy } from './policy.ts'
import type {
  FileReport,
  FilesOfKind,
  ImageReport,
  LockfileChange,
  LockfileReport,
  SkippedFile,
  StoreReport,
} from './report-parts.ts'
import type { Rule } from './rules.ts'
import type { Setting } from './setting.ts'
import type { OutdatedImage, UpdatedImage } from './update-report.ts'

/**
 * What one run did and found, as data, one member for each command. `--json` prints it (schema/report.schema.json), and the text reporter
 * formats it. A field that a command does not have is absent.
 */
export type Report =
  | LockReport
  | UpdateReport
  | OutdatedReport
  | CheckReport
  | VerifyReport
  | PullReport
  | UnpinReport
  | PolicyReport
  | OverrideReport
  | InitReport
  | WhyReport
  | LsReport
  | ExplainReport
  | ConfigReport

/** The report of one command: `ReportOf<'lock'>`. */
export type ReportOf<Command extends Report['command']> = Extract<Report, { readonly command: Command }>

/** What every report has. */
export interface CommonReport {
  readonly exitCode: number
  readonly milliseconds: number
}

/** The report of a command that compares files, lockfile or stores. */
export interface FindingsReport extends CommonReport {
  readonly findings: readonly Finding[]
  /** Notices do not fail a run; with `--strict` they are findings. */
  readonly notices: readonly Notice[]
  /** Files found by name that are not used, and folders that were not searched; absent if there are none. */
  readonly skipped?: readonly SkippedFile[]
}

/** The report of a command that changes files. */
export interface ChangesReport extends CommonReport {
  readonly dryRun: boolean
  /** Only files that change, without the lockfile. */
  readonly files: readonly FileReport[]
  /** Dry run: unified diffs of all changes. */
  readonly diff?: string
}

/** The report of a command that asks stores. */
export interface StoresReport extends FindingsReport {
  readonly images: readonly ImageReport[]
  /** Each store that was checked, in the order given; empty if none was. */
  readonly stores: readonly StoreReport[]
  /** The options that a next command must repeat to use the same images, platforms and stores. */
  readonly repeat?: readonly string[]
}

export interface LockReport extends StoresReport, ChangesReport {
  readonly command: 'lock'
  /** The files that were read, by their kind; absent if all are Dockerfiles. */
  readonly read?: readonly FilesOfKind[]
  readonly lockfile: LockfileChange
  /** Requests sent to registries by dock-lock itself. */
  readonly registryRequests: number
  /** Where the digests belong; `policy` also means --no-pin. */
  readonly pin: PinMode
}

export interface UpdateReport extends Omit<LockReport, 'command'> {
  readonly command: 'update'
  /** The images that were moved, or would be in a dry run. */
  readonly updates: readonly UpdatedImage[]
}

export interface OutdatedReport extends FindingsReport {
  readonly command: 'outdated'
  /** When the registries were asked, in ISO 8601. */
  readonly asOf: string
  /** How many images were looked up. */
  readonly lookedUp: number
  readonly outdated: readonly OutdatedImage[]
  /** The options that an update must repeat to find the same. */
  readonly repeat?: readonly string[]
  readonly registryRequests: number
}

export interface CheckReport extends FindingsReport {
  readonly command: 'check'
  readonly images: readonly ImageReport[]
  /** The files that were compared with the lockfile. */
  readonly checkedFiles: readonly string[]
  readonly lockfile: LockfileReport
  /** Where the digests belong. */
  readonly pin: PinMode
  /** `--staged`: the arguments of git after which the findings are gone, such as `add docker-images.lock`. */
  readonly staging?: readonly string[]
  /** `--staged`: the same, but `dock-lock` must run first. */
  readonly stagingAfterLock?: readonly string[]
  /** `--registry`: requests sent to registries. */
  readonly registryRequests?: number
}

export interface VerifyReport extends StoresReport {
  readonly command: 'verify'
  readonly lockfile: LockfileReport
}

export interface PullReport extends StoresReport {
  readonly command: 'pull'
  readonly lockfile: LockfileReport
}

export interface UnpinReport extends FindingsReport, ChangesReport {
  readonly command: 'unpin'
  readonly images: readonly ImageReport[]
}

export interface PolicyReport extends CommonReport {
  readonly command: 'policy'
  readonly images: readonly ImageReport[]
  readonly lockfile: LockfileReport
  readonly policy: SourcePolicy
}

export interface OverrideReport extends CommonReport {
  readonly command: 'override'
  readonly kind: OverrideKind
  /** The file whose builds it overrides. */
  readonly file: string
  readonly images: readonly ImageReport[]
  readonly lockfile: LockfileReport
  /** The text of the file: JSON for Bake, YAML for Compose. */
  readonly override: string
}

export interface InitReport extends ChangesReport {
  readonly command: 'init'
  /** With --merge-driver: the driver in the git config of this clone. */
  readonly mergeDriver?: { readonly command: string; readonly changed: boolean }
  /** With --docker-plugin. */
  readonly dockerPlugin?: DockerPluginReport
  /** What was found in the project, as in `npm (package-lock.json)`. */
  readonly found?: readonly string[]
  /** What can be set up here. */
  readonly steps?: readonly InitStep[]
  /** What a person has to do. */
  readonly byHand?: readonly string[]
}

export interface DockerPluginReport {
  /** The file that the docker command runs. */
  readonly path: string
  /** What that file runs: the installed dock-lock. */
  readonly program: string
  /** The docker command's configuration. */
  readonly config: string
  /** Whether hooks are on: `off` if that configuration turns all of them off. */
  readonly hooks: 'on' | 'off'
}

/** One change that `init` makes for one integration. */
export interface InitStep {
  /** The operand of `init` that selects it. */
  readonly name: string
  readonly file: string
  /** What is true afterwards, as in `dock-lock runs before the script "build"`. */
  readonly what: string
  /** `present`: nothing is missing. `offered`: not selected. */
  readonly state: 'changed' | 'present' | 'offered'
}

export interface WhyReport extends FindingsReport {
  readonly command: 'why'
  /** The images that match. */
  readonly images: readonly ImageDetails[]
  /** Each store that was asked; empty if none was. */
  readonly stores: readonly StoreReport[]
}

export interface LsReport extends FindingsReport {
  readonly command: 'ls'
  readonly images: readonly ImageDetails[]
}

export interface ExplainReport extends CommonReport {
  readonly command: 'explain'
  readonly rules: readonly Rule[]
  /** Whether the command line names them. Otherwise they are all rules. */
  readonly named: boolean
}

export interface ConfigReport extends CommonReport {
  readonly command: 'config'
  readonly settings: readonly Setting[]
}

/** Reports as the commands make them, for reporters and schema. */
import type { Report, ReportOf } from '../../src/core/report.ts'
import type { ImageReport, StoreReport } from '../../src/core/report-parts.ts'
import { fixedDigest } from './generate.ts'

export const STORE: StoreReport & { readonly reached: true } = {
  reached: true,
  label: 'docker.sock',
  name: 'Docker 28.5.2',
  host: 'unix:///var/run/docker.sock',
  imageStore: 'containerd',
  maxState: 'present',
  platforms: ['linux/amd64'],
}

export function imageReport(name: string, extra: Partial<ImageReport> = {}): ImageReport {
  const digest = fixedDigest(name.length.toString(16))
  return { key: `docker.io/library/${name}`, image: name, digest, source: 'locked', ...extra }
}

type Command = Report['command']

/** Fields of a report of one command; by default, of `lock`. */
export type Extra =
  | { [Name in Command]: { readonly command: Name } & Partial<ReportOf<Name>> }[Command]
  | (Partial<ReportOf<'lock'>> & { readonly command?: never })

const COMMON = { exitCode: 0, milliseconds: 42.4 }
const COMPARED = { ...COMMON, findings: [], notices: [] }
const LOCKFILE = { file: 'docker-images.lock', images: 2 }
const STORED = { ...COMPARED, images: [], stores: [] }

/** The least that the report of each command holds. */
export const LEAST: { readonly [Name in Command]: ReportOf<Name> } = {
  lock: {
    command: 'lock',
    ...STORED,
    dryRun: false,
    files: [],
    lockfile: { ...LOCKFILE, changed: false, written: false, added: 0, removed: 0 },
    registryRequests: 0,
    pin: 'files',
  },
  check: {
    command: 'check',
    ...COMPARED,
    images: [],
    checkedFiles: ['Dockerfile'],
    lockfile: LOCKFILE,
    pin: 'files',
  },
  verify: { command: 'verify', ...STORED, lockfile: LOCKFILE },
  pull: { command: 'pull', ...STORED, lockfile: LOCKFILE },
  unpin: { command: 'unpin', ...COMPARED, dryRun: false, images: [], files: [] },
  policy: { command: 'policy', ...COMMON, images: [], lockfile: LOCKFILE, policy: { version: 1, rules: [] } },
  init: { command: 'init', ...COMMON, dryRun: false, files: [] },
}

export function report(extra: Extra = {}): Report {
  const { command = 'lock' } = extra
  return { ...LEAST[command], ...extra } as Report
}

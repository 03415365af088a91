/** Reports as the commands make them, for reporters and schema. */
import type { Report, ReportOf } from '../../src/core/report.ts'
import type { ImageReport, StoreReport } from '../../src/core/report-parts.ts'
import type { OutdatedImage, UpdatedImage } from '../../src/core/update-report.ts'
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

const PLACE = { file: 'Dockerfile', line: 1, column: 6 }
const BOTH = { old: 'old', new: 'new' }
const LISTS = { added: ['new'], removed: ['old'] }

/** All that is said of an image that was updated. */
export const UPDATED: UpdatedImage = {
  key: 'docker.io/library/node:22',
  image: 'node:22',
  level: 'major',
  tag: { old: '22', new: '24' },
  newKey: 'docker.io/library/node:24',
  change: {
    digest: { old: fixedDigest('a'), new: fixedDigest('b') },
    platforms: LISTS,
    created: { old: '2026-01-02T03:04:05Z', new: '2026-02-03T04:05:06Z' },
    version: BOTH,
    revision: BOTH,
    source: BOTH,
    compareLink: 'https://github.com/nodejs/docker-node/compare/old...new',
    configs: [
      {
        platforms: ['linux/amd64'],
        user: BOTH,
        entrypoint: { old: ['old'], new: ['new'] },
        environment: LISTS,
        ports: LISTS,
      },
    ],
  },
  places: [PLACE],
}

const DATED = {
  tag: '22',
  digest: fixedDigest('a'),
  date: { time: '2026-10-18T00:00:00Z', source: 'registry' },
} as const

/** All that is said of an image that is outdated. */
export const OUTDATED: OutdatedImage = {
  key: 'docker.io/library/node:22',
  image: 'node:22',
  places: [PLACE],
  level: 'major',
  locked: DATED,
  sameTag: { ...DATED, digest: fixedDigest('b') },
  wanted: { ...DATED, tag: '22.1', level: 'minor' },
  latest: { ...DATED, tag: '24', level: 'major' },
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
  update: {
    command: 'update',
    ...STORED,
    dryRun: false,
    files: [],
    lockfile: { ...LOCKFILE, changed: false, written: false, added: 0, removed: 0 },
    registryRequests: 0,
    pin: 'files',
    updates: [],
  },
  outdated: {
    command: 'outdated',
    ...COMPARED,
    asOf: '2026-11-28T00:00:00Z',
    lookedUp: 2,
    outdated: [],
    registryRequests: 2,
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

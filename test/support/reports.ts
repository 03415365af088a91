/** Reports as the commands make them, for reporters and schema. */
import type { ImageDetails } from '../../src/core/image-uses.ts'
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

const USE = { place: PLACE, text: '${BASE}', role: 'from', builds: [{ file: 'Dockerfile' }] } as const

/** Images as `why` and `ls` describe them, with every part there is. */
export const DETAILS: readonly ImageDetails[] = [
  {
    key: 'docker.io/library/a:1',
    image: 'a:1',
    state: 'different',
    digest: fixedDigest('a'),
    platforms: ['linux/amd64', 'linux/arm64/v8'],
    uses: [
      {
        ...USE,
        state: 'pinned',
        stage: 0,
        stageName: 'build',
        platform: 'linux/arm64',
        args: [{ name: 'BASE', place: PLACE }, { name: 'TARGETARCH' }],
        buildArgs: { V: '1' },
        builds: [{ file: 'compose.yaml', line: 7 }, { file: 'bake.hcl' }],
      },
      { ...USE, state: 'different', digest: fixedDigest('b') },
      { ...USE, state: 'by-tag', reason: 'arg-shared', names: ['BASE'] },
      { ...USE, state: 'policy' },
      { ...USE, state: 'unpinned', role: 'copy-from' },
      { ...USE, state: 'ignored', ignored: 'built here', role: 'mount-from' },
    ],
    since: {
      kind: 'commit',
      commit: 'c'.repeat(40),
      time: '2026-11-01T10:00:00Z',
      subject: 'Lock',
      orEarlier: true,
    },
    stores: [
      {
        store: 'docker.sock',
        platform: 'linux/amd64',
        state: 'present',
        registryUse: 'none',
        verified: true,
      },
    ],
  },
  {
    key: 'docker.io/library/b:1',
    image: 'b:1',
    state: 'unlocked',
    uses: [
      { ...USE, state: 'unlocked', role: 'syntax' },
      { ...USE, state: 'local' },
      { ...USE, state: 'outside', names: ['BASE'] },
    ],
  },
  {
    key: 'docker.io/library/c:1',
    image: 'c:1',
    state: 'unused',
    digest: fixedDigest('c'),
    uses: [],
    since: { kind: 'uncommitted' },
  },
]

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
  override: {
    command: 'override',
    ...COMMON,
    kind: 'bake',
    file: 'docker-bake.hcl',
    images: [],
    lockfile: LOCKFILE,
    override: '{}\n',
  },
  init: { command: 'init', ...COMMON, dryRun: false, files: [] },
  why: { command: 'why', ...STORED, images: [] },
  ls: { command: 'ls', ...COMPARED, images: [] },
  config: {
    command: 'config',
    ...COMMON,
    settings: [
      { name: 'pin', values: ['files'], source: 'default' },
      { name: 'ignore[0]', values: ['files: *.old'], source: 'repository', place: PLACE },
      { name: 'platforms', values: ['arm64'], source: 'environment', variable: 'DOCKER_DEFAULT_PLATFORM' },
    ],
  },
  explain: {
    command: 'explain',
    ...COMMON,
    rules: [{ code: 'unlocked', level: 'error', summary: 'An image.', text: 'An image.' }],
    named: true,
  },
}

export function report(extra: Extra = {}): Report {
  const { command = 'lock' } = extra
  return { ...LEAST[command], ...extra } as Report
}

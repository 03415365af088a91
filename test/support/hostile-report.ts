import type { Digest } from '../../src/core/digest.ts'
import type { Report } from '../../src/core/report.ts'
import { builds, reported } from './availability.ts'
import { FINDINGS, NOTICES } from './findings.ts'
import { fixedDigest, hostileText } from './generate.ts'
import type { Random } from './random.ts'
import { DETAILS, imageReport, LEAST, OUTDATED, STORE, UPDATED } from './reports.ts'

/** What is chosen from a fixed set, or checked when it is made; everything else may hold what others wrote. */
const SAFE: ReadonlySet<string> = new Set([
  'command',
  'source',
  'state',
  'registryUse',
  'maxState',
  'code',
  'cause',
  'kind',
  'pin',
  'digest',
  'previous',
  'inFile',
  'locked',
  'now',
  'diff',
  'level',
  'action',
  'ours',
  'theirs',
  'taken',
  'decidedBy',
  'role',
])

/** The commands whose reports may have these fields. */
const MAY_HAVE: Readonly<Record<string, readonly Report['command'][]>> = {
  repeat: ['lock', 'update', 'outdated', 'verify', 'pull'],
  skipped: ['lock', 'update', 'outdated', 'check', 'verify', 'pull', 'unpin', 'why', 'ls'],
  diff: ['lock', 'update', 'unpin', 'init'],
}

const LABELS = ['docker.sock', 'build-2']

/** A report of every part there is, in which every text that comes from elsewhere is hostile. */
export function hostileReport(random: Random): Report {
  const images = random.list(0, 3, () =>
    imageReport('a:1', {
      source: random.pick(['locked', 'resolved', 'adopted', 'replaced', 'updated']),
      ...(random.chance(0.3) && { previous: fixedDigest('d') as Digest }),
      ...(random.chance(0.7) && {
        stores: random.list(1, 4, () => ({
          store: random.pick(LABELS),
          platform: 'linux/amd64',
          state: random.pick(reported),
          registryUse: random.pick(builds),
          verified: random.chance(0.5),
        })),
      }),
    }),
  )
  const command = random.pick(Object.keys(LEAST) as Report['command'][])
  const least = LEAST[command]
  const all: Readonly<Record<string, unknown>> = {
    dryRun: random.chance(0.3),
    images: command === 'why' || command === 'ls' ? random.list(0, 3, () => random.pick(DETAILS)) : images,
    updates: random.list(0, 2, () => UPDATED),
    outdated: random.list(0, 2, () => OUTDATED),
    files: random.list(0, 10, () => ({
      file: 'Dockerfile',
      places: random.int(0, 2),
      written: random.chance(0.5),
    })),
    lockfile: {
      ...('lockfile' in least && least.lockfile),
      ...((command === 'lock' || command === 'update') && {
        changed: random.chance(0.5),
        added: 1,
        removed: 1,
      }),
    },
    findings: random.chance(0.7) ? random.list(0, 4, () => random.pick(FINDINGS)) : [],
    pin: random.pick(['files', 'policy']),
    stores: random
      .pick([[], ['docker.sock'], LABELS])
      .map(label =>
        random.chance(0.7)
          ? { ...STORE, label, maxState: random.pick(['present', 'cache-only']) }
          : { reached: false, label, message: 'no', hint: 'do' },
      ),
    repeat: ['--host', 'tcp://a'],
    skipped: [
      {
        file: 'Dockerfile',
        code: 'malformed',
        reason: 'why',
        place: { file: 'Dockerfile', line: 1, column: 1 },
      },
    ],
    notices: random.chance(0.5) ? random.list(0, 4, () => random.pick(NOTICES)) : [],
    diff: random.list(0, 4, () => `+${hostileText(random)}\n`).join(''),
    policy: {
      version: 1,
      rules: [{ action: 'CONVERT', selector: { identifier: 'a' }, updates: { identifier: 'b' } }],
    },
  }
  // What the command has, and sometimes what it may have.
  const has = (name: string) => name in least || (MAY_HAVE[name]?.includes(command) && random.chance(0.3))
  const whole = { ...least, ...Object.fromEntries(Object.entries(all).filter(([name]) => has(name))) }
  return poison(whole, random) as Report
}

function poison(value: unknown, random: Random): unknown {
  if (typeof value === 'string') return value + hostileText(random)
  if (Array.isArray(value)) return value.map(item => poison(item, random))
  if (typeof value !== 'object' || value === null) return value
  const isChosen = (name: string) =>
    SAFE.has(name) ||
    (name === 'reason' &&
      ('role' in value || ('code' in value && (value.code === 'by-tag' || value.code === 'not-updated'))))
  const isDigest = (inner: unknown) => typeof inner === 'string' && /^sha256:[0-9a-f]{64}$/.test(inner)
  if (Object.values(value).every(isDigest)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      isChosen(name) && typeof inner === 'string' ? inner : poison(inner, random),
    ]),
  )
}

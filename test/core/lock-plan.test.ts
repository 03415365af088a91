import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FilesAndLockfile, namedImages, undecidedImages } from '../../src/core/compare.ts'
import type { Resolution } from '../../src/core/descriptor.ts'
import type { Finding } from '../../src/core/finding.ts'
import { frozenPlan, type LockPlan, lockPlan, offlineAnswers } from '../../src/core/lock-plan.ts'
import { LOCKFILE_NAME, type Lockfile, serializeLockfile } from '../../src/core/lockfile.ts'
import { fixedDigest } from '../support/generate.ts'
import { occurrencesOf } from '../support/lines.ts'
import { withReferences } from '../support/locked.ts'

const test = suite('core/lock-plan')
const A = fixedDigest('a')
const B = fixedDigest('b')
const ALPINE = 'docker.io/library/alpine:3.20'
const NODE = 'docker.io/library/node:24'
const NOTHING = { resolutions: new Map(), findings: [], notices: [] }

interface Given {
  /** Lines of a Dockerfile. */
  readonly text: string
  readonly locked?: Lockfile
  readonly ignored?: string
  readonly complete?: boolean
  readonly pinMode?: 'files' | 'policy'
}

function inputOf({
  text,
  locked,
  ignored = '',
  complete = true,
  pinMode = 'files',
}: Given): FilesAndLockfile {
  const images = withReferences(locked ?? new Map())
  const scan = {
    sources: [{ file: 'Dockerfile' }],
    occurrences: occurrencesOf('Dockerfile', text),
    ignored: occurrencesOf('old/Dockerfile', ignored),
    findings: [],
    notices: [],
    complete,
  }
  const written = locked === undefined ? '' : serializeLockfile(locked)
  const bytes = locked === undefined ? undefined : new TextEncoder().encode(written)
  const lockfile = { file: LOCKFILE_NAME, images, text: written, bytes }
  return { scan, lockfile, pinMode, ...namedImages(scan, images) }
}

const digestsOf = ({ lockfile }: LockPlan) => [...lockfile].map(([key, { digest }]) => [key, digest])
const sourcesOf = ({ reports }: LockPlan) => reports.map(({ image, source }) => `${image} ${source}`)
const codesOf = ({ findings }: LockPlan) => findings.map(({ code }) => code)
const resolved = (digest: typeof A): Resolution => ({
  descriptor: { digest, mediaType: 'application/vnd.oci.image.manifest.v1+json', size: 1 },
})

test('a digest in a file takes precedence over the lockfile, and the lockfile over the registry', () => {
  const input = inputOf({
    text: `FROM alpine:3.20@${B}\nFROM node:24\nFROM busybox:1\n`,
    locked: new Map([
      [ALPINE, { digest: A }],
      [NODE, { digest: A }],
    ]),
  })
  assert.equal(
    undecidedImages(input.images, input.lockfile.images).map(({ key }) => key),
    ['docker.io/library/busybox:1'],
  )
  const resolutions = new Map([['docker.io/library/busybox:1', resolved(B)]])
  const plan = lockPlan(input, { ...NOTHING, resolutions })
  assert.equal(sourcesOf(plan), ['alpine:3.20 replaced', 'busybox:1 resolved', 'node:24 locked'])
  assert.equal(digestsOf(plan).sort(), [
    [ALPINE, B],
    ['docker.io/library/busybox:1', B],
    [NODE, A],
  ])
  assert.equal([...plan.pins.keys()].sort(), [...plan.lockfile.keys()].sort())
})

test('an image that cannot be resolved is a finding, and the others are locked', () => {
  const input = inputOf({ text: `FROM alpine:3.20@${A}\nFROM node:24\n` })
  const finding: Finding = {
    code: 'unresolvable',
    places: [],
    image: 'node:24',
    key: NODE,
    cause: 'not-found',
    message: 'no',
  }
  const plan = lockPlan(input, { ...NOTHING, findings: [finding] })
  assert.equal(digestsOf(plan), [[ALPINE, A]])
  assert.equal(sourcesOf(plan), ['alpine:3.20 adopted', 'node:24 undefined'])
  assert.equal(plan.findings, [finding])
  assert.ok(plan.writesLockfile)
})

test('no lockfile is created if nothing could be locked', () => {
  const input = inputOf({ text: 'FROM alpine:3.20\n' })
  const plan = lockPlan(input, offlineAnswers(input.images, [], input))
  assert.equal([codesOf(plan), plan.writesLockfile], [['unlocked'], false])
  const { writesLockfile } = lockPlan(inputOf({ text: 'FROM scratch\n' }), NOTHING)
  assert.ok(writesLockfile)
})

test('files that contradict each other keep what is locked, and are not pinned', () => {
  const locked: Lockfile = new Map([[ALPINE, { digest: fixedDigest('c') }]])
  const plan = lockPlan(inputOf({ text: `FROM alpine:3.20@${A}\nFROM alpine:3.20@${B}\n`, locked }), NOTHING)
  assert.equal(
    [codesOf(plan), digestsOf(plan), plan.pins.size],
    [['conflict'], [[ALPINE, fixedDigest('c')]], 0],
  )
})

test('an entry that no file names is removed only if all files were read; an ignored one stays', () => {
  const locked: Lockfile = new Map([
    [ALPINE, { digest: A }],
    [NODE, { digest: B }],
  ])
  const given = { text: 'FROM alpine:3.20\n', locked }
  const keys = (input: Given) => [...lockPlan(inputOf(input), NOTHING).lockfile.keys()]
  assert.equal(keys(given), [ALPINE])
  assert.equal(keys({ ...given, complete: false }).sort(), [ALPINE, NODE])
  assert.equal(keys({ ...given, ignored: 'FROM node:24\n' }).sort(), [ALPINE, NODE])
})

test('with a policy, the files get no pins', () =>
  assert.is(lockPlan(inputOf({ text: `FROM alpine:3.20@${A}\n`, pinMode: 'policy' }), NOTHING).pins.size, 0))

test('frozen: nothing changes, and each difference is a finding', () => {
  const locked: Lockfile = new Map([
    [ALPINE, { digest: A }],
    [NODE, { digest: B }],
  ])
  const input = inputOf({ text: 'FROM alpine:3.20\nFROM busybox:1\nFROM localhost/base:1\n', locked })
  const local = input.images.filter(({ reference }) => reference.registry === 'localhost')
  const plan = frozenPlan(input, local)
  assert.equal(plan.lockfile, input.lockfile.images)
  assert.equal([plan.writesLockfile, plan.pins.size], [false, 0])
  assert.equal(codesOf(plan).sort(), ['orphan', 'unlocked', 'unpinned'])
  assert.equal(
    plan.notices.map(({ code }) => code),
    ['local'],
  )
})

test.run()

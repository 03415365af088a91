/** One finding of each code, for tests that must know them all. */
import type { Finding } from '../../src/core/finding.ts'
import type { Notice } from '../../src/core/notice.ts'
import { fixedDigest } from './generate.ts'

const place = { file: 'app/Dockerfile', line: 3, column: 6 }
const other = { file: 'web/Dockerfile', line: 1, column: 6 }
const image = 'alpine:3.20'
const key = 'docker.io/library/alpine:3.20'
const digest = fixedDigest('a')
const at = { image, key, digest, platform: 'linux/arm64' }
const inStore = { ...at, places: [place, other], registryUse: 'required' } as const

/** The type makes sure that none is forgotten. */
const byCode = {
  'by-tag': {
    code: 'by-tag',
    places: [place, other],
    images: ['node:24-alpine'],
    reason: 'arg-in-middle',
    names: ['V'],
    arg: 'NODE_IMAGE',
  },
  outside: {
    code: 'outside',
    places: [place],
    texts: ['static:nonroot-${ARCH}'],
    names: ['ARCH'],
    images: ['static:nonroot-'],
  },
  local: { code: 'local', places: [place], image, key },
  moved: { code: 'moved', places: [place], image, key, locked: digest, now: fixedDigest('b') },
  unconfirmed: {
    code: 'unconfirmed',
    places: [place, other],
    images: [image, 'node:24-alpine'],
    cause: 'unreachable',
    message: 'docker.io refused the connection',
  },
  ahead: { code: 'ahead', places: [place], images: [image] },
  merged: {
    code: 'merged',
    image,
    key,
    ours: digest,
    theirs: fixedDigest('b'),
    taken: 'theirs',
    decidedBy: 'files',
  },
  ignored: { code: 'ignored', kind: 'image', place, image, reason: 'built here' },
  'held-back': {
    code: 'held-back',
    places: [place, other],
    image,
    key,
    tag: '3.21',
    digest,
    level: 'minor',
    minAge: 604_800_000,
    date: { time: '2026-01-02T03:04:05Z', source: 'registry' },
  },
  unchanged: { code: 'unchanged', places: [place], image, key, digest, platforms: ['linux/amd64'] },
  'tags-not-listed': {
    code: 'tags-not-listed',
    places: [place],
    image,
    key,
    reason: 'the registry does not list its tags',
  },
  'not-updated': {
    code: 'not-updated',
    places: [place],
    image,
    key,
    tag: '3.21',
    reason: 'shared-arg',
    names: ['busybox:3.20'],
  },
  malformed: { code: 'malformed', place, text: 'FROM Alpine', reason: 'repository name must be lower case' },
  unlocked: { code: 'unlocked', place, image, key },
  gone: { code: 'gone', places: [place, other], image, key, digest, locked: true },
  unpinned: { code: 'unpinned', place, image, key, digest },
  mismatch: {
    code: 'mismatch',
    place,
    image,
    key,
    inFile: digest,
    locked: fixedDigest('b'),
    fix: { start: { ...place, column: 17 }, end: { ...place, column: 89 }, text: `@${fixedDigest('b')}` },
  },
  conflict: {
    code: 'conflict',
    image,
    key,
    places: [
      { ...place, digest },
      { ...other, digest: fixedDigest('b') },
    ],
  },
  orphan: { code: 'orphan', place: { file: 'docker-images.lock', line: 4, column: 3 }, image, key },
  'short-name': {
    code: 'short-name',
    places: [place, other],
    image,
    key,
    engine: 'Podman 5.8.0',
    searched: 'quay.io',
  },
  unresolvable: {
    code: 'unresolvable',
    places: [place, other],
    image,
    key,
    cause: 'not-found',
    message: 'docker.io has no tag 3.20 of library/alpine',
    hint: 'Check the spelling',
  },
  'not-offered': {
    code: 'not-offered',
    places: [place, other],
    image,
    key,
    platform: 'linux/s390x',
    offered: ['linux/amd64', 'linux/arm64/v8'],
  },
  absent: { code: 'absent', ...inStore },
  untagged: { code: 'untagged', ...inStore },
  'tag-elsewhere': {
    code: 'tag-elsewhere',
    ...inStore,
    detail: { code: 'tag-holder', image: 'sha256:bbbbbbbbbbbb' },
  },
  'wrong-platform': {
    code: 'wrong-platform',
    ...inStore,
    detail: { code: 'platforms', platforms: ['linux/amd64'] },
  },
  'cache-only': { code: 'cache-only', ...inStore, registryUse: 'none' },
  incomplete: { code: 'incomplete', ...inStore },
  unlabelled: { code: 'unlabelled', ...inStore },
  'registry-contacted': {
    code: 'registry-contacted',
    ...inStore,
    registryUse: 'optional',
    detail: { code: 'pull-never' },
  },
  unknown: {
    code: 'unknown',
    ...inStore,
    registryUse: 'unknown',
    detail: { code: 'platform-hidden' },
  },
  'pull-failed': {
    code: 'pull-failed',
    ...at,
    places: [place],
    cause: 'denied',
    message: 'docker.io refused the pull',
    hint: 'docker login',
  },
  unreached: {
    code: 'unreached',
    store: 'build-2',
    cause: 'unreachable',
    message: 'no engine answers at tcp://build-2:2375',
    hint: 'Is it running?',
  },
} as const satisfies { readonly [Code in Finding['code']]: Finding & { readonly code: Code } }

export const NOTICES: readonly Notice[] = [
  byCode['by-tag'],
  byCode.outside,
  byCode.local,
  byCode.moved,
  byCode.unconfirmed,
  byCode.ahead,
  byCode.merged,
  byCode.ignored,
  byCode['held-back'],
  byCode.unchanged,
  byCode['tags-not-listed'],
  byCode['not-updated'],
  { code: 'ignored', kind: 'file', file: 'old/Dockerfile', reason: 'not built' },
]

export const FINDINGS: readonly Finding[] = Object.values(byCode)

export function finding<Code extends Finding['code']>(code: Code): (typeof byCode)[Code] {
  return byCode[code]
}

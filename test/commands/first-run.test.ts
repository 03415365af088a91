/** What the first run makes of ARGs, in the forms that people write. Each kind has three inputs or more. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../../src/core/finding.ts'
import { withFirstRun } from '../support/first-run.ts'

const test = suite('commands/first-run')

/** `by-tag V: node:20-alpine`; `outside P`. */
function wordsOf(notice: Finding): string {
  if (notice.code === 'by-tag') return `by-tag ${notice.names}: ${notice.images.join(' ')}`
  if (notice.code === 'outside')
    return [`outside ${notice.names}`, ...notice.images.map(image => `not ${image}`)].join(': ')
  return notice.code
}

interface Row {
  readonly what: string
  readonly source: string
  /** What stands in the file afterwards, digests as `D`. Default: the file as it was. */
  readonly pinned?: string
  readonly notices?: readonly string[]
  readonly locked: readonly string[]
  readonly dead?: readonly string[]
}

const OTHER = 'FROM busybox:1\n'

const rows: readonly Row[] = [
  {
    what: 'one ARG in two FROM',
    source: 'ARG BASE=x:1\nFROM ${BASE} AS a\nFROM ${BASE}\n',
    pinned: 'ARG BASE=x:1@D\nFROM ${BASE} AS a\nFROM ${BASE}\n',
    locked: ['x:1'],
  },
  {
    what: 'the tag in two FROM',
    source: 'ARG TAG=24-alpine\nFROM node:${TAG} AS a\nFROM node:$TAG\n',
    pinned: 'ARG TAG=24-alpine@D\nFROM node:${TAG} AS a\nFROM node:$TAG\n',
    locked: ['node:24-alpine'],
  },
  {
    what: 'one ARG in two FROM, one of them for a platform',
    source: 'ARG BASE=x:1\nFROM --platform=$BUILDPLATFORM ${BASE} AS a\nFROM ${BASE}\n',
    pinned: 'ARG BASE=x:1@D\nFROM --platform=$BUILDPLATFORM ${BASE} AS a\nFROM ${BASE}\n',
    locked: ['x:1'],
  },
  ...(
    [
      ['ARG V=20\nFROM node:${V}-alpine\n', 'V', 'node:20-alpine'],
      ['ARG V=1.22\nARG A=3.19\nFROM golang:${V}-alpine${A}\n', 'V', 'golang:1.22-alpine3.19'],
      ['ARG I=team/app\nFROM ${I}:1\n', 'I', 'team/app:1'],
    ] as const
  ).map(([source, arg, image]) => ({
    what: 'an ARG in the middle',
    source,
    notices: [`by-tag ${arg}: ${image}`],
    locked: [image],
  })),
  ...(
    [
      'ARG P\nARG B=gcr.io/${P}/x:1\nFROM ${B}\n',
      'ARG P\nARG B=${P}\nFROM $B\n',
      'ARG P\nARG B=${P}/x\nARG C=${B}:1\nFROM --platform=linux/arm64 ${C}\n',
    ] as const
  ).map(source => ({ what: 'through a default', source, notices: ['outside P'], locked: [] })),
  ...(
    [
      ['ARG A\n', '--platform=linux/${A}'],
      ['ARG A\n', '--platform=$A'],
      ['ARG A\nARG P=linux/${A}\n', '--platform=${P}'],
    ] as const
  ).map(([args, flag]) => ({
    what: `the platform: ${flag}`,
    source: `${args}FROM ${flag} debian:12\n`,
    pinned: `${args}FROM ${flag} debian:12@D\n`,
    notices: ['outside A'],
    locked: ['debian:12'],
  })),
  ...(
    [
      ['ARG ARCH\nFROM static:nonroot-${ARCH}\n', 'static:nonroot-'],
      ['ARG ARCH\nARG T=1${ARCH}\nFROM app:${T}\n', 'app:1'],
      ['ARG ARCH\nFROM ${ARCH}tool:2\n', 'tool:2'],
    ] as const
  ).flatMap(([source, image]) => [
    {
      what: `a name that is valid without the ARG: ${image}`,
      source,
      notices: [`by-tag ARCH: ${image}`],
      locked: [image],
    },
    {
      what: `a name that is valid without the ARG, and that the registry does not have: ${image}`,
      source,
      notices: [`outside ARCH: not ${image}`],
      locked: [],
      dead: [image],
    },
  ]),
  ...(
    [
      ['ARG B=alpine:3', 'FROM ${B}\nARG B\n'],
      ['ARG B=alpine:3', 'FROM ${B}\nARG B\nRUN ["true"]\nCOPY a /a\n'],
      ['ARG B=alpine:3', 'FROM ${B} AS one\nARG B\nFROM ${B}\nARG B\nWORKDIR /a\n'],
    ] as const
  ).map(([arg, rest]) => ({
    what: 'an ARG that a stage repeats and never uses',
    source: `${arg}\n${rest}`,
    pinned: `${arg}@D\n${rest}`,
    locked: ['alpine:3'],
  })),
  ...(
    [
      ['ARG V=20\nFROM node:${V}-alpine AS a\nFROM node:${V}-alpine\n', 'node:20-alpine'],
      ['ARG V=20\nFROM node:${V}-alpine AS a\nFROM a AS b\nFROM node:$V-alpine\n', 'node:20-alpine'],
      ['ARG V=20\nARG B=node:${V}-slim\nFROM ${B} AS a\nFROM ${B}\n', 'node:20-slim'],
    ] as const
  ).map(([source, image]) => ({
    what: 'one image in two places, with the ARG in the middle',
    source,
    notices: [`by-tag V: ${image}`],
    locked: [image],
  })),
  ...(['', ' AS a\nFROM ${REG}/ubuntu:18.04', ' AS a\nFROM ${REG}/node:20'] as const).map(more => ({
    what: 'a registry without a value',
    source: `ARG REG\nFROM \${REG}/ubuntu:18.04${more}\n`,
    notices: ['outside REG'],
    locked: [],
  })),
]

for (const { what, source, pinned = source, notices = [], locked, dead = [] } of rows) {
  test(`${what}: ${JSON.stringify(source)}`, () =>
    withFirstRun(
      { Dockerfile: source, 'other/Dockerfile': OTHER },
      async ({ root, lock, check }) => {
        const report = await lock()
        assert.equal([report.exitCode, report.findings], [0, []])
        const read = (file: string) => readFileSync(join(root, file), 'utf8').replace(/sha256:\w+/g, 'D')
        assert.is(read('Dockerfile'), pinned)
        assert.is(read('other/Dockerfile'), 'FROM busybox:1@D\n', 'nothing else is blocked')
        assert.equal(report.notices.map(wordsOf), notices)
        const images = report.images.flatMap(({ image, digest }) => (digest === undefined ? [] : [image]))
        assert.equal([...images].sort(), ['busybox:1', ...locked].sort())
        const checked = await check()
        assert.equal([checked.exitCode, checked.findings, checked.notices.map(wordsOf)], [0, [], notices])
        const strict = await check({ strict: true })
        assert.equal([strict.exitCode, strict.findings.map(wordsOf)], [notices.length > 0 ? 1 : 0, notices])
      },
      dead,
    ))
}

for (const [what, given] of [
  ['with an empty default', 'ARG PREFIX=\n'],
  ['with a registry as the default', 'ARG PREFIX=r.example/\n'],
  ['without a value', 'ARG PREFIX\n'],
] as const) {
  test(`900 places of one prefix are one notice: ${what}`, () =>
    withFirstRun(
      Object.fromEntries(
        Array.from({ length: 90 }, (_, index) => [
          `${index}/Dockerfile`,
          `${given}${'FROM ${PREFIX}alpine:3\n'.repeat(10)}`,
        ]),
      ),
      async ({ lock }) => {
        const report = await lock()
        assert.is(report.exitCode, 0)
        assert.equal(
          report.notices.map(notice => [notice.code, 'places' in notice && notice.places.length]),
          [['by-tag', 900]],
        )
      },
    ))
}

test.run()

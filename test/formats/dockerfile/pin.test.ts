import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyEdits } from '../../../src/core/edit.ts'
import type { ImageOccurrence } from '../../../src/core/occurrence.ts'
import { dockerfile } from '../../support/extract.ts'

const test = suite('dockerfile: where the digest goes')
const platforms = { buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }
const digest = `sha256:${'0'.repeat(64)}`
const other = `sha256:${'f'.repeat(64)}`

interface Given {
  readonly buildArgs?: Readonly<Record<string, readonly string[]>>
}

function imagesOf(source: string, { buildArgs = {} }: Given = {}): readonly ImageOccurrence[] {
  return dockerfile
    .extract(source, 'Dockerfile', { buildArgs, ...platforms })
    .filter(occurrence => occurrence.kind === 'image')
}

/** The file with every image pinned that can be; the digest is written `@D`. */
function pinned(source: string, given?: Given): string {
  const edits = imagesOf(source, given).flatMap(({ pin }) =>
    pin.kind === 'here' ? [{ range: pin.range, text: `@${digest}` }] : [],
  )
  return applyEdits(source, edits).replaceAll(digest, 'D')
}

/** Why the images that cannot be pinned cannot. */
function reasons(source: string, given?: Given): readonly string[] {
  return imagesOf(source, given).flatMap(({ pin }) =>
    pin.kind === 'never' ? [[pin.reason, ...pin.names].join(' ')] : [],
  )
}

const inPlace: Readonly<Record<string, readonly [before: string, after: string]>> = {
  'after the tag': ['FROM alpine:3.20 AS x\n', 'FROM alpine:3.20@D AS x\n'],
  'after a name without tag': ['FROM alpine\n', 'FROM alpine@D\n'],
  'over a digest': [`FROM alpine:3.20@${other}\n`, 'FROM alpine:3.20@D\n'],
  'over a digest without tag': [`FROM alpine@${other} AS x\n`, 'FROM alpine@D AS x\n'],
  'after a port': ['FROM localhost:5000/x\n', 'FROM localhost:5000/x@D\n'],
  'not in the platform': ['FROM --platform=linux/amd64 linux\n', 'FROM --platform=linux/amd64 linux@D\n'],
  'inside double quotes': ['FROM "alpine:3.20"\n', 'FROM "alpine:3.20@D"\n'],
  'inside single quotes': ["FROM 'alpine:3.20'\n", "FROM 'alpine:3.20@D'\n"],
  'before empty quotes': ['FROM alpine:3.20""\n', 'FROM alpine:3.20@D""\n'],
  'after an escaped character': ['FROM alpine:3.2\\0\n', 'FROM alpine:3.2\\0@D\n'],
  'before a continuation': ['FROM alpine:3.20\\\n AS x\n', 'FROM alpine:3.20@D\\\n AS x\n'],
  'before a backslash at the end of the file': ['FROM alpine:3.20\\', 'FROM alpine:3.20@D\\'],
  'after the second half of a name': ['FROM alp\\\n# no\nine:3.20\n', 'FROM alp\\\n# no\nine:3.20@D\n'],
  'over a digest in two lines': [`FROM alpine@sha256:ff\\\n${'f'.repeat(62)}\n`, 'FROM alpine@D\n'],
  'with CRLF and a byte order mark': ['\ufeffFROM alpine:3.20\r\n', '\ufeffFROM alpine:3.20@D\r\n'],
  'without a final newline': ['FROM alpine:3.20', 'FROM alpine:3.20@D'],
  'behind characters outside of the basic plane': [
    '# \u{1f600}\nFROM alpine\n',
    '# \u{1f600}\nFROM alpine@D\n',
  ],
  'in the syntax directive': [
    '# syntax=docker/dockerfile:1 x\nFROM scratch\n',
    '# syntax=docker/dockerfile:1@D x\nFROM scratch\n',
  ],
  'over a digest in the syntax directive': [
    `#syntax=a/b:1@${other}\nFROM scratch\n`,
    '#syntax=a/b:1@D\nFROM scratch\n',
  ],
  'in JSON': ['{"syntax": "a/b:1"}\n', '{"syntax": "a/b:1@D"}\n'],
  'in JSON with escapes': ['{"syntax": "a\\/b:1"}\n', '{"syntax": "a\\/b:1@D"}\n'],
  'in COPY': ['FROM scratch\nCOPY --from=a/b:1 /x /y\n', 'FROM scratch\nCOPY --from=a/b:1@D /x /y\n'],
  'in COPY, quoted': [
    'FROM scratch\nCOPY --from="a/b:1" /x /y\n',
    'FROM scratch\nCOPY --from="a/b:1@D" /x /y\n',
  ],
  'in a mount': [
    'FROM scratch\nRUN --mount=from=a/b:1,target=/x true\n',
    'FROM scratch\nRUN --mount=from=a/b:1@D,target=/x true\n',
  ],
  'in a mount, CSV quoted': [
    `FROM scratch\nRUN --mount='"from=a/b:1",target=/x' true\n`,
    `FROM scratch\nRUN --mount='"from=a/b:1@D",target=/x' true\n`,
  ],
  'in several mounts': [
    'FROM scratch\nRUN --mount=target=/x,from=a/b --mount=from=c/d:1,target=/y true\n',
    'FROM scratch\nRUN --mount=target=/x,from=a/b@D --mount=from=c/d:1@D,target=/y true\n',
  ],
  'in ONBUILD': [
    'FROM scratch\nONBUILD COPY --from=a/b:1 /x /y\n',
    'FROM scratch\nONBUILD COPY --from=a/b:1@D /x /y\n',
  ],
  'in the default of an ARG that is all of it': [
    'ARG B=alpine:3.20\nFROM ${B}\n',
    'ARG B=alpine:3.20@D\nFROM ${B}\n',
  ],
  'in the default of an ARG that ends it': ['ARG T=3.20\nFROM alpine:$T\n', 'ARG T=3.20@D\nFROM alpine:$T\n'],
  'over the digest in a default': [`ARG B=alpine:3@${other}\nFROM $B\n`, 'ARG B=alpine:3@D\nFROM $B\n'],
  'inside the quotes of a default': [
    'ARG T="3.20"\nFROM "alpine:$T"\n',
    'ARG T="3.20@D"\nFROM "alpine:$T"\n',
  ],
  'in one of several ARGs of a line': [
    'ARG A=1 T=3.20 Z=2\nFROM alpine:$T\n',
    'ARG A=1 T=3.20@D Z=2\nFROM alpine:$T\n',
  ],
  'in a default that may be overridden by `:-`': [
    'ARG T=3\nFROM alpine:${T:-9}\n',
    'ARG T=3@D\nFROM alpine:${T:-9}\n',
  ],
  'in a default that is required': ['ARG T=3\nFROM alpine:${T:?no}\n', 'ARG T=3@D\nFROM alpine:${T:?no}\n'],
  'in a branch that nothing can override': ['FROM ${X:-alpine:3}\n', 'FROM ${X:-alpine:3@D}\n'],
  'in a branch that a build arg can override': [
    'ARG X\nFROM ${X:-alpine:3}\n',
    'ARG X\nFROM ${X:-alpine:3@D}\n',
  ],
  'in a branch at the end': ['FROM alpine:${X-3}\n', 'FROM alpine:${X-3@D}\n'],
  'in a branch of a branch': ['FROM ${X:-alpine:${Y:-3}}\n', 'FROM ${X:-alpine:${Y:-3@D}}\n'],
  'in an alternative': ['ARG S=1\nFROM alpine:3${S:+-slim}\n', 'ARG S=1\nFROM alpine:3${S:+-slim@D}\n'],
  'after a branch that nothing can override': [
    'FROM ${X:-node}:2${Y:+x}4\n',
    'FROM ${X:-node}:2${Y:+x}4@D\n',
  ],
  'before a variable that is always empty': ['FROM alpine:3$NONE\n', 'FROM alpine:3@D$NONE\n'],
  'through a default that is another ARG': [
    'ARG V=3\nARG B=alpine:$V\nFROM $B\n',
    'ARG V=3@D\nARG B=alpine:$V\nFROM $B\n',
  ],
  'in a default though a stage has an ARG with a value of its own': [
    'ARG T=3\nFROM alpine:$T\nARG T=x\n',
    'ARG T=3@D\nFROM alpine:$T\nARG T=x\n',
  ],
  'in a default though ONBUILD has an ARG of that name': [
    'ARG T=3\nFROM alpine:$T\nONBUILD ARG T\n',
    'ARG T=3@D\nFROM alpine:$T\nONBUILD ARG T\n',
  ],
  'in a default in two lines': [
    'ARG \\\n  B=alp\\\nine:3\nFROM $B\n',
    'ARG \\\n  B=alp\\\nine:3@D\nFROM $B\n',
  ],
  'once for two FROMs of one ARG': [
    'ARG B=alpine:3\nFROM ${B} AS a\nFROM ${B}\n',
    'ARG B=alpine:3@D\nFROM ${B} AS a\nFROM ${B}\n',
  ],
  'once for a tag that two FROMs use': [
    'ARG T=24-alpine\nFROM node:${T} AS a\nFROM node:$T\n',
    'ARG T=24-alpine@D\nFROM node:${T} AS a\nFROM node:$T\n',
  ],
  'once though one of the FROMs has a platform': [
    'ARG B=golang:1\nFROM --platform=$BUILDPLATFORM $B AS a\nFROM $B\n',
    'ARG B=golang:1@D\nFROM --platform=$BUILDPLATFORM $B AS a\nFROM $B\n',
  ],
  'once over the digest that two FROMs have': [
    `ARG B=alpine:3@${other}\nFROM $B AS a\nFROM $B\n`,
    'ARG B=alpine:3@D\nFROM $B AS a\nFROM $B\n',
  ],
  'once through a default that two FROMs use': [
    'ARG V=3\nARG B=alpine:$V\nFROM $B AS a\nFROM $B\n',
    'ARG V=3@D\nARG B=alpine:$V\nFROM $B AS a\nFROM $B\n',
  ],
  'once for a default and for a FROM': [
    'ARG V=3\nARG B=alpine:$V\nFROM $B AS a\nFROM docker.io/library/alpine:$V\n',
    'ARG V=3@D\nARG B=alpine:$V\nFROM $B AS a\nFROM docker.io/library/alpine:$V\n',
  ],
  'in a default that a stage takes over and never uses': [
    'ARG B=alpine:3\nFROM ${B}\nARG B\n',
    'ARG B=alpine:3@D\nFROM ${B}\nARG B\n',
  ],
  'in a default that another stage takes over and never uses': [
    'ARG T=3\nFROM alpine:$T\nFROM scratch\nARG X T\n# T\nCMD ["x"]\n',
    'ARG T=3@D\nFROM alpine:$T\nFROM scratch\nARG X T\n# T\nCMD ["x"]\n',
  ],
  'in a default that a stage takes over before programs that read none': [
    'ARG T=3\nFROM alpine:$T\nARG T\nRUN --mount=target=/x set -e; apk add curl && mkdir /y\n',
    'ARG T=3@D\nFROM alpine:$T\nARG T\nRUN --mount=target=/x set -e; apk add curl && mkdir /y\n',
  ],
  'for each of two ARGs': [
    'ARG A=1\nARG B=2\nFROM x:$A\nFROM y:$B\n',
    'ARG A=1@D\nARG B=2@D\nFROM x:$A\nFROM y:$B\n',
  ],
  'once where one image is wanted for two platforms': [
    'FROM --platform=$P alpine\n',
    'FROM --platform=$P alpine@D\n',
  ],
}

for (const [name, [before, after]] of Object.entries(inPlace)) {
  test(`goes ${name}`, () => {
    const given = name.includes('two platforms') ? { buildArgs: { P: ['linux/amd64', 'linux/arm64'] } } : {}
    const source = before.includes('$P') ? `ARG P\n${before}` : before
    assert.is(pinned(source, given), before.includes('$P') ? `ARG P\n${after}` : after)
    assert.equal(reasons(source, given), [])
  })
}

const never: Readonly<Record<string, readonly [source: string, reason: string, given?: Given['buildArgs']]>> =
  {
    'an ARG in the middle': ['ARG V=24\nFROM node:${V}-alpine\n', 'arg-in-middle V'],
    'an ARG before the tag': ['ARG R=node\nFROM $R:24\n', 'arg-in-middle R'],
    'an ARG before the one at the end': ['ARG R=node\nARG T=24\nFROM $R:$T\n', 'arg-in-middle R'],
    'an ARG before a branch': ['ARG R=node\nFROM $R:${T:-24}\n', 'arg-in-middle R'],
    'an ARG in the middle of a branch': ['ARG R=node\nFROM ${B:-$R:24}\n', 'arg-in-middle R'],
    'an ARG in a branch in the middle': ['ARG R=node\nFROM ${X:-$R}:24\n', 'arg-in-middle R'],
    'an ARG in a replacement in the middle': ['ARG R=\nFROM node${X/*/$R}:24\n', 'arg-in-middle X'],
    'an ARG in the middle of a default': ['ARG R=node\nARG B=$R:24\nFROM $B\n', 'arg-in-middle R'],
    'a platform ARG in the middle': ['FROM alpine:3-$TARGETARCH-x\n', 'arg-in-middle TARGETARCH'],
    'a platform ARG at the end': ['FROM alpine:3-$TARGETARCH\n', 'arg-computed TARGETARCH'],
    'an ARG that a stage takes over': ['ARG T=3\nFROM alpine:$T\nARG T\nRUN echo $T\n', 'arg-shared T'],
    'an ARG that another stage takes over and uses': [
      'ARG T=3\nFROM alpine:$T\nFROM scratch\nARG X T\nLABEL t=$T\n',
      'arg-shared T',
    ],
    'an ARG that a default of a stage uses': ['ARG T=3\nFROM alpine:$T\nARG T\nARG U=v$T\n', 'arg-shared T'],
    'an ARG that a heredoc of a stage mentions': [
      'ARG T=3\nFROM alpine:$T\nARG T\nCOPY <<END /t\n${T}\nEND\n',
      'arg-shared T',
    ],
    'an ARG that a script of the project may read': [
      'ARG T=3\nFROM alpine:$T\nARG T\nRUN apk add make && ./build.sh\n',
      'arg-shared T',
    ],
    'an ARG that a program in JSON may read': [
      'ARG T=3\nFROM alpine:$T\nARG T\nRUN ["./build.sh"]\n',
      'arg-shared T',
    ],
    'an ARG that is a stage elsewhere': ['ARG B=x\nFROM $B AS x\nFROM $B\n', 'arg-shared B'],
    'an ARG declared twice': ['ARG T=3\nARG T=4\nFROM alpine:$T\n', 'arg-shared T'],
    'an ARG declared again without a value': ['ARG T=3\nARG T\nFROM alpine:$T\n', 'arg-shared T'],
    'an ARG used in another default': ['ARG T=3\nARG U=$T\nFROM alpine:$T\n', 'arg-shared T'],
    'an ARG used in a branch not taken': ['ARG T=3\nARG U=${V:+$T}\nFROM alpine:$T\n', 'arg-shared T'],
    'an ARG used in a platform': ['ARG T=linux/amd64\nFROM --platform=$T alpine:${T%/*}\n', 'arg-computed T'],
    'an ARG used in a platform and at the end': [
      'ARG T=amd64\nFROM --platform=$T alpine:$T\n',
      'arg-shared T',
    ],
    'an ARG used twice in a name': ['ARG T=3\nFROM alpine:$T$T\n', 'arg-in-middle T'],
    'a trimmed ARG': ['ARG V=v3\nFROM alpine:${V#v}\n', 'arg-computed V'],
    'a replaced ARG': ['ARG V=3_1\nFROM alpine:${V/_/.}\n', 'arg-computed V'],
    'an empty ARG at the end': ['ARG S=\nFROM alpine:3$S\n', 'arg-computed S'],
    'a digest in an ARG of its own': [`ARG D=${other}\nFROM alpine@$D\n`, 'arg-computed'],
    'an ARG whose value is given': ['ARG T=3\nFROM alpine:$T\n', 'arg-given T', { T: ['4'] }],
    'an ARG without default whose value is given': ['ARG T\nFROM alpine:$T\n', 'arg-given T', { T: ['4'] }],
    'an ARG given as it is': ['ARG T=3\nFROM alpine:$T\n', 'arg-given T', { T: ['3'] }],
    'a given ARG in a default': ['ARG T=3\nARG B=alpine:$T\nFROM $B\n', 'arg-given T', { T: ['4'] }],
    'a given ARG in the middle': ['ARG V=3\nFROM node:$V-alpine\n', 'arg-in-middle V', { V: ['4'] }],
    'a given platform ARG': ['FROM alpine:$TARGETARCH\n', 'arg-given TARGETARCH', { TARGETARCH: ['x'] }],
    'a frontend that is given': [
      '# syntax=a/b:1\nFROM scratch\n',
      'arg-given BUILDKIT_SYNTAX',
      { BUILDKIT_SYNTAX: ['c/d:2'] },
    ],
    'a bare name in ONBUILD': ['FROM scratch\nONBUILD COPY --from=busybox /a /b\n', 'onbuild-name'],
  }

for (const [name, [source, reason, buildArgs = {}]] of Object.entries(never)) {
  test(`goes nowhere for ${name}`, () => {
    assert.equal(reasons(source, { buildArgs }), [reason])
    assert.is(pinned(source, { buildArgs }), source)
  })
}

test('an ARG that two FROMs use is pinned for neither', () => {
  const source = 'ARG T=3\nFROM a:$T\nFROM b:$T\n'
  assert.equal(reasons(source), ['arg-shared T', 'arg-shared T'])
  assert.is(pinned(source), source)
})

test('an ARG whose other use is behind an ARG that leaks is pinned for neither', () => {
  const source = 'ARG V=3\nARG B=alpine:$V\nFROM alpine:$V\nFROM --platform=$B $B\n'
  assert.equal(reasons(source), ['arg-shared V', 'arg-shared B'])
  assert.is(pinned(source), source)
})

test('of several given values, none is written; each is an image and says what made it', () => {
  const images = imagesOf('ARG V=9\nARG W=9\nFROM node:$V-$W\nFROM alpine\n', {
    buildArgs: { V: ['1', '2'], W: ['3'], UNUSED: ['1', '2'] },
  })
  assert.equal(
    images.map(({ reference, buildArgs }) => [reference.tag, buildArgs]),
    [
      ['1-3', { V: '1', W: '3' }],
      ['2-3', { V: '2', W: '3' }],
      ['latest', undefined],
    ],
  )
})

test('one image by default and by build arg is pinned in the default', () => {
  const source = 'ARG B\nFROM ${B:-alpine}\n'
  const given = { buildArgs: { B: ['alpine', ''] } }
  assert.equal(reasons(source, given), ['arg-given B'])
  assert.is(pinned(source, given), 'ARG B\nFROM ${B:-alpine@D}\n')
})

test('what a build arg means with the file pinned is what it meant before', () => {
  const source = 'ARG T=3\nARG B=alpine:$T\nFROM ${B:-busybox}\nFROM node:${N-24}\n'
  const after = pinned(source).replaceAll('D', digest)
  assert.is.not(after, source)
  for (const buildArgs of [
    { T: ['4'] },
    { B: ['debian:12'] },
    { B: [''] },
    { B: ['x/y@D'.replace('D', other)] },
  ]) {
    const before = imagesOf(source, { buildArgs }).map(({ reference }) => reference.original)
    const now = imagesOf(after, { buildArgs }).map(({ reference }) => reference.original)
    assert.equal(now[0], before[0])
    assert.equal(now[1], `${before[1]}@${digest}`)
  }
})

test.run()

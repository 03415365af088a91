import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dockerfile } from '../../support/extract.ts'

const test = suite('dockerfile: ARGs without a value')
const platforms = { buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }

/** `variable P`, `image gcr.io/x:1 unset P`, `invalid`. */
function found(
  source: string,
  buildArgs: Readonly<Record<string, readonly string[]>> = {},
): readonly string[] {
  return dockerfile.extract(source, 'Dockerfile', { buildArgs, ...platforms }).map(one => {
    if (one.kind === 'variable') return ['variable', ...one.names].join(' ')
    if (one.kind !== 'image') return one.kind
    const unset = one.unset === undefined ? [] : ['unset', ...one.unset]
    return ['image', one.reference.original, ...unset].join(' ')
  })
}

const cases: Readonly<Record<string, readonly [source: string, expected: readonly string[]]>> = {
  directly: ['ARG BASE\nFROM ${BASE}\nFROM alpine:3\n', ['variable BASE', 'image alpine:3']],
  'in the middle': ['ARG V\nFROM node:${V}-slim\n', ['variable V']],
  'as the tag': ['ARG T\nFROM sdk:${T}\n', ['variable T']],
  'as the registry': ['ARG REG\nFROM ${REG}/ubuntu:18.04\n', ['variable REG']],
  'through a default': ['ARG P\nARG B=gcr.io/${P}/x:1\nFROM ${B}\n', ['variable P']],
  'through a default that is nothing else': ['ARG P\nARG B=${P}\nFROM ${B}\n', ['variable P']],
  'through two defaults': ['ARG P\nARG B=${P}/x\nARG C=${B}:1\nFROM ${C}\n', ['variable P']],
  'two of them': ['ARG I\nARG T\nFROM ${I}:${T}\n', ['variable I T']],
  'in a platform': ['ARG A\nFROM --platform=linux/${A} debian:12\n', ['variable A', 'image debian:12']],
  'as the platform': ['ARG P\nFROM --platform=$P debian:12\n', ['variable P', 'image debian:12']],
  'in a platform through a default': [
    'ARG A\nARG P=linux/$A\nFROM --platform=${P} debian:12\n',
    ['variable A', 'image debian:12'],
  ],
  'asked for': ['ARG V\nFROM alpine:${V:?which}\n', ['variable V']],
  'asked for in a default': ['ARG V\nARG B=a:${V?}\nFROM alpine:3\n', ['variable V', 'image alpine:3']],
  'with an empty default': ['ARG BASE=\nFROM ${BASE}\n', ['variable BASE']],
  'at the end of a name that is one without it': [
    'ARG ARCH\nFROM static:nonroot-${ARCH}\n',
    ['image static:nonroot- unset ARCH'],
  ],
  'before a name that is one without it': ['ARG P\nFROM ${P}alpine:3\n', ['image alpine:3 unset P']],
  'in a default that is a name without it': [
    'ARG S\nARG B=alpine:3${S}\nFROM $B\n',
    ['image alpine:3 unset S'],
  ],
  'with what it means otherwise': ['ARG B\nFROM ${B:-alpine}\n', ['image alpine']],
  'that only adds something': ['ARG S\nFROM alpine:3${S:+-slim}\n', ['image alpine:3']],
  'declared by nobody: no build can give it one': ['FROM ${BASE}\n', ['invalid']],
  'declared in a stage alone': ['FROM alpine:3\nARG V\nFROM node:${V}\n', ['image alpine:3', 'invalid']],
  'declared by nobody, in a platform': ['FROM --platform=$P alpine\n', ['invalid', 'image alpine']],
  'declared by nobody and asked for': ['FROM alpine:${V:?}\n', ['invalid']],
}

for (const [name, [source, expected]] of Object.entries(cases))
  test(name, () => assert.equal(found(source), expected))

test('a value that is given is one', () => {
  assert.equal(found('ARG P\nARG B=gcr.io/${P}/x:1\nFROM ${B}\n', { P: ['p'] }), ['image gcr.io/p/x:1'])
  assert.equal(found('ARG ARCH\nFROM static:nonroot-${ARCH}\n', { ARCH: [''] }), ['image static:nonroot-'])
})

test.run()

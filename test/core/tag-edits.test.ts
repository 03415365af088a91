import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyEdits } from '../../src/core/edit.ts'
import { tagEdits } from '../../src/core/tag-edits.ts'
import { dockerfile } from '../support/extract.ts'

const test = suite('tag edits')

type Args = Readonly<Record<string, readonly string[]>>

function extract(text: string, buildArgs: Args = {}) {
  return dockerfile.extract(text, 'Dockerfile', {
    buildArgs,
    buildPlatform: 'linux/amd64',
    targetPlatform: 'linux/amd64',
  })
}

/** The text once its first image has the tag; undefined if it cannot. */
function retagged(text: string, tag: string, args: Args = {}) {
  const image = extract(text, args).find(one => one.kind === 'image')
  const edits = image?.kind === 'image' && image.tag !== undefined ? tagEdits(image.tag, tag) : undefined
  return edits === undefined ? undefined : applyEdits(text, edits)
}

const ROWS: readonly (readonly [string, string, string, string | undefined])[] = [
  ['a literal tag', 'FROM node:22.1-alpine AS x\n', '22.4-alpine', 'FROM node:22.4-alpine AS x\n'],
  [
    'before a digest',
    `FROM node:22@sha256:${'a'.repeat(64)}\n`,
    '24',
    `FROM node:24@sha256:${'a'.repeat(64)}\n`,
  ],
  ['a port is no tag', 'FROM localhost:5000/node:22\n', '24', 'FROM localhost:5000/node:24\n'],
  ['in quotes', 'FROM "node:22"\n', '24', 'FROM "node:24"\n'],
  [
    'COPY --from',
    'FROM scratch\nCOPY --from=node:22 /a /b\n',
    '24',
    'FROM scratch\nCOPY --from=node:24 /a /b\n',
  ],
  [
    'RUN --mount',
    'FROM scratch\nRUN --mount=type=bind,from=node:22,target=/x true\n',
    '24',
    'FROM scratch\nRUN --mount=type=bind,from=node:24,target=/x true\n',
  ],
  [
    'syntax',
    '# syntax=docker/dockerfile:1.7\nFROM scratch\n',
    '1.9',
    '# syntax=docker/dockerfile:1.9\nFROM scratch\n',
  ],
  [
    'the whole reference in an ARG',
    'ARG B=node:22-slim\nFROM $B\n',
    '24-slim',
    'ARG B=node:24-slim\nFROM $B\n',
  ],
  ['the tag in an ARG', 'ARG T=22-slim\nFROM node:$T\n', '24-slim', 'ARG T=24-slim\nFROM node:$T\n'],
  [
    'the version in an ARG',
    'ARG V=22\nFROM node:${V}-alpine\n',
    '24-alpine',
    'ARG V=24\nFROM node:${V}-alpine\n',
  ],
  [
    'the version in an ARG, in quotes',
    'ARG A=1 V="22"\nFROM node:${V}-alpine\n',
    '24-alpine',
    'ARG A=1 V="24"\nFROM node:${V}-alpine\n',
  ],
  [
    'the variant in an ARG',
    'ARG S=alpine\nFROM node:22-${S}\n',
    '24-alpine',
    'ARG S=alpine\nFROM node:24-${S}\n',
  ],
  [
    'a default made of another',
    'ARG V=22\nARG T=${V}-alpine\nFROM node:$T\n',
    '24-alpine',
    'ARG V=24\nARG T=${V}-alpine\nFROM node:$T\n',
  ],
  [
    'two versions in two ARGs',
    'ARG V=22.1\nARG A=3.20\nFROM node:${V}-alpine${A}\n',
    '22.4-alpine3.22',
    'ARG V=22.4\nARG A=3.22\nFROM node:${V}-alpine${A}\n',
  ],
  ['a default in braces', 'ARG V\nFROM node:${V:-22}\n', '24', 'ARG V\nFROM node:${V:-24}\n'],
  ['over a continuation', 'FROM \\\n  node:22\n', '24', 'FROM \\\n  node:24\n'],
  ['a part of an ARG', 'ARG V=22.1\nFROM node:${V%.*}\n', '24', undefined],
  ['another variant', 'ARG V=22\nFROM node:${V}-alpine\n', '24-slim', undefined],
  ['a tag cut by a continuation', 'FROM node:2\\\n2\n', '34', undefined],
]
for (const [name, text, tag, expected] of ROWS) test(name, () => assert.is(retagged(text, tag), expected))

test('a value that the build gives is not in the file', () => {
  assert.is(retagged('ARG V=22\nFROM node:${V}\n', '24', { V: ['23'] }), undefined)
})

test('the parts of every tag make the tag', () => {
  for (const [, text] of ROWS) {
    for (const one of extract(text)) {
      if (one.kind !== 'image') continue
      assert.is(one.tag?.map(part => part.text).join(''), one.reference.tag)
      for (const { text: part, range } of one.tag ?? [])
        if (range !== undefined) assert.is(text.slice(range.start, range.end), part)
    }
  }
})

test.run()

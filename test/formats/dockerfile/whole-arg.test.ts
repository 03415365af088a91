import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wholeArgImages } from '../../../src/formats/dockerfile/whole-arg.ts'

const test = suite('dockerfile/whole-arg')
const PLATFORM = { os: 'linux', architecture: 'amd64' }
const D = `alpine:3@sha256:${'a'.repeat(64)}`

const found = (text: string, value = 'alpine:3') =>
  wholeArgImages(
    text,
    'Dockerfile',
    { args: { BASE: [value], OTHER: ['x'] }, buildPlatform: PLATFORM, targetPlatform: PLATFORM },
    'BASE',
    value,
  ).length

test('a whole reference, whatever the default', () => {
  for (const arg of [
    'ARG BASE',
    'ARG BASE=x',
    'ARG BASE="x y"',
    "ARG BASE='x'",
    'ARG A=1 BASE=$A B=2',
    'ARG BASE=',
  ]) {
    assert.is(found(`${arg}\nFROM \${BASE}\n`), 1, arg)
    assert.is(found(`${arg}\nFROM $BASE AS a\nFROM --platform=linux/arm64 $BASE\n`, D), 2, arg)
  }
})

test('anything else', () => {
  for (const text of [
    'FROM alpine:3\n',
    'FROM ${BASE}\n',
    'ARG BASE\nFROM x/${BASE}\n',
    'ARG BASE\nFROM ${BASE}-slim\n',
    'ARG BASE\nFROM ${BASE}\nARG BASE\nRUN echo $BASE\n',
    'ARG BASE\nFROM ${BASE}\nFROM y/${BASE}\n',
    'ARG BASE\nARG BASE\nFROM ${BASE}\n',
    'ARG BASE\nARG O=${BASE}-x\nFROM ${BASE}\nFROM ${O}\n',
    'ARG BASE=a\\\nb\nFROM ${BASE}\n',
  ])
    assert.is(found(text), 0, text)
})

test.run()

/** What a run advises about an ARG helps: a person who follows it meets no other finding, and every build stays what it was. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LockReport } from '../../src/core/report.ts'
import { text } from '../../src/reporters/text.ts'
import { withFirstRun } from '../support/first-run.ts'

const test = suite('commands/hints')

/** `ARG NODE_IMAGE=node:24, FROM ${NODE_IMAGE}` */
const ADVICE = /ARG (\w+)=(\S+), FROM \$\{\w+\}$/m
const POLICY = /to build with the locked digest, use: dock-lock run/

const print = (report: LockReport) => text(report, { color: false, width: 200 })
const imagesOf = ({ images }: LockReport) => images.map(({ image, digest }) => `${image} ${digest}`)

/** The file after the first advice was followed in its first place; undefined if there is none. */
function followed(source: string, report: LockReport): string | undefined {
  const [, arg, image] = ADVICE.exec(print(report)) ?? []
  const notice = report.notices.find(one => one.code === 'by-tag' && one.arg === arg)
  const [place] = notice?.code === 'by-tag' ? notice.places : []
  if (arg === undefined || place === undefined) return undefined
  const lines = source.split('\n')
  const old = lines[place.line - 1] ?? ''
  const [before, after] = [old.slice(0, place.column - 1), old.slice(place.column - 1)]
  lines[place.line - 1] = before + after.replace(/^\S+/, () => `\${${arg}}`)
  return [`ARG ${arg}=${image}`, ...lines].join('\n')
}

for (const [what, source, steps] of [
  ['in the middle', 'ARG V=20\nFROM node:${V}-alpine\n', 1],
  ['in the middle, twice', 'ARG V=20\nFROM node:${V}-alpine AS a\nFROM node:${V}-alpine\n', 2],
  ['two images of one ARG', 'ARG V=20\nFROM node:${V}-alpine AS a\nFROM node:${V}-slim\n', 2],
  ['two images of two ARGs', 'ARG V=20\nARG W=22\nFROM node:${V}-alpine AS a\nFROM node:${W}-alpine\n', 2],
  [
    'one repository of two registries',
    'ARG V=20\nFROM node:${V}-a AS a\nFROM ghcr.io/x/node:${V}-a AS b\nFROM node:${V}-b\n',
    3,
  ],
  [
    'the name is an ARG already',
    'ARG V=20\nARG NODE_IMAGE=node:3\nFROM node:${V}-a AS a\nFROM $NODE_IMAGE\n',
    1,
  ],
  [
    'the name is the ARG of a stage',
    'ARG V=20\nFROM node:${V}-a\nARG NODE_IMAGE\nRUN echo ${NODE_IMAGE:-none}\n',
    1,
  ],
  ['a prefix', 'ARG P=\nFROM ${P}alpine:3\nFROM ${P}node:20\n', 2],
  ['computed', 'ARG V=v3\nFROM alpine:${V#v}\n', 1],
  ['in the default of another ARG', 'ARG V=1\nARG B=alpine:${V}-x\nFROM ${B} AS a\nFROM ${B}\n', 2],
  ['used by a stage', 'ARG V=3\nFROM alpine:${V}\nARG V\nRUN echo $V\n', 1],
  // Then the other one can be pinned where it is.
  ['used for two images', 'ARG V=3\nFROM alpine:${V} AS a\nFROM node:${V}\n', 1],
  ['declared twice', 'ARG V=3\nARG V=4\nFROM alpine:${V}\n', 1],
  ['a name that begins with a digit', 'ARG V=1\nFROM r.example:5000/team/3node.js:${V}-x\n', 1],
] as const) {
  test(`the advice for an ARG pins the image: ${what}`, () =>
    withFirstRun({ Dockerfile: source }, async ({ root, lock, check }) => {
      const file = join(root, 'Dockerfile')
      const first = await lock()
      let report = first
      let count = 0
      for (; count < 10; count++) {
        const next = followed(readFileSync(file, 'utf8'), report)
        if (next === undefined) break
        writeFileSync(file, next)
        report = await lock()
      }
      assert.equal([count, report.notices, report.findings], [steps, [], []])
      assert.equal(imagesOf(report), imagesOf(first))
      const strict = await check({ strict: true })
      assert.equal([strict.exitCode, strict.findings], [0, []])
    }))
}

for (const [what, source, buildArgs] of [
  ['the platform is part of the name', 'ARG V=3\nFROM alpine:${V}-${TARGETARCH}\n', {}],
  ['the platform is part of a default', 'ARG P=3-${TARGETARCH}\nFROM alpine:${P}-x\n', {}],
  ['the platform decides a branch', 'ARG V=3\nFROM alpine:${V}${TARGETVARIANT:+-v}\n', {}],
  ['the ARG has no value', 'ARG P\nFROM ${P}alpine:3\n', {}],
  ['another ARG has no value', 'ARG P\nARG V=3\nFROM ${P}alpine:${V}-x\n', {}],
  ['the value is given', 'ARG V=20\nFROM node:${V}-alpine\n', { V: ['22'] }],
  ['several values are given', 'ARG V=20\nFROM node:${V}-alpine\n', { V: ['22', '24'] }],
] as const) {
  test(`no ARG can hold the image for every build, so a policy is advised: ${what}`, () =>
    withFirstRun({ Dockerfile: source }, async ({ lock }) => {
      const printed = print(await lock({ buildArgs }))
      assert.match(printed, POLICY)
      assert.not.match(printed, ADVICE)
    }))
}

for (const [what, source, arg] of [
  ['directly', 'ARG V\nFROM node:${V}-slim\n', 'V'],
  ['through a default', 'ARG P\nARG B=gcr.io/${P}/x:1\nFROM ${B}\n', 'P'],
  ['in a platform', 'ARG A\nFROM --platform=linux/${A} debian:12\n', 'A'],
] as const) {
  test(`a value that is put into the config, as advised, locks what the build decides: ${what}`, () =>
    withFirstRun({ Dockerfile: source }, async ({ root, lock, check }) => {
      const before = print(await lock())
      assert.match(
        before,
        new RegExp(`give the value: buildArgs in .dock-lock.yaml, or --build-arg ${arg}=VALUE`),
      )
      writeFileSync(join(root, '.dock-lock.yaml'), `buildArgs:\n  ${arg}: amd64\n`)
      const report = await lock()
      assert.equal([report.exitCode, report.findings], [0, []])
      assert.is(
        report.notices.some(({ code }) => code === 'outside'),
        false,
      )
      const checked = await check()
      assert.equal([checked.exitCode, checked.findings], [0, []])
    }))
}

test('an ARG that is declared as advised is a notice, not an error', () =>
  withFirstRun({ Dockerfile: 'FROM node:${V}-slim\n' }, async ({ root, lock }) => {
    const broken = await lock()
    assert.equal([broken.exitCode, broken.findings.length], [2, 1])
    assert.match(print(broken), /Declare it before the first FROM: ARG V=VALUE/)
    writeFileSync(join(root, 'Dockerfile'), 'ARG V=22\nFROM node:${V}-slim\n')
    const report = await lock()
    assert.equal([report.exitCode, report.findings], [0, []])
  }))

test.run()

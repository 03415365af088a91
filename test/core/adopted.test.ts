import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { noteAdopted } from '../../src/core/adopted.ts'
import type { LockedImage, Lockfile } from '../../src/core/lockfile.ts'
import { unpinEdits } from '../../src/core/pin.ts'
import { digest, fixedDigest } from '../support/generate.ts'
import { occurrencesOf } from '../support/lines.ts'
import { type Files, type Locked, lockFiles, unpinFiles } from '../support/lock.ts'
import { keyReference, withReferences } from '../support/locked.ts'
import { forAll, type Random } from '../support/random.ts'

const test = suite('core/adopted')
const A = fixedDigest('a')
const B = fixedDigest('b')

function lock(files: Files, old: Lockfile, resolve: (key: string) => LockedImage): Locked | undefined {
  return lockFiles(files, old, occurrencesOf, resolve)
}

function unpin(locked: Locked): Files {
  return unpinFiles(locked, occurrencesOf)
}

/** Some files with some digests in them, and a registry in which some of these are what the tags mean. */
function project(random: Random): { files: Files; resolve: (key: string) => LockedImage } {
  const own = random.list(1, 2, () => digest(random))
  const names = ['alpine:3.20', 'alpine', 'alpine:latest', 'node:24', 'docker.io/library/node:24']
  const line = () => {
    const name = random.pick(names)
    const pinned = random.chance(0.4) ? `@${random.pick(own)}` : ''
    return `FROM ${name}${pinned}${random.chance(0.1) ? ' never' : ''}\n`
  }
  const text = () => random.list(1, 6, line).join('')
  const files = { Dockerfile: text(), ...(random.chance(0.5) && { 'a#1/2': text(), 'b c': text() }) }
  const meant = new Map<string, LockedImage>()
  const resolve = (key: string) => {
    const known = meant.get(key) ?? { digest: random.chance(0.5) ? random.pick(own) : digest(random) }
    meant.set(key, known)
    return known
  }
  return { files, resolve }
}

const none: Lockfile = new Map()

test('unpinned, files are as they were before they were pinned, whatever digests they had', () => {
  let compared = 0
  forAll(1000, random => {
    const { files, resolve } = project(random)
    const locked = lock(files, none, resolve)
    if (locked === undefined) return
    compared++
    assert.equal(unpin(locked), files)
  })
  assert.ok(compared > 150, `${compared}`)
})

test('locking again changes neither files nor lockfile, pinned or unpinned', () => {
  forAll(1000, random => {
    const { files, resolve } = project(random)
    const once = lock(files, none, resolve)
    if (once === undefined) return
    const pinned = lock(once.files, once.lockfile, resolve)
    assert.equal([...(pinned?.lockfile ?? [])], [...once.lockfile])
    assert.equal(pinned?.files, once.files)
    const again = lock(files, once.lockfile, resolve)
    assert.equal([...(again?.lockfile ?? [])], [...once.lockfile])
    assert.equal(again?.files, once.files)
  })
})

test('lines that are added without a digest lose the one they get, and no other line does', () => {
  forAll(1000, random => {
    const { files, resolve } = project(random)
    const once = lock(files, none, resolve)
    if (once === undefined) return
    const added = random.pick(['FROM alpine:3.20\n', 'FROM node:24\n', 'FROM alpine\n'])
    const insert = (text: string, at: number) => {
      const lines = text.split(/(?<=\n)/)
      return [...lines.slice(0, at), added, ...lines.slice(at)].join('')
    }
    const at = random.int(0, 6)
    const more = (all: Files): Files => ({ ...all, Dockerfile: insert(all.Dockerfile ?? '', at) })
    const twice = lock(more(once.files), once.lockfile, resolve)
    if (twice === undefined) return
    assert.equal(unpin(twice), more(files))
  })
})

test('a file in which only some places had the digest is noted with their numbers', () => {
  const text = `FROM alpine:3.20@${A}\nFROM node:24\nFROM alpine:3.20\nFROM alpine:3.20@${A}\n`
  const locked = lock({ Dockerfile: text, 'b/Dockerfile': `FROM alpine:3.20@${A}\n` }, none, () => ({
    digest: B,
  }))
  assert.equal(locked?.lockfile.get('docker.io/library/alpine:3.20'), {
    reference: keyReference('docker.io/library/alpine:3.20'),
    digest: A,
    adopted: ['Dockerfile#1,3/3', 'b/Dockerfile'],
  })
  assert.is(locked?.lockfile.get('docker.io/library/node:24')?.adopted, undefined)
})

test('what was noted of a file that is not read is kept; of one that is gone, not', () => {
  const old = withReferences(
    new Map([['docker.io/library/alpine:3.20', { digest: A, adopted: ['a', 'b#1/2', 'c'] }]]),
  )
  const occurrences = occurrencesOf('a', 'FROM alpine:3.20\n')
  const note = (isRead: (file: string) => boolean) =>
    noteAdopted(occurrences, old, old, isRead).get('docker.io/library/alpine:3.20')?.adopted
  assert.equal(
    note(file => file === 'a'),
    ['b#1/2', 'c'],
  )
  assert.is(
    note(() => true),
    undefined,
  )
})

test('where nobody can tell whose a digest is, it stays', () => {
  const lockfile = new Map([['docker.io/library/alpine:3.20', { digest: A, adopted: ['Dockerfile#2/3'] }]])
  const text = `FROM alpine:3.20@${A}\n`.repeat(4)
  assert.equal(unpinEdits(occurrencesOf('Dockerfile', text), lockfile), [])
})

test('a digest without a tag that is what `latest` means goes by that name, and stays', () => {
  const files = { Dockerfile: `FROM alpine@${A}\nFROM alpine\n` }
  const locked = lock(files, none, () => ({ digest: A }))
  const latest = 'docker.io/library/alpine:latest'
  assert.equal(
    [...(locked?.lockfile ?? [])],
    [[latest, { reference: keyReference(latest), digest: A, adopted: ['Dockerfile#1/2'] }]],
  )
  assert.equal(locked?.files, { Dockerfile: `FROM alpine@${A}\nFROM alpine@${A}\n` })
  assert.equal(locked && unpin(locked), files)
})

test.run()

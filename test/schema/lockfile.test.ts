import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { serializeLockfile, toLockfile } from '../../src/core/lockfile.ts'
import { parseReference, referenceKey } from '../../src/core/reference.ts'
import {
  digest,
  fixedDigest,
  lockfile,
  lockfileKey,
  platformText,
  referenceText,
} from '../support/generate.ts'
import { forAll, type Random } from '../support/random.ts'
import { changed, mappingsOf, schemaCheck } from './support.ts'

const test = suite('schema/docker-images.lock')
const isValid = schemaCheck('docker-images.lock')

test('what dock-lock writes is valid', () =>
  forAll(500, random => assert.ok(isValid(parse(serializeLockfile(lockfile(random)))))))

test('the lockfiles of this repository are valid', () => {
  for (const folder of ['', 'examples/npm-prebuild/', 'examples/pre-commit/']) {
    const text = readFileSync(new URL(`../../${folder}docker-images.lock`, import.meta.url), 'utf8')
    assert.ok(isValid(parse(text)), folder)
  }
})

test('any key that there can be is valid', () =>
  forAll(2000, random => {
    const document = { lockfileVersion: 1, images: { [lockfileKey(random)]: { digest: fixedDigest('a') } } }
    assert.ok(isValid(document), JSON.stringify(document))
  }))

/** A value that has no business where it is put, or some. */
function anything(random: Random): unknown {
  return random.pick<() => unknown>([
    () => null,
    () => true,
    () => random.int(-1, 3),
    () => 1.5,
    () => '',
    () => 'text',
    () => digest(random),
    () => digest(random).toUpperCase(),
    () => digest(random).slice(0, -1),
    () => `${digest(random)}\n`,
    () => platformText(random),
    () => 'application/vnd.oci.image.index.v1+json',
    () => random.pick(['a/b', 'a', '/', 'a b/c', 'text/html; charset=x', '-a/b']),
    () => [],
    () => [random.pick<unknown>(['Dockerfile', '', 1, null])],
    () => ({}),
    () => ({ [platformText(random)]: random.chance(0.7) ? digest(random) : anything(random) }),
    () => ({ digest: digest(random) }),
  ])()
}

function mutate(random: Random, document: unknown): unknown {
  const number = random.int(0, mappingsOf(document).length - 1)
  return changed(document, number, value => {
    const names = Object.keys(value)
    const name = random.pick(names.length === 0 ? ['x'] : names)
    random.pick<() => void>([
      () => delete value[name],
      () => Object.assign(value, { [name]: anything(random) }),
      () => {
        const other = random.pick([
          'lockfileVersion',
          'images',
          'digest',
          'mediaType',
          'platforms',
          'adopted',
          'linux',
          'linux/amd64/v8/x',
          'a/b',
          'windows()/amd64',
          'x',
          referenceText(random),
          'docker.io/library/A:1',
          'docker.io/library/a',
          ' docker.io/library/a:1',
          'docker.io/library/a:1\n',
        ])
        value[other] = random.chance(0.5) ? value[name] : anything(random)
      },
    ])()
  })
}

/**
 * Where the schema, which has no code, may be milder than the reader: a key that is a reference but not in its normalized form, and a
 * key's own digest, which must be the image's.
 */
function isBeyondSchema(document: unknown): boolean {
  const { images } = document as { images: Record<string, { digest: string }> }
  return Object.entries(images).some(([key, { digest }]) => {
    const parsed = parseReference(key)
    if (!parsed.ok) return parsed.problem.code === 'too-long'
    return referenceKey(parsed.reference) !== key || (key.includes('@') && !key.endsWith(`@${digest}`))
  })
}

test('what needs code only the reader refuses', () => {
  const digest = fixedDigest('a')
  const keys = ['docker.io/alpine:1', 'index.docker.io/a/b:1', 'a/b:1', `docker.io/${'a'.repeat(256)}/b:1`]
  for (const key of [...keys, `docker.io/library/a@${fixedDigest('b')}`]) {
    const document = { lockfileVersion: 1, images: { [key]: { digest } } }
    assert.ok(isValid(document), key)
    assert.not.ok(toLockfile(document).ok, key)
    assert.ok(isBeyondSchema(document), key)
  }
})

test('schema and reader accept the same documents, but for what needs code', () => {
  const seen = { accepted: 0, refused: 0 }
  forAll(4000, random => {
    let document: unknown = { lockfileVersion: 1, images: Object.fromEntries(lockfile(random)) }
    for (let times = random.int(1, 2); times > 0; times--) document = mutate(random, document)
    const byReader = toLockfile(document).ok
    const bySchema = isValid(document)
    if (!byReader && bySchema && isBeyondSchema(document)) return
    assert.is(bySchema, byReader, JSON.stringify(document))
    seen[byReader ? 'accepted' : 'refused']++
  })
  assert.ok(seen.accepted > 100 && seen.refused > 1000, JSON.stringify(seen))
})

test.run()

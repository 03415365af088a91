import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorCode } from '../../src/core/error.ts'
import type { Finding } from '../../src/core/finding.ts'
import { gatherImages } from '../../src/core/images.ts'
import { mergeOrigins, partUnresolved, type TagOrigin } from '../../src/core/local-images.ts'
import { dockerfile } from '../support/extract.ts'

const test = suite('core/local-images')
const options = { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }

function imagesOf(...names: readonly string[]) {
  const text = names.map(name => `FROM ${name}\n`).join('')
  return gatherImages(dockerfile.extract(text, 'Dockerfile', options), new Map())
}

function unresolvable(key: string, cause: ErrorCode, hint?: string): Finding {
  const common = { code: 'unresolvable' as const, places: [], image: key, key, cause, message: 'no' }
  return { ...common, ...(hint !== undefined && { hint }) }
}

const KEY = 'docker.io/library/web:1'

/** What becomes of the failed lookup of `web:1`. */
function parted(cause: ErrorCode, origin?: TagOrigin, hint?: string) {
  const origins = new Map(origin === undefined ? [] : [[KEY, origin] as const])
  const { findings, notices } = partUnresolved(imagesOf('web:1'), [unresolvable(KEY, cause, hint)], origins)
  return { findings, notices: notices.map(({ code }) => code) }
}

test('an image that only the engines have is a notice, however the registry says that it has none', () => {
  for (const cause of ['not-found', 'unauthorized', 'denied'] as const)
    for (const origin of ['local', 'unknown'] as const)
      assert.equal(parted(cause, origin), { findings: [], notices: ['local'] }, `${cause} ${origin}`)
})

test('a registry that does not answer settles nothing about an image of unknown origin', () => {
  for (const origin of ['local', 'unknown', undefined] as const)
    assert.equal(parted('unreachable', origin).findings, [unresolvable(KEY, 'unreachable')])
})

test('an image that neither a registry nor an engine has may be built later', () => {
  for (const cause of ['not-found', 'unauthorized', 'denied'] as const) {
    const { findings, notices } = parted(cause, undefined, 'Check its name.')
    assert.equal(findings, [{ ...unresolvable(KEY, cause, 'Check its name.'), mayBeLocal: true }])
    assert.equal(notices, [])
    assert.equal(parted(cause).findings, [{ ...unresolvable(KEY, cause), mayBeLocal: true }])
  }
})

test('without an engine, only a name of localhost is local', () => {
  const images = imagesOf('localhost/base:1', 'localhost/team/base', 'web:1', 'registry.example/web:1')
  assert.equal(
    [...mergeOrigins(images, [])],
    [
      ['localhost/base:1', 'local'],
      ['localhost/team/base:latest', 'local'],
    ],
  )
})

test('several engines: each must have it, and one that does not know its origin makes it unknown', () => {
  const images = imagesOf('web:1')
  const local = new Map([[KEY, 'local' as const]])
  assert.equal([...mergeOrigins(images, [local, local])], [[KEY, 'local']])
  assert.equal([...mergeOrigins(images, [local, new Map([[KEY, 'unknown' as const]])])], [[KEY, 'unknown']])
  assert.equal([...mergeOrigins(images, [local, new Map()])], [])
  assert.equal([...mergeOrigins(images, [local, undefined])], [])
})

test.run()

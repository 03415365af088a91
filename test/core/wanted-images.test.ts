import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gatherImages, type Image } from '../../src/core/images.ts'
import type { ParsedLockfile } from '../../src/core/lockfile.ts'
import type { ImageOccurrence, Role } from '../../src/core/occurrence.ts'
import { type Platform, parsePlatform } from '../../src/core/platform.ts'
import { isFoundByTag, wantedImages } from '../../src/core/wanted-images.ts'
import { dockerfile } from '../support/extract.ts'
import { fixedDigest } from '../support/generate.ts'
import { keyReference } from '../support/locked.ts'
import { platformDigests } from '../support/platform.ts'

const test = suite('core/wanted-images')

const KEY = 'docker.io/library/alpine:3.23'
const digest = fixedDigest('index')
const platforms = platformDigests({ 'linux/amd64': fixedDigest('linux/amd64') })
const LOCKFILE: ParsedLockfile = new Map([[KEY, { reference: keyReference(KEY), digest, platforms }]])

/** The files by name, as an engine on linux/amd64 reads them. */
function imagesOf(files: Readonly<Record<string, string>>): readonly Image[] {
  const options = { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }
  const occurrences = Object.entries(files).flatMap(([name, text]) => dockerfile.extract(text, name, options))
  return gatherImages(occurrences, new Map())
}

/** `linux/s390x: Dockerfile:1 Dockerfile:2` for each platform that the image lacks. */
function lacking(files: Readonly<Record<string, string>>, own: string, builds: readonly string[] = []) {
  const images = imagesOf(files)
  const { findings } = wantedImages(LOCKFILE, images, images, parsePlatform(own), {
    platforms: builds.map(name => parsePlatform(name) as Platform),
    namedOnly: false,
    isByTag: () => false,
    except: new Set(),
  })
  return findings.map(finding => {
    assert.is(finding.code, 'not-offered')
    if (finding.code !== 'not-offered') return ''
    return `${finding.platform}: ${finding.places.map(({ file, line }) => `${file}:${line}`).join(' ')}`
  })
}

const FOR = (platform: string) => `FROM --platform=linux/${platform} alpine:3.23\n`

test('a platform that an image lacks is reported where it is asked for', () => {
  const files = { 'Dockerfile.amd64': FOR('amd64'), 'Dockerfile.s390x': FOR('s390x') }
  assert.equal(lacking(files, 'linux/amd64'), ['linux/s390x: Dockerfile.s390x:1'])
  assert.equal(lacking(files, 'linux/s390x'), ['linux/s390x: Dockerfile.s390x:1'])
  assert.equal(lacking({ Dockerfile: FOR('amd64') + FOR('ppc64le') + FOR('ppc64le') }, 'linux/amd64'), [
    'linux/ppc64le: Dockerfile:2 Dockerfile:3',
  ])
})

test('a place that names no platform counts for that of the engine, or those of the builds', () => {
  const files = { 'Dockerfile.amd64': FOR('amd64'), Dockerfile: 'FROM alpine:3.23\n' }
  assert.equal(lacking(files, 'linux/s390x'), ['linux/s390x: Dockerfile:1'])
  assert.equal(lacking(files, 'linux/amd64', ['linux/amd64', 'linux/s390x']), ['linux/s390x: Dockerfile:1'])
})

test('a frontend runs on the engine, whatever is built', () => {
  const files = { Dockerfile: `# syntax=alpine:3.23\n${FOR('amd64')}`, Other: FOR('riscv64') }
  assert.equal(lacking(files, 'linux/s390x', ['linux/amd64']), [
    'linux/s390x: Dockerfile:1',
    'linux/riscv64: Other:1',
  ])
})

test('an image that no file names has no place', () => {
  assert.equal(lacking({}, 'linux/s390x'), ['linux/s390x: '])
})

test('an image is named where files ask for it on a platform, or in the lockfile', () => {
  const line = { file: 'docker-images.lock', line: 3, column: 3 }
  const placesOn = (files: Readonly<Record<string, string>>, platform: string) => {
    const images = imagesOf(files)
    const { placesOf } = wantedImages(LOCKFILE, images, images, parsePlatform('linux/amd64'), {
      platforms: [],
      namedOnly: false,
      isByTag: () => false,
      except: new Set(),
      lockedAt: () => line,
    })
    return placesOf(KEY, parsePlatform(platform) as Platform).map(place => `${place.file}:${place.line}`)
  }
  const files = { Dockerfile: `FROM alpine:3.23\n${FOR('s390x')}` }
  assert.equal(placesOn(files, 'linux/amd64'), ['Dockerfile:1'])
  assert.equal(placesOn(files, 'linux/s390x'), ['Dockerfile:2'])
  assert.equal(placesOn(files, 'windows/amd64'), ['Dockerfile:1', 'Dockerfile:2'])
  assert.equal(placesOn({}, 'linux/amd64'), ['docker-images.lock:3'])
})

test('a policy gives no digest to images that are started and not built from', () => {
  const [image] = imagesOf({ Dockerfile: 'FROM alpine:3.23\n' })
  const place = image?.occurrences[0] as ImageOccurrence
  const pinned = { ...place, reference: { ...place.reference, digest } }
  const byTag = (one: ImageOccurrence, pinMode: 'files' | 'policy') =>
    (
      [
        'from',
        'copy-from',
        'mount-from',
        'syntax',
        'service',
        'volume',
        'context',
        'dev-container',
        'arg',
      ] satisfies Role[]
    ).filter(role => isFoundByTag({ ...one, role }, pinMode))
  assert.equal(byTag(place, 'policy'), ['service', 'volume', 'dev-container'])
  assert.is(byTag(place, 'files').length, 9)
  assert.equal(byTag(pinned, 'policy'), [])
  assert.equal(byTag(pinned, 'files'), [])
  const { origins: _, ...elsewhere } = { ...place, role: 'service', pinnedElsewhere: { digest } } as const
  assert.not.ok(isFoundByTag(elsewhere, 'policy'))
})

test.run()

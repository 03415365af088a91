import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gatherImages, type Image } from '../../src/core/images.ts'
import type { ParsedLockfile } from '../../src/core/lockfile.ts'
import { notOfferedAnywhere } from '../../src/core/not-offered.ts'
import type { ImageOccurrence, Role } from '../../src/core/occurrence.ts'
import { type Platform, parsePlatform } from '../../src/core/platform.ts'
import { dockerfile } from '../support/extract.ts'
import { fixedDigest } from '../support/generate.ts'
import { keyReference } from '../support/locked.ts'
import { platformDigests } from '../support/platform.ts'

const test = suite('core/not-offered')

const KEY = 'docker.io/library/alpine:3.23'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const LOCKED = {
  reference: keyReference(KEY),
  digest: fixedDigest('a'),
  mediaType: INDEX,
  platforms: platformDigests({ 'linux/amd64': fixedDigest('b'), 'linux/arm/v7': fixedDigest('c') }),
}

/** The images of a Dockerfile as engines on amd64 and arm64 read it. */
function onEngines(text: string, targets: readonly string[]): readonly (readonly Image[])[] {
  return ['linux/amd64', 'linux/arm64'].map(engine =>
    gatherImages(
      (targets.length === 0 ? [engine] : targets).flatMap(target =>
        dockerfile.extract(text, 'Dockerfile', {
          buildArgs: {},
          buildPlatform: engine,
          targetPlatform: target,
        }),
      ),
      new Map(),
    ),
  )
}

/** `linux/s390x 1,2`: what is reported, with its lines. */
function found(
  text: string,
  targets: readonly string[] = [],
  locked: Partial<typeof LOCKED> = LOCKED,
): readonly string[] {
  const lockfile = new Map([[KEY, { reference: LOCKED.reference, digest: LOCKED.digest, ...locked }]])
  return report(lockfile as ParsedLockfile, onEngines(text, targets), targets)
}

function report(
  lockfile: ParsedLockfile,
  engines: readonly (readonly Image[])[],
  targets: readonly string[],
): readonly string[] {
  const platforms = targets.map(name => parsePlatform(name) as Platform)
  return notOfferedAnywhere(lockfile, engines, platforms).map(
    ({ platform, places }) => `${platform} ${[...new Set(places.map(({ line }) => line))].join()}`,
  )
}

test('a platform that a file or an option names', () => {
  assert.equal(found('FROM --platform=linux/s390x alpine:3.23\nFROM alpine:3.23\n'), ['linux/s390x 1'])
  assert.equal(found('FROM alpine:3.23\n', ['linux/amd64', 'linux/s390x']), ['linux/s390x 1'])
  assert.equal(found('FROM --platform=$TARGETPLATFORM alpine:3.23\n', ['linux/s390x']), ['linux/s390x 1'])
  assert.equal(found('FROM scratch\nCOPY --from=alpine:3.23 a b\n', ['linux/s390x']), ['linux/s390x 2'])
})

test('not the platform of an engine, which is not known', () => {
  assert.equal(found('FROM alpine:3.23\n'), [])
  assert.equal(found('FROM --platform=$BUILDPLATFORM alpine:3.23\n', ['linux/s390x']), [])
  assert.equal(found('FROM --platform=$TARGETPLATFORM alpine:3.23\n'), [])
  assert.equal(found('# syntax=alpine:3.23\nFROM scratch\n', ['linux/s390x']), [])
})

test('a platform that another one serves is offered', () => {
  assert.equal(found('FROM alpine:3.23\n', ['linux/amd64/v3', 'linux/arm64', 'linux/arm/v7']), [])
  assert.equal(found('FROM alpine:3.23\n', ['linux/arm/v6']), ['linux/arm/v6 1'])
})

test('only an index lists what is offered, and only that of the locked digest', () => {
  const s390x = (locked: Partial<typeof LOCKED>) => found('FROM alpine:3.23\n', ['linux/s390x'], locked)
  assert.equal(s390x({ mediaType: INDEX }), [])
  assert.equal(s390x({ ...LOCKED, mediaType: 'application/vnd.oci.image.manifest.v1+json' }), [])
  assert.equal(found(`FROM alpine:3.23@${fixedDigest('d')}\n`, ['linux/s390x']), [])
  assert.equal(found(`FROM alpine:3.23@${LOCKED.digest}\n`, ['linux/s390x']), ['linux/s390x 1'])
})

test('the image of a service has the platform of its service', () => {
  const [image] = onEngines('FROM alpine:3.23\n', [])[0] ?? []
  const place = image?.occurrences[0] as ImageOccurrence
  const withPlace = (more: { readonly role: Role; readonly platform?: Platform }) =>
    report(
      new Map([[KEY, LOCKED]]),
      [[{ ...(image as Image), occurrences: [{ ...place, ...more }] }]],
      ['linux/s390x'],
    )
  assert.equal(withPlace({ role: 'service' }), [])
  assert.equal(withPlace({ role: 'context' }), ['linux/s390x 1'])
  const riscv64 = { os: 'linux', architecture: 'riscv64' }
  assert.equal(withPlace({ role: 'service', platform: riscv64 }), ['linux/riscv64 1'])
})

test.run()

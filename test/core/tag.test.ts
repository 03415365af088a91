import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isVersionTag, newerTags, type TagPolicy, versionPart } from '../../src/core/tag.ts'

const test = suite('tags')
const newest = (current: string, tags: string, policy?: TagPolicy) =>
  newerTags(current, tags.split(' '), policy)
    .map(({ tag, level }) => `${tag} ${level}`)
    .join(', ')

const VERSIONS =
  '22 22.1 22.1.0 v1.2 V1 22.1-alpine3.20 bookworm-20241016-slim 20241016 2024-10-16 2024.10 24.04 1.2.3-4 ' +
  '16.2.0-debian-12-r5 21.0.4_7-jre-alpine 8u422-b05-jre 8.0-bookworm-slim 8.0.100-preview.1 3.14.0b2-slim ' +
  'RELEASE.2024-10-13T13-34-11Z 17.0.1-ce.0 base-20241020.0.272908 release-1.2 version-4.0.9 amd64-4.0.9 ' +
  'v20231011-8b53cabe0 2.452-jdk17 2022-CU15-ubuntu-22.04 20241016-1432 202410161432'
for (const tag of VERSIONS.split(' ')) test(`${tag} has a version`, () => assert.ok(isVersionTag(tag)))

const NONE =
  'latest bookworm noble bookworm-slim lts-jdk17 lts-alpine3.20 stable nonroot latest-dev nightly sha-abc1234 ' +
  '1a2b3c4 9e3779b9 9281736 1234567890 da39a3ee5e6b4b0d3255bfef95601890afd80709 0000000 main-1a2b3c4 pr-123 ' +
  'ltsc2022 nanoserver-1809 alpine3.20 alpine-3.20 centos7 mainline-alpine3.20 v vv1 _ -1 windowsservercore-ltsc2022'
for (const tag of NONE.split(' ')) test(`${tag} has no version`, () => assert.not(isVersionTag(tag)))
test(`an empty tag, and ones of 128 characters`, () => {
  assert.not(isVersionTag(''))
  assert.ok(isVersionTag('9.'.repeat(64)))
  assert.not(isVersionTag('9'.repeat(128)))
  assert.not(isVersionTag('a'.repeat(128)))
})

const CHOICES: readonly (readonly [what: string, current: string, tags: string, expected: string])[] = [
  [
    'newest first, with levels',
    '1.2.3',
    '1.2.4 2.0.0 1.3.0 1.2.2 1.2.3',
    '2.0.0 major, 1.3.0 minor, 1.2.4 patch',
  ],
  ['numbers, not text', '1.9.0', '1.10.0 1.8.9', '1.10.0 minor'],
  [
    'numbers above 2^53',
    '1.2.9007199254740993',
    '1.2.9007199254740992 1.2.9007199254740994',
    '1.2.9007199254740994 patch',
  ],
  ['leading zeros', '1.08', '1.8 1.008 1.09', '1.09 minor'],
  ['precision of one part', '22', '22.9 23 22.9.1 24', '24 major, 23 major'],
  ['precision of two parts', '22.1', '22.2 22 22.3.0 23', '22.2 minor'],
  ['variants stay', '22.1-slim', '22.2 22.2-alpine 22.2-slim 22.3-slim-bookworm', '22.2-slim minor'],
  [
    'the version of a variant stays',
    '22.1-alpine3.20',
    '22.2-alpine3.20 22.3-alpine3.21',
    '22.2-alpine3.20 minor',
  ],
  [
    'v comes and goes, but the spelling in use is preferred',
    'v1.2',
    'v1.3 1.3 1.4',
    '1.4 minor, v1.3 minor, 1.3 minor',
  ],
  ['v is no newer version', 'v1.2', '1.2 v1.2', ''],
  ['pre-releases are for others', '1.2.0', '1.3.0-rc1 1.3.0rc2 1.3.0-beta.1 1.3.0-preview2', ''],
  [
    'a pre-release leads to its release',
    '3.14.0b2-slim',
    '3.14.0a9-slim 3.14.0b3-slim 3.14.0rc1-slim 3.14.0-slim 3.15.0a1-slim 3.14.0rc-slim',
    '3.14.0-slim patch, 3.14.0rc1-slim patch, 3.14.0b3-slim patch',
  ],
  ['a floating pre-release', '3.14-rc', '3.14-rc1 3.15-rc 3.14 3.14.0', '3.14 patch'],
  ['numbers of a pre-release', '9.0-rc.2', '9.0-rc.10 9.0-rc.1', '9.0-rc.10 patch'],
  ['dev is a variant', '22-dev', '23-dev 23', '23-dev major'],
  ['dev with a number is a pre-release', '3.1-dev9', '3.1-dev10 3.1 3.1-dev', '3.1 patch, 3.1-dev10 patch'],
  [
    'build numbers',
    '1.2.3-4',
    '1.2.3-10 1.2.3-5 1.2.4 1.2.4-1',
    '1.2.4-1 patch, 1.2.3-10 patch, 1.2.3-5 patch',
  ],
  [
    'revisions',
    '16.2.0-debian-12-r5',
    '16.2.0-debian-12-r10 16.2.0-debian-11-r99 16.2.0',
    '16.2.0-debian-12-r10 patch',
  ],
  [
    'builds of Java',
    '21.0.4_7-jre',
    '21.0.5_11-jre 21.0.4_8-jre 21.0.4_7-jdk',
    '21.0.5_11-jre patch, 21.0.4_8-jre patch',
  ],
  [
    'updates of Java 8',
    '8u422-b05-jre',
    '8u432-b06-jre 8u422-b06-jre',
    '8u432-b06-jre patch, 8u422-b06-jre patch',
  ],
  [
    'a date is a year, month and day',
    '20241016',
    '20241017 20241101 20250101 20241015',
    '20250101 major, 20241101 minor, 20241017 patch',
  ],
  ['dates with dashes', '2024-10-16', '2024-10-17 20241018 2024-9-30', '2024-10-17 patch'],
  [
    'a date after a word is a rebuild',
    'bookworm-20241016-slim',
    'bookworm-20250101-slim trixie-20250101-slim bookworm-20250101',
    'bookworm-20250101-slim patch',
  ],
  ['a date after a version', '18.0-20241016', '18.0-20241101 18.0 18.0-5', '18.0-20241101 patch'],
  ['a date is no version', '3', '20240923 2024-09-23 9281736 4', '4 major'],
  ['a number of seconds is no patch', '1.2.3', '1.2.1726694543 1.2.20241016 1.2.4', '1.2.4 patch'],
  [
    'times',
    'RELEASE.2024-10-13T13-34-11Z',
    'RELEASE.2024-10-13T13-34-12Z RELEASE.2024-10-29T16-01-48Z.fips',
    'RELEASE.2024-10-13T13-34-12Z patch',
  ],
  ['Ubuntu with long support', '22.04', '22.10 23.04 24.04 24.10 25.10', '24.04 major'],
  ['Ubuntu between', '24.10', '24.04 25.04 26.04', '26.04 major, 25.04 major'],
  ['months of a year', '24.09-py3', '24.10-py3 25.01-py3', '25.01-py3 major, 24.10-py3 major'],
  ['months and program versions', '22.10', '22.11 22.9 22.1', '22.11 minor'],
  [
    'the Windows release stays',
    '10.0.17763.6293',
    '10.0.17763.6414 10.0.20348.2762',
    '10.0.17763.6414 patch',
  ],
  ['architectures stay', '1.2.3-arm-v7', '1.2.4-arm-v8 1.2.4-arm-v7', '1.2.4-arm-v7 patch'],
  [
    'hashes after a version',
    'v1.2.0-1a2b3c4',
    'v1.2.0-ffffff0 v1.3.0-0a0b0c0 v1.3.0',
    'v1.3.0-0a0b0c0 minor',
  ],
  [
    'a number before a variant may be a program',
    '1.2.3-20-slim',
    '1.2.3-22-slim 1.2.4-20-slim',
    '1.2.4-20-slim patch',
  ],
  [
    'a long number before a variant is a build',
    '11.4.0-79146-ubuntu',
    '11.4.0-203117-ubuntu',
    '11.4.0-203117-ubuntu patch',
  ],
  ['a number after one part may be a program', '1-20', '1-22 2-20', '2-20 major'],
  [
    'v and a number after two parts may be a version',
    '8.2-v4-cli',
    '8.2-v5-cli 8.3-v4-cli',
    '8.3-v4-cli minor',
  ],
  ['dotted builds', '8.0.36-28.1', '8.0.36-28.2 8.0.37-29', '8.0.36-28.2 patch'],
  ['Final is a release', '1.3.0.CR1', '1.3.0.Final 1.3.0.CR2', '1.3.0.Final patch, 1.3.0.CR2 patch'],
  ['a beta leads to no snapshot', '9.0.0-beta1', '9.0.0-SNAPSHOT 9.0.0-beta2', '9.0.0-beta2 patch'],
  [
    'a second image of one day',
    'noble-20241009',
    'noble-20241009.1 noble-20241010',
    'noble-20241010 patch, noble-20241009.1 patch',
  ],
  ['another program in the variant', '16-3.4', '16-3.5 17-3.4 17-3.5', '17-3.4 major'],
]
for (const [what, current, tags, expected] of CHOICES)
  test(`${current}: ${what}`, () => assert.is(newest(current, tags), expected))

test('policies', () => {
  const tags = '1.2.4 1.3.0 2.0.0 2.1.0-rc1'
  assert.is(newest('1.2.3', tags, { level: 'patch' }), '1.2.4 patch')
  assert.is(newest('1.2.3', tags, { level: 'minor' }), '1.3.0 minor, 1.2.4 patch')
  assert.is(newest('1.2.3', tags, { isExcluded: tag => tag.startsWith('2') }), '1.3.0 minor, 1.2.4 patch')
})

test('ranges get versions of three parts', () => {
  const seen = (current: string, tag: string): string => {
    const versions: string[] = []
    const inRange = (version: string): boolean => versions.push(version) > 0
    newerTags(current, [tag], { inRange })
    return versions.join()
  }
  assert.is(seen('22', '24'), '24.0.0')
  assert.is(seen('22.04', '24.04'), '24.4.0')
  assert.is(seen('1.2.3.4-slim', '1.2.3.5-slim'), '1.2.3')
  assert.is(seen('8.0.0-RC1', '8.0.0-RC2'), '8.0.0-rc.2')
  assert.is(seen('bookworm-20241016', 'bookworm-20241104'), '2024.11.4')
  assert.is(newest('1.0.0', '1.1.0 1.2.0', { inRange: version => version === '1.1.0' }), '1.1.0 minor')
})

const PARTS: readonly (readonly [prefix: string, suffix: string, tag: string, value: string | undefined])[] =
  [
    ['node:', '-alpine', '22.2-alpine', '22.2'],
    ['node:', '', '22.2-alpine', '22.2-alpine'],
    ['localhost:5000/node:', '-alpine', '22.2-alpine', '22.2'],
    ['localhost:5000/traefik:v', '', 'v3.2', '3.2'],
    ['traefik:v', '', '3.2', undefined],
    ['node:', '-alpine', '22.2-slim', undefined],
    ['node:', '-alpine@sha256:abc', '22.2-alpine', '22.2'],
    ['debian:bookworm-', '-slim', 'bookworm-20241104-slim', '20241104'],
    ['x:1-', '-1', '1-1', undefined],
    ['x:1', '1', '11', undefined],
    ['localhost:5000/', ':22', '22', undefined],
    ['', '', '22', undefined],
  ]
for (const [prefix, suffix, tag, value] of PARTS)
  test(`${prefix}\${V}${suffix} for ${tag}`, () => assert.is(versionPart(prefix, suffix, tag), value))

test.run()

/** Makers of the nouns, for properties. */
import type { Digest } from '../../src/core/digest.ts'
import type { LockedImage, Lockfile } from '../../src/core/lockfile.ts'
import { parseReference, referenceKey } from '../../src/core/reference.ts'
import { platformDigests } from './platform.ts'
import type { Random } from './random.ts'

const HEX = '0123456789abcdef'
const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'
const ALNUM = `${LOWER}ABCDEFGHIJKLMNOPQRSTUVWXYZ`

/** Most often sha256, as in life. */
export function digest(random: Random): Digest {
  const [algorithm, length] = random.chance(0.9)
    ? (['sha256', 64] as const)
    : random.pick([['sha384', 96] as const, ['sha512', 128] as const])
  return `${algorithm}:${random.text(HEX, length, length)}` as Digest
}

/** sha256 of nothing in particular, told apart by `fill`. */
export function fixedDigest(fill: string): Digest {
  return `sha256:${fill.repeat(64).slice(0, 64)}` as Digest
}

export function component(random: Random): string {
  const parts = random.list(1, 3, () => random.text(LOWER, 1, 6))
  return parts.reduce((name, part) => name + random.pick(['.', '_', '__', '-', '---']) + part)
}

export function registry(random: Random): string {
  const label = () =>
    random.chance(0.5) ? random.text(ALNUM, 1, 6) : `${random.text(ALNUM, 1, 3)}-${random.text(ALNUM, 1, 3)}`
  const port = () => `:${random.int(1, 65535)}`
  return random.pick<() => string>([
    () => 'docker.io',
    () => 'index.docker.io',
    () => 'localhost',
    () => `localhost${port()}`,
    () => `${label()}.${label()}`,
    () => `${label()}.${label()}${port()}`,
    () => `${label()}${port()}`,
    () => `[${random.pick(['::1', '2001:db8::', 'fe80::1:2'])}]${random.chance(0.5) ? port() : ''}`,
    () => random.text('ABCDEF', 2, 4),
    () => `127.0.0.1${port()}`,
  ])()
}

export function tag(random: Random): string {
  return random.text(`${ALNUM}_`, 1, 1) + random.text(`${ALNUM}_.-`, 0, random.chance(0.05) ? 127 : 8)
}

/** A text that is a reference by the grammar. */
export function referenceText(random: Random): string {
  const host = random.chance(0.5) ? `${registry(random)}/` : ''
  const path = random.list(1, 3, () => component(random))
  // Without a host, a first part with a dot would be one.
  if (host === '') path[0] = path[0]?.replaceAll('.', '-') as string
  return (
    host +
    path.join('/') +
    (random.chance(0.7) ? `:${tag(random)}` : '') +
    (random.chance(0.4) ? `@${digest(random)}` : '')
  )
}

export function platformText(random: Random): string {
  return random.pick([
    'linux/amd64',
    'linux/arm64/v8',
    'linux/arm/v7',
    'linux/386',
    'linux/riscv64',
    'windows(10.0.17763.1)/amd64',
    'windows/amd64',
    `${random.text(LOWER, 1, 6)}/${random.text(`${LOWER}._-`, 1, 8)}`,
  ])
}

/** File names as they are found, and as they are not hoped for. */
export function fileName(random: Random): string {
  return random.pick<() => string>([
    () => 'Dockerfile',
    () => `${component(random)}/Dockerfile`,
    () => `${component(random)}.Dockerfile`,
    () => random.text(`${ALNUM} .-_:#@'"\\{}[]&*!|>%,?é漢\n\t\u0085\u2028\u007f`, 1, 12),
    () =>
      random.pick(['true', 'null', '~', '1e3', '0xabcdef', '0o777777', '1_000', 'yes', '2020-01-01', '- x']),
    () => random.pick(['.inf', '-', '?', '<<', 'a: b', ' a', 'a ', 'a #b', '🐳', '\ud800', '\ufeffa', '"a"']),
  ])()
}

export function lockedImage(random: Random, key: string): LockedImage {
  const at = key.indexOf('@')
  const platforms = () =>
    platformDigests(
      Object.fromEntries(random.list(0, 4, () => [platformText(random), digest(random)] as const)),
    )
  return {
    digest: at < 0 ? digest(random) : (key.slice(at + 1) as Digest),
    ...(random.chance(0.7) && {
      mediaType: random.pick([
        'application/vnd.oci.image.index.v1+json',
        'application/vnd.docker.distribution.manifest.list.v2+json',
        'application/vnd.oci.image.manifest.v1+json',
      ]),
    }),
    ...(random.chance(0.7) && { platforms: platforms() }),
    ...(random.chance(0.3) && { adopted: random.list(1, 3, () => fileName(random)) }),
  }
}

/** The lockfile's key of some reference. */
export function lockfileKey(random: Random): string {
  const parsed = parseReference(referenceText(random))
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return referenceKey(parsed.reference)
}

export function lockfile(random: Random): Lockfile {
  return new Map(
    random.list(0, 5, () => {
      const key = lockfileKey(random)
      return [key, lockedImage(random, key)]
    }),
  )
}

/** Text that tries to move the cursor, to hide, to reorder, to break a line or a quote. */
export function hostileText(random: Random): string {
  const pieces = [
    '\u001b[31m',
    '\u001b]0;title\u0007',
    '\u009b2J',
    '\r',
    '\n',
    '\t',
    '\b',
    '\0',
    '\u007f',
    '\u0085',
    '\u00ad',
    '\u061c',
    '\u200b',
    '\u202e',
    '\u2028',
    '\u2066',
    '\ufeff',
    '\ufff9',
    '\u{e0041}',
    '\ud800',
    '\udc00',
    'é',
    '漢',
    '🐳',
    '$&',
    '"',
    'a',
  ]
  return random.list(1, 8, () => random.pick(pieces)).join('')
}

/** Branches of generated lockfiles in real repositories. */
import * as assert from 'uvu/assert'
import {
  LOCKFILE_NAME,
  type LockedImage,
  type Lockfile,
  parseCanonicalLockfile,
  serializeLockfile,
} from '../../src/core/lockfile.ts'
import { git, writeFiles } from './folder.ts'
import { fixedDigest, lockedImage } from './generate.ts'
import { platformDigests } from './platform.ts'
import type { Random } from './random.ts'

const TAGS = ['3.18', '3.19', '3.20', '3.21', '3.22', '3.23', 'edge', 'latest']
export const KEYS = TAGS.flatMap(tag => [`docker.io/library/alpine:${tag}`, `ghcr.io/acme/app:${tag}`])

/** Two tags of one image often have one digest, so neighbouring blocks share their lines. */
function generate(random: Random): LockedImage {
  const shared = random.pick(['a', 'b'])
  return random.chance(0.4)
    ? {
        digest: fixedDigest(shared),
        mediaType: 'application/vnd.oci.image.index.v1+json',
        platforms: platformDigests({
          'linux/amd64': fixedDigest(`${shared}1`),
          'linux/arm64/v8': fixedDigest(`${shared}2`),
        }),
      }
    : lockedImage(random, KEYS[0] as string)
}

function change(random: Random, before: Lockfile): Lockfile {
  const after = new Map(before)
  for (const key of KEYS) {
    if (random.chance(0.15)) after.delete(key)
    else if (random.chance(0.25)) after.set(key, generate(random))
  }
  // In canonical order.
  const canonical = parseCanonicalLockfile(serializeLockfile(after))
  assert.ok(canonical)
  return canonical
}

export interface Merge {
  readonly base: Lockfile
  readonly ours: Lockfile
  readonly theirs: Lockfile
}

export function commit(root: string, images: Lockfile, message: string): void {
  writeFiles(root, { [LOCKFILE_NAME]: serializeLockfile(images) })
  git(root, 'add', '.')
  git(root, 'commit', '-q', '--allow-empty', '-m', message)
}

/** Starts a repository with one branch for each side. Returns on `main`, which has ours. */
export function branches(root: string, random: Random, style: string, size: number): Merge {
  const base = change(random, new Map())
  const merge = { base, ours: change(random, base), theirs: change(random, base) }
  git(root, 'init', '-q')
  git(root, 'config', 'merge.conflictStyle', style)
  writeFiles(root, { '.gitattributes': `${LOCKFILE_NAME} conflict-marker-size=${size}\n` })
  commit(root, base, 'base')
  git(root, 'switch', '-qc', 'other')
  commit(root, merge.theirs, 'theirs')
  git(root, 'switch', '-q', 'main')
  commit(root, merge.ours, 'ours')
  return merge
}

/** Whether git finished without a conflict. */
export function tryGit(root: string, ...args: readonly string[]): boolean {
  try {
    git(root, ...args)
    return true
  } catch {
    return false
  }
}

/** Every image that one side has, and that the other did not remove, is there with a digest of one side. */
export function assertNothingLost(after: Lockfile, { base, ours, theirs }: Merge): void {
  for (const key of KEYS) {
    const [our, their, before] = [ours.get(key), theirs.get(key), base.get(key)]
    const is = after.get(key)
    if (our !== undefined && their !== undefined) assert.ok(is, key)
    if (before === undefined && (our ?? their) !== undefined) assert.ok(is, key)
    if (is === undefined) continue
    const sides = [our, their].filter(one => one?.digest === is.digest)
    assert.ok(sides.length > 0, key)
    const body = ({ digest, platforms }: LockedImage) =>
      serializeLockfile(new Map([[key, { digest, ...(platforms !== undefined && { platforms }) }]]))
    const isKnown = sides.some(one => one !== undefined && body(one) === body(is))
    assert.ok(is.platforms === undefined || isKnown, `${key} has the platforms of another digest`)
    if (before === undefined && our !== undefined && their === undefined) assert.equal(is, our)
    if (before === undefined && our === undefined && their !== undefined) assert.equal(is, their)
  }
}

import type { Digest } from '../../core/digest.ts'
import { DockLockError } from '../../core/error.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import { settleDisputes } from '../../core/lockfile-merge.ts'
import type { Notice } from '../../core/notice.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { familiarName, repositoryName } from '../../core/reference.ts'
import type { LockfileSource } from '../../io/lockfile.ts'
import type { Scan } from './scan.ts'

/** A lockfile whose conflicts are resolved. */
export interface Settled {
  readonly lockfile: LockfileSource
  /** Whether the merge replaced this digest. */
  readonly isSuperseded: (key: string, digest: Digest) => boolean
  readonly notices: readonly Notice[]
}

/**
 * Resolves the merge conflicts of the lockfile by the files. A digest that the merge replaced may still be in a file. It came from the
 * lockfile of one side, so it is not a person's new digest, and the file gets the digest of the merge.
 * @throws DockLockError `malformed` if a file has merge conflicts itself: then it does not say which digest is right
 */
export function settleConflicts(
  lockfile: LockfileSource,
  { occurrences, conflicted }: Pick<Scan, 'occurrences' | 'conflicted'>,
): Settled {
  const { conflicts } = lockfile
  if (conflicts === undefined) return { lockfile, isSuperseded: () => false, notices: [] }
  const [unresolved] = conflicted
  if (unresolved !== undefined)
    throw new DockLockError('malformed', unresolved.reason, {
      place: unresolved.place,
      hint: `Resolve them first, then run dock-lock: it resolves those of ${LOCKFILE_NAME}`,
    })
  const named = digestsByKey(occurrences)
  const { merged, settled } = settleDisputes(conflicts, key => named.get(key) ?? [])
  return {
    lockfile: { ...lockfile, images: merged.images },
    isSuperseded: (key, digest) => merged.superseded.get(key)?.has(digest) === true,
    notices: settled.map(dispute => ({
      code: 'merged',
      image: familiarName(dispute.reference),
      key: dispute.key,
      ours: dispute.ours,
      theirs: dispute.theirs,
      taken: dispute.taken,
      decidedBy: dispute.decidedBy,
    })),
  }
}

/** The digests in the files. One without a tag may be that of `latest`. */
function digestsByKey(occurrences: readonly Occurrence[]): ReadonlyMap<string, readonly Digest[]> {
  const named = new Map<string, Digest[]>()
  for (const occurrence of occurrences) {
    if (occurrence.kind !== 'image' || occurrence.reference.digest === undefined) continue
    const { reference } = occurrence
    const key = `${repositoryName(reference)}:${reference.tag ?? 'latest'}`
    named.set(key, [...(named.get(key) ?? []), occurrence.reference.digest])
  }
  return named
}

import type { AvailabilityState, RegistryUse } from './availability.ts'
import type { Digest } from './digest.ts'
import { type ErrorCode, exitCodeOf } from './error.ts'
import { mergeNotices, type Notice } from './notice.ts'
import type { Place } from './place.ts'

/**
 * Something that is not as it should be, as data: the reporters word it. `key` is the lockfile's key of the image
 * (`docker.io/library/alpine:3.20`), `image` the short form people write.
 */
export type Finding =
  /** With `--strict`. */
  | Notice
  /** BuildKit would refuse the file or the name, or the file cannot be read. */
  | {
      readonly code: 'malformed'
      readonly place: Place
      readonly text: string
      readonly reason: string
      readonly hint?: string
    }
  /** Named in a file, absent from the lockfile. */
  | {
      readonly code: 'unlocked'
      readonly place: Place
      readonly image: string
      readonly key: string
    }
  /** Locked, but the file names it without its digest. */
  | {
      readonly code: 'unpinned'
      readonly place: Place
      readonly image: string
      readonly key: string
      readonly digest: Digest
    }
  /** File and lockfile name different digests. */
  | {
      readonly code: 'mismatch'
      readonly place: Place
      readonly image: string
      readonly key: string
      readonly inFile: Digest
      readonly locked: Digest
    }
  /** Places name different digests for one tag, none of which is locked: nobody can say which is meant. */
  | {
      readonly code: 'conflict'
      readonly image: string
      readonly key: string
      readonly places: readonly (Place & { readonly digest: Digest })[]
    }
  /** In the lockfile, named by no file. */
  | {
      readonly code: 'orphan'
      readonly place: Place
      readonly image: string
      readonly key: string
    }
  /** The registry did not say what the tag means. */
  | {
      readonly code: 'unresolvable'
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
      readonly cause: ErrorCode
      readonly message: string
      /** The message without the image that it begins with. */
      readonly reason?: string
      readonly hint?: string
    }
  /** The name does not say its registry, and the engine may take it for another image than Docker does. */
  | {
      readonly code: 'short-name'
      readonly places: readonly Place[]
      readonly image: string
      /** The image that Docker takes it for. */
      readonly key: string
      readonly engine: string
      /** The image that the engine takes it for, if it says so. */
      readonly resolved?: string
      /** Else the registry where the engine looks first. */
      readonly searched?: string
    }
  /** The image is not made for a platform that will be built. */
  | {
      readonly code: 'not-offered'
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
      readonly platform: string
      readonly offered: readonly string[]
    }
  /**
   * The store of the engine has not what a build will want; see `Availability`. `registry-contacted`, with --strict: it has all of it, and a build asks
   * a registry nevertheless, and does without the answer.
   */
  | {
      readonly code: Exclude<AvailabilityState, 'present'> | 'registry-contacted'
      /** The label of the store, when several were asked. */
      readonly store?: string
      readonly registryUse: RegistryUse
      readonly image: string
      readonly key: string
      readonly digest: Digest
      readonly platform: string
      /** Where the tag points instead, or which platforms are there. */
      readonly detail?: string
      /** `tag-elsewhere`: a pull moves the tag, because the image that has it came from the same repository. */
      readonly tagMoves?: true
    }
  /** The pull failed. */
  | {
      readonly code: 'pull-failed'
      /** As above. */
      readonly store?: string
      readonly image: string
      readonly key: string
      readonly digest: Digest
      readonly platform: string
      readonly cause: ErrorCode
      readonly message: string
      readonly hint?: string
    }
  /** One of several engines did not answer, or stopped to: what its store has is not known. */
  | {
      readonly code: 'unreached'
      readonly store: string
      readonly cause: ErrorCode
      readonly message: string
      readonly hint?: string
    }

/** The exit code for what was found: 2 (cannot run) over 3 (unreachable) over 1 (findings) over 0. */
export function exitCodeFor(findings: readonly Finding[]): 0 | 1 | 2 | 3 | 130 {
  let worst: 0 | 1 | 2 | 3 | 130 = 0
  const rank = { 0: 0, 1: 1, 3: 2, 2: 3, 130: 4 } as const
  for (const finding of findings) {
    const code =
      finding.code === 'malformed'
        ? 2
        : finding.code === 'unresolvable' || finding.code === 'pull-failed' || finding.code === 'unreached'
          ? exitCodeOf(finding.cause)
          : 1
    if (rank[code] > rank[worst]) worst = code
  }
  return worst
}

/** What fails the run and what is only said: with `strict` all of it fails. */
export function judged(
  findings: readonly Finding[],
  notices: readonly Notice[],
  strict: boolean,
): { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] } {
  const merged = mergeNotices(notices)
  return {
    findings: sortFindings(strict ? [...findings, ...merged] : findings),
    notices: strict ? [] : (sortFindings(merged) as readonly Notice[]),
  }
}

/** By file, line and column; what is not about a file comes last, as it came. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const placeOf = (finding: Finding): Place | undefined =>
    'place' in finding ? finding.place : 'places' in finding ? finding.places[0] : undefined
  return [...findings].sort((one, other) => {
    const a = placeOf(one)
    const b = placeOf(other)
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    if (a.file !== b.file) return a.file < b.file ? -1 : 1
    return a.line - b.line || a.column - b.column
  })
}

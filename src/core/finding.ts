import type { BuildArgOrigin } from './build.ts'
import type { Digest } from './digest.ts'
import type { Fix } from './edit.ts'
import { type ErrorCode, exitCodeOf } from './error.ts'
import { mergeNotices } from './merge-notices.ts'
import { compareNatural } from './natural.ts'
import type { Notice, StoreNotice } from './notice.ts'
import type { Place } from './place.ts'

/**
 * A problem, as data; the reporters write its text. `key` is the lockfile's key of the image
 * (`docker.io/library/alpine:3.20`), `image` the short form people write.
 */
export type Finding =
  /** With `--strict`. What a store lacks is a finding without it too, if a build does not work without the registry. */
  | Notice
  /** BuildKit would reject the file or the name, or the file cannot be read. */
  | {
      readonly code: 'malformed'
      readonly place: Place
      readonly text: string
      readonly reason: string
      readonly hint?: string
    }
  /** Named in a file, but not in the lockfile. */
  | {
      readonly code: 'unlocked'
      readonly place: Place
      readonly image: string
      readonly key: string
      /** Another tag of its repository, which is locked and in no file any more: the file has moved from it to this one. */
      readonly previous?: string
      /** Where other files give the build args that lead to the image. */
      readonly argOrigins?: readonly BuildArgOrigin[]
      /** Only the command that `run` was given needs it, and no build of the project. */
      readonly commandOnly?: true
    }
  /** Locked, but a file names it without its digest. */
  | {
      readonly code: 'unpinned'
      readonly place: Place
      readonly image: string
      readonly key: string
      readonly digest: Digest
      /** Writes the locked digest. */
      readonly fix?: Fix
    }
  /** File and lockfile name different digests. */
  | {
      readonly code: 'mismatch'
      readonly place: Place
      readonly image: string
      readonly key: string
      readonly inFile: Digest
      readonly locked: Digest
      /** Where other files give the build args that lead to the image. */
      readonly argOrigins?: readonly BuildArgOrigin[]
      /** Writes the locked digest. */
      readonly fix?: Fix
    }
  /** Several places name different digests for one tag, and none of them is locked. It is unknown which one is right. */
  | {
      readonly code: 'conflict'
      readonly image: string
      readonly key: string
      readonly places: readonly (Place & { readonly digest: Digest })[]
    }
  /** In the lockfile, but not named by any file. */
  | {
      readonly code: 'orphan'
      readonly place: Place
      readonly image: string
      readonly key: string
    }
  /** The repository does not serve this digest. A build that does not find it locally fails. */
  | {
      readonly code: 'gone'
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
      readonly digest: Digest
      /** Whether it is locked. Otherwise a file names it. */
      readonly locked: boolean
    }
  /** The registry did not resolve the tag, or the digest. */
  | {
      readonly code: 'unresolvable'
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
      /** What was asked for, if not the tag. */
      readonly digest?: Digest
      readonly cause: ErrorCode
      readonly message: string
      /** The message without the image at its start. */
      readonly reason?: string
      readonly hint?: string
      /** No registry has the image. An engine may have it, if none was asked or an earlier step of the build creates it. */
      readonly mayBeLocal?: true
    }
  /** The name has no registry, and the engine may use another image than Docker does. */
  | {
      readonly code: 'short-name'
      readonly places: readonly Place[]
      readonly image: string
      /** The image that the name means to Docker. */
      readonly key: string
      readonly engine: string
      /** The image that the name means to the engine, if it reports that. */
      readonly resolved?: string
      /** Otherwise the registry that the engine searches first. */
      readonly searched?: string
    }
  /** The image has no manifest for a platform that will be built. */
  | {
      readonly code: 'not-offered'
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
      readonly platform: string
      readonly offered: readonly string[]
    }
  /** The pull failed. */
  | {
      readonly code: 'pull-failed'
      /** The label of the store, if several were checked. */
      readonly store?: string
      /** Where files name the image for this platform; if none does, its line in the lockfile. */
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
      readonly digest: Digest
      readonly platform: string
      readonly cause: ErrorCode
      readonly message: string
      readonly hint?: string
    }
  /** One of several engines did not answer, or stopped answering. Its store is unknown. */
  | {
      readonly code: 'unreached'
      readonly store: string
      readonly cause: ErrorCode
      readonly message: string
      readonly hint?: string
    }

export type MalformedFinding = Extract<Finding, { readonly code: 'malformed' }>

/** The exit code for the findings, by precedence: 2 (cannot run), 3 (unreachable), 1 (findings), 0. */
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

/** Separates what fails the run from what is only reported. With `strict` everything fails it. */
export function splitNotices(
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

/** Whether it is about an image in a store. Its places are correct: they only name the image. */
export function isAboutStore(
  finding: Finding,
): finding is StoreNotice | Extract<Finding, { readonly code: 'pull-failed' }> {
  return 'registryUse' in finding || finding.code === 'pull-failed'
}

/** By file, line and column. Findings without a place come last, and those about stores, in their original order. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const placeOf = (finding: Finding): Place | undefined => {
    if (isAboutStore(finding)) return undefined
    return 'place' in finding ? finding.place : 'places' in finding ? finding.places[0] : undefined
  }
  return [...findings].sort((one, other) => {
    const a = placeOf(one)
    const b = placeOf(other)
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
    if (a.file !== b.file) return compareNatural(a.file, b.file)
    return a.line - b.line || a.column - b.column
  })
}

import { join } from 'node:path'
import { firstMarker, readConflicts } from '../core/conflict-markers.ts'
import { DockLockError } from '../core/error.ts'
import { LOCKFILE_NAME, type ParsedLockfile, parseCanonicalLockfile, toLockfile } from '../core/lockfile.ts'
import { type Place, placeAt } from '../core/place.ts'
import type { ConflictedLockfile, UnmergedTexts } from './lockfile-conflicts.ts'
import { contentOf, readProjectFile } from './read.ts'
import { parseYaml } from './yaml.ts'

/** The lockfile as it was read. `bytes` is undefined if there is none. */
export interface LockfileSource {
  /** For messages: relative to the project. */
  readonly file: string
  readonly path: string
  readonly bytes: Buffer | undefined
  readonly text: string
  /** If the file has merge conflicts, the union of both sides. */
  readonly images: ParsedLockfile
  /** Only if the file has merge conflicts. */
  readonly conflicts?: ConflictedLockfile
}

/**
 * Reads the unmerged versions in git's index, if a lockfile with merge conflicts is to be merged. Without it, such a lockfile is an error.
 */
export type Unmerged = () => Promise<UnmergedTexts | undefined>

/** @throws DockLockError `malformed`, see `parseLockfile`. */
export async function readLockfileSource(root: string, unmerged?: Unmerged): Promise<LockfileSource> {
  const read = readProjectFile(root, LOCKFILE_NAME)
  const path = read.kind === 'file' ? read.path : join(root, LOCKFILE_NAME)
  return parseLockfile(path, contentOf('malformed', LOCKFILE_NAME, read), unmerged)
}

/** @throws DockLockError `malformed`, with the place, for a lockfile that cannot be trusted. */
export async function parseLockfile(
  path: string,
  bytes: Buffer | undefined,
  unmerged?: Unmerged,
): Promise<LockfileSource> {
  const file = LOCKFILE_NAME
  if (bytes === undefined) return { file, path, bytes, text: '', images: new Map() }
  const text = bytes.toString('utf8')
  const canonical = parseCanonicalLockfile(text)
  if (canonical !== undefined) return { file, path, bytes, text, images: canonical }
  const read = readConflicts(text)
  if (read.kind === 'none') return { file, path, bytes, text, images: await parseYamlLockfile(text) }
  const { line } = read.kind === 'broken' ? read : read.conflicts
  const place = { file, line, column: 1 }
  if (read.kind === 'broken') throw malformed(place, read.message, BY_HAND)
  if (unmerged === undefined)
    throw malformed(place, 'the file has merge conflicts', 'To resolve them, run: dock-lock')
  const { mergeConflicted } = await import('./lockfile-conflicts.ts')
  const conflicts = await mergeConflicted(read.conflicts, parseLockfileText, unmerged)
  return { file, path, bytes, text, images: conflicts.images, conflicts }
}

const BY_HAND = 'Keep one side of each conflict, then run dock-lock'

/** The images of a lockfile without conflict markers. @throws DockLockError `malformed`, with the place */
export async function parseLockfileText(text: string): Promise<ParsedLockfile> {
  return parseCanonicalLockfile(text) ?? (await parseYamlLockfile(text))
}

/** Characters. The yaml package takes two seconds for a million lines. */
const MAX_YAML = 4 * 1024 * 1024

/** Reads a lockfile with another layout, as YAML, and then applies the same rules. */
async function parseYamlLockfile(text: string): Promise<ParsedLockfile> {
  if (text.length > MAX_YAML)
    throw malformed(
      { file: LOCKFILE_NAME, line: 1, column: 1 },
      'the file is not as dock-lock wrote it, and then its limit is 4 MiB',
    )
  const marker = firstMarker(text)
  if (marker !== undefined)
    throw malformed(
      { file: LOCKFILE_NAME, line: marker, column: 1 },
      'the conflict has another in it',
      BY_HAND,
    )
  const { document, problem, offsetOf } = await parseYaml(text)
  if (problem !== undefined) throw malformed(placeAt(LOCKFILE_NAME, text, problem.offset), problem.message)
  const result = toLockfile(document.toJS())
  if (result.ok) return result.lockfile
  const { path, message, hint } = result.problem
  throw malformed(placeAt(LOCKFILE_NAME, text, offsetOf(path)), message, hint)
}

function malformed(
  place: Place,
  message: string,
  hint = 'Restore the file from version control, or delete it and run dock-lock',
): DockLockError {
  return new DockLockError('malformed', message, { place, hint })
}

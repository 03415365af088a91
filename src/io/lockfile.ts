import { join } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { LOCKFILE_NAME, type ParsedLockfile, parseCanonicalLockfile, toLockfile } from '../core/lockfile.ts'
import { type Place, placeAt } from '../core/place.ts'
import { contentOf, readProjectFile } from './read.ts'
import { parseYaml } from './yaml.ts'

/** The lockfile as it was read. `bytes` is undefined if there is none. */
export interface LockfileSource {
  /** For messages: relative to the project. */
  readonly file: string
  readonly path: string
  readonly bytes: Buffer | undefined
  readonly text: string
  readonly images: ParsedLockfile
}

/** @throws DockLockError `malformed`, see `parseLockfile`. */
export async function readLockfileSource(root: string): Promise<LockfileSource> {
  const read = readProjectFile(root, LOCKFILE_NAME)
  const path = read.kind === 'file' ? read.path : join(root, LOCKFILE_NAME)
  return parseLockfile(path, contentOf('malformed', LOCKFILE_NAME, read))
}

/** @throws DockLockError `malformed`, with the place, for a lockfile that cannot be trusted. */
export async function parseLockfile(path: string, bytes: Buffer | undefined): Promise<LockfileSource> {
  const file = LOCKFILE_NAME
  if (bytes === undefined) return { file, path, bytes, text: '', images: new Map() }
  const text = bytes.toString('utf8')
  return { file, path, bytes, text, images: parseCanonicalLockfile(text) ?? (await parseYamlLockfile(text)) }
}

/** Reads a lockfile with another layout, as YAML, and then applies the same rules. */
async function parseYamlLockfile(text: string): Promise<ParsedLockfile> {
  const marker = /^(?:<{7} .*|={7}|>{7} .*|\|{7} .*)\r?$/m.exec(text)
  if (marker !== null) {
    throw malformed(
      placeAt(LOCKFILE_NAME, text, marker.index),
      'the file has an unresolved merge conflict',
      'Keep one side of each conflict, then run dock-lock',
    )
  }
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

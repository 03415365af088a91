/** Reads the files of a project. The repository is untrusted: a file must be regular, inside the project and of limited size. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { DockLockError, type ErrorCode } from '../core/error.ts'
import { type FileProblem, fileProblemWords, type IrregularFile } from '../core/file-problem.ts'

/** What was found under a name in the project. */
export type FileRead =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Buffer }
  | (FileProblem & { readonly cause?: unknown })

const MIB = 1 << 20
/** Bytes. BuildKit sends a Dockerfile in one gRPC message, of at most 16 MiB. */
const MAX_SIZES: Readonly<Record<string, number>> = {
  '.dock-lock.yaml': MIB,
  '.dock-lock.yml': MIB,
  '.gitattributes': MIB,
  '.gitignore': MIB,
  'package.json': MIB,
  'docker-images.lock': 64 * MIB,
}

/** The largest size of a file in bytes, by its name. Any other name may be a Dockerfile. */
export function maxSize(file: string): number {
  return MAX_SIZES[basename(file)] ?? 16 * MIB
}

/** Whether `path` is `folder` or inside it, by name only. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/**
 * Reads `file` of the project `root`, which is a real path. Symbolic links are followed only inside the project. Synchronous, because
 * each step of 1,000 small files would otherwise wait for a thread.
 */
export function readProjectFile(root: string, file: string, limit: number = maxSize(file)): FileRead {
  const given = join(root, file)
  try {
    const path = realpathSync.native(given)
    return isInside(root, path) ? readRegular(path, root, limit) : OUTSIDE
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP') return irregular('link-to-itself')
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return failed(error)
    if (!isLink(given)) return { kind: 'missing' }
    // Does not reveal whether a file outside the project exists.
    return leadsOut(root, given) ? OUTSIDE : irregular('link-to-nothing')
  }
}

/** Reads the file at `path`, a real path. It must still be in `folder` after it is opened. @throws NodeJS.ErrnoException */
function readRegular(path: string, folder: string, limit: number): FileRead {
  // Check before opening: opening a device may have effects.
  const refused = refuse(lstatSync(path), limit)
  if (refused !== undefined) return refused
  // It may have been replaced since, so check the descriptor. Non-blocking, because a fifo would wait for a writer.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
  try {
    const stats = fstatSync(descriptor)
    const replaced = refuse(stats, limit)
    if (replaced !== undefined) return replaced
    if (!isInside(folder, pathOf(descriptor) ?? realpathSync.native(path))) return OUTSIDE
    const bytes = readUpTo(descriptor, stats.size, limit)
    return bytes === undefined ? tooLarge(limit) : { kind: 'file', path, bytes }
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Reads the file at `path`, which is not a symbolic link: a file of the user, or one that was
 * read before.
 */
export function readRegularFile(path: string, limit: number): FileRead {
  try {
    return readRegular(path, dirname(path), limit)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : failed(error)
  }
}

/** The bytes, or undefined if there is no such file. @throws DockLockError if the file exists and cannot be read. */
export function contentOf(code: ErrorCode, file: string, read: FileRead): Buffer | undefined {
  if (read.kind === 'missing') return undefined
  if (read.kind !== 'file') throw readError(code, file, read)
  return read.bytes
}

/** The error for a file that cannot be read. */
export function readError(
  code: ErrorCode,
  file: string,
  read: Exclude<FileRead, { kind: 'file' }>,
): DockLockError {
  const { reason, hint } = fileProblemWords(read)
  return new DockLockError(code, `${file} cannot be read: ${reason}`, {
    place: { file, line: 1, column: 1 },
    hint,
    ...(read.cause !== undefined && { cause: read.cause }),
  })
}

export function tooLarge(limit: number): FileRead {
  return { kind: 'unreadable', unreadable: { code: 'too-large', limit } }
}

export function irregular(is: IrregularFile): FileRead {
  return { kind: 'irregular', irregular: is }
}

export const OUTSIDE: FileRead = irregular('link-outside')

function failed(error: unknown): FileRead {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return { kind: 'unreadable', unreadable: { code: 'system', message }, cause: error }
}

function refuse(stats: Stats, limit: number): FileRead | undefined {
  if (!stats.isFile()) return irregular(kindOf(stats))
  return stats.size > limit ? tooLarge(limit) : undefined
}

function kindOf(stats: Stats): IrregularFile {
  if (stats.isDirectory()) return 'directory'
  if (stats.isFIFO()) return 'fifo'
  if (stats.isSocket()) return 'socket'
  return stats.isSymbolicLink() ? 'symbolic-link' : 'device'
}

/** The path of an open file. Undefined if the system does not report it. */
function pathOf(descriptor: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return undefined
  }
}

/** Undefined if the file is longer, for example because it grows. */
function readUpTo(descriptor: number, size: number, limit: number): Buffer | undefined {
  const chunks: Buffer[] = []
  for (let total = 0, room = size + 1; ; room = 1 << 16) {
    const chunk = Buffer.allocUnsafe(Math.min(room, limit + 1 - total))
    const count = readSync(descriptor, chunk, 0, chunk.length, null)
    if (count === 0) return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    total += count
    if (total > limit) return undefined
    chunks.push(chunk.subarray(0, count))
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

/** Whether a link whose target does not exist points outside `root`, judged by its text. */
function leadsOut(root: string, link: string): boolean {
  const target = readlinkSync(link)
  const folder = realpathSync.native(dirname(link))
  return !isInside(root, isAbsolute(target) ? target : join(folder, target))
}

/** Every file of a project is read here: a regular file, inside the project, of a bounded size. The repository may be a stranger's. */
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

/** What a name in the project stands for. `reason` is a sentence that begins with "it". */
export type FileRead =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Buffer }
  /** Nothing has that name. */
  | { readonly kind: 'missing' }
  /** It is no regular file inside the project. */
  | { readonly kind: 'irregular'; readonly reason: string; readonly hint: string }
  /** It is one, but it is too large, or the system refuses to read it. */
  | { readonly kind: 'unreadable'; readonly reason: string; readonly hint: string; readonly cause?: unknown }

const MIB = 1 << 20
/** Bytes. BuildKit sends a Dockerfile in one gRPC message, of at most 16 MiB. */
const MAX_SIZES: Readonly<Record<string, number>> = {
  '.dock-lock.yaml': MIB,
  '.dock-lock.yml': MIB,
  '.gitignore': MIB,
  'package.json': MIB,
  'docker-images.lock': 64 * MIB,
}

/** How large a file may be, in bytes, by its name: Dockerfiles have names of all kinds. */
export function maxSize(file: string): number {
  return MAX_SIZES[basename(file)] ?? 16 * MIB
}

/** Whether `path` is `folder` or lies in it, by its name. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/**
 * Reads `file` of the project `root`, which is a real path. Symbolic links are followed inside the project only. Synchronous: of 1,000
 * small files, each step of each would otherwise wait for a thread.
 */
export function readProjectFile(root: string, file: string, limit: number = maxSize(file)): FileRead {
  const given = join(root, file)
  try {
    const path = realpathSync.native(given)
    return isInside(root, path) ? readRegular(path, root, limit) : OUTSIDE
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP') return irregular('it is a symbolic link that leads back to itself')
    if (code !== 'ENOENT' && code !== 'ENOTDIR') return failed(error)
    if (!isLink(given)) return { kind: 'missing' }
    // Whether a file outside of the project exists is not told.
    return leadsOut(root, given) ? OUTSIDE : irregular('it is a symbolic link to a file that does not exist')
  }
}

/** Reads the file at `path`, a real path, which must still be in `folder` once it is open. @throws NodeJS.ErrnoException */
function readRegular(path: string, folder: string, limit: number): FileRead {
  // Before it is opened: opening a device may do something.
  const refused = refuse(lstatSync(path), limit)
  if (refused !== undefined) return refused
  // It may have been replaced in the meantime: the descriptor decides. A fifo would wait for somebody to write.
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
 * The bytes of the file at `path`, which is no symbolic link, or why they cannot be had: for a file that is the user's own, or one that was
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

/** The bytes; undefined when nothing has that name. @throws DockLockError for a file that must be read if it is there, and cannot. */
export function contentOf(code: ErrorCode, file: string, read: FileRead): Buffer | undefined {
  if (read.kind === 'missing') return undefined
  if (read.kind !== 'file') throw readError(code, file, read)
  return read.bytes
}

/** The error for a file that must be there to be read, and is not. */
export function readError(
  code: ErrorCode,
  file: string,
  read: Exclude<FileRead, { kind: 'file' }>,
): DockLockError {
  const { reason, hint } =
    read.kind === 'missing' ? { reason: 'it does not exist', hint: 'Check the spelling' } : read
  return new DockLockError(code, `${file} cannot be read: ${reason}`, {
    place: { file, line: 1, column: 1 },
    hint,
    ...(read.kind === 'unreadable' && read.cause !== undefined && { cause: read.cause }),
  })
}

export function tooLarge(limit: number): FileRead {
  const size = limit >= MIB ? `${limit / MIB} MiB` : `${limit} bytes`
  return {
    kind: 'unreadable',
    reason: `it is larger than ${size}, the most that dock-lock reads`,
    hint: 'Make it smaller, then run dock-lock again',
  }
}

export function irregular(reason: string): FileRead {
  return {
    kind: 'irregular',
    reason,
    hint: 'It must be a regular file that may be read: put one in its place',
  }
}

export const OUTSIDE: FileRead = {
  kind: 'irregular',
  reason: 'it is a symbolic link that leads out of the project',
  hint: 'Put a file in its place, or run dock-lock where it leads',
}

function failed(error: unknown): FileRead {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  return {
    kind: 'unreadable',
    reason: message,
    hint: 'It must be a regular file that may be read: fix that, then run dock-lock again',
    cause: error,
  }
}

function refuse(stats: Stats, limit: number): FileRead | undefined {
  if (!stats.isFile()) return irregular(`it is ${kindOf(stats)}, not a regular file`)
  return stats.size > limit ? tooLarge(limit) : undefined
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isFIFO()) return 'a fifo'
  if (stats.isSocket()) return 'a socket'
  return stats.isSymbolicLink() ? 'a symbolic link' : 'a device'
}

/** Where the file of a descriptor is; undefined where the system does not say. */
function pathOf(descriptor: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    return undefined
  }
}

/** Undefined when there is more, as in a file that grows. */
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

/** Whether a link whose target does not exist names something outside of `root`, as far as its own text tells. */
function leadsOut(root: string, link: string): boolean {
  const target = readlinkSync(link)
  const folder = realpathSync.native(dirname(link))
  return !isInside(root, isAbsolute(target) ? target : join(folder, target))
}

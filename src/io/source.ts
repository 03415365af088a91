import { isUtf8 } from 'node:buffer'
import { DockLockError } from '../core/error.ts'
import { type FileRead, readError, readProjectFile } from './read.ts'

/** A file as it was read, which can be encoded again byte for byte. */
export interface Source {
  /** Relative to the project, with `/`. */
  readonly file: string
  /** The path of the bytes: the target if `file` is a symbolic link. */
  readonly path: string
  readonly bytes: Buffer
  readonly text: string
  /** `bytes`: each character of `text` stands for one byte, but for a byte order mark. */
  readonly encoding: 'utf8' | 'bytes'
}

/**
 * Decodes a file so that encoding it again gives the same bytes: as UTF-8, or else one character per byte, because BuildKit
 * accepts any encoding in a comment. A byte order mark stays in the text.
 * @throws DockLockError `malformed` for UTF-16, which BuildKit cannot read either.
 */
export function decodeSource(file: string, path: string, bytes: Buffer): Source {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new DockLockError('malformed', `${file} is UTF-16, which BuildKit cannot read`, {
      place: { file, line: 1, column: 1 },
      hint: 'Save it as UTF-8',
    })
  }
  const common = { file, path, bytes }
  if (isUtf8(bytes)) return { ...common, text: bytes.toString('utf8'), encoding: 'utf8' }
  const mark = markOf(bytes)
  return {
    ...common,
    text: mark.toString('utf8') + bytes.toString('latin1', mark.length),
    encoding: 'bytes',
  }
}

/** The bytes of the text of a source after edits. */
export function encodeSource(source: Pick<Source, 'bytes' | 'encoding'>, text: string): Buffer {
  if (source.encoding === 'utf8') return Buffer.from(text, 'utf8')
  const mark = markOf(source.bytes)
  return Buffer.concat([mark, Buffer.from(text.slice(mark.toString('utf8').length), 'latin1')])
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

function markOf(bytes: Buffer): Buffer {
  return bytes.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK : Buffer.alloc(0)
}

/** A file as it was read, or why there is none. */
export type SourceRead =
  | { readonly kind: 'source'; readonly source: Source }
  /** It is a regular file, in an encoding that BuildKit does not read. */
  | { readonly kind: 'undecodable'; readonly error: DockLockError }
  | Extract<FileRead, { readonly kind: 'missing' | 'irregular' }>

/** @throws DockLockError `malformed` if it is a regular file that cannot be read. */
export function readSource(root: string, file: string): SourceRead {
  return toSource(file, readProjectFile(root, file))
}

/** @throws DockLockError as `readSource` */
export function toSource(file: string, read: FileRead): SourceRead {
  if (read.kind === 'unreadable') throw readError('malformed', file, read)
  if (read.kind !== 'file') return read
  try {
    return { kind: 'source', source: decodeSource(file, read.path, read.bytes) }
  } catch (error) {
    if (error instanceof DockLockError) return { kind: 'undecodable', error }
    throw error
  }
}

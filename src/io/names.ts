/** File names as the system has them: bytes, almost always UTF-8. */
import { isUtf8 } from 'node:buffer'
import { DockLockError } from '../core/error.ts'

/** Marks a path that is not UTF-8: the rest has one character per byte. No project path starts with NUL. */
const NOT_UTF8 = '\0'

export function decodeName(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : NOT_UTF8 + bytes.toString('latin1')
}

/** Splits git's `-z` output. */
export function splitNames(listed: Buffer): readonly string[] {
  if (isUtf8(listed)) return listed.toString('utf8').split('\0').slice(0, -1)
  const names: string[] = []
  for (let start = 0; start < listed.length; ) {
    const end = listed.indexOf(0, start)
    names.push(decodeName(listed.subarray(start, end)))
    start = end + 1
  }
  return names
}

/** The path in `text` from `start` on. It keeps the mark of `text`, if there is one. */
export function movedMark(text: string, start: number): string {
  const path = text.slice(start)
  return isReadable(text) ? path : decodeName(Buffer.from(path, 'latin1'))
}

/** `path` relative to the folder `base`, for patterns: without the mark. */
export function relativeName(base: string, path: string): string {
  if (isReadable(path)) return path.slice(base.length)
  return path.slice(NOT_UTF8.length + encodeName(base).length)
}

/** For messages: shows bytes that are not UTF-8 as `\xe9`. */
export function shownName(path: string): string {
  return isReadable(path)
    ? path
    : path.slice(1).replace(/[\x80-\xff]/g, byte => `\\x${byte.charCodeAt(0).toString(16)}`)
}

function isReadable(path: string): boolean {
  return !path.startsWith(NOT_UTF8)
}

/** Moves the mark of a name that is not UTF-8 to the start of the path, where `shownName` expects it. */
export function joinName(base: string, name: string): string {
  if (!name.startsWith(NOT_UTF8) && !base.startsWith(NOT_UTF8)) return base + name
  return decodeName(Buffer.concat([encodeName(base), encodeName(name)]))
}

function encodeName(name: string): Buffer {
  return name.startsWith(NOT_UTF8) ? Buffer.from(name.slice(1), 'latin1') : Buffer.from(name)
}

/** @throws DockLockError `usage` for a file that must be read but whose name is not UTF-8 */
export function refuseUnreadable(files: readonly string[]): void {
  const file = files.find(one => !isReadable(one))
  if (file === undefined) return
  throw new DockLockError('usage', `the name of this file is not UTF-8: ${shownName(file)}`, {
    hint: 'Rename it, or leave it out: list it in .gitignore, or under "files: exclude:" in .dock-lock.yaml',
  })
}

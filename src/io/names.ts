/** Names of files as the system has them: bytes, which are UTF-8 almost always. */
import { isUtf8 } from 'node:buffer'
import { DockLockError } from '../core/error.ts'

/** Begins a path that is not UTF-8; the rest of it is one character per byte. No path of a project begins with a NUL. */
const NOT_UTF8 = '\0'

export function decodeName(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : NOT_UTF8 + bytes.toString('latin1')
}

/** What git lists with `-z`. */
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

/** The part of `text` from `start` on, which is a path: it keeps the mark of `text`, if that has one. */
export function movedMark(text: string, start: number): string {
  const path = text.slice(start)
  return isReadable(text) ? path : decodeName(Buffer.from(path, 'latin1'))
}

/** `path`, which is in the folder `base`, as patterns see it from there: without the mark. */
export function relativeName(base: string, path: string): string {
  if (isReadable(path)) return path.slice(base.length)
  return path.slice(NOT_UTF8.length + encodeName(base).length)
}

/** For messages: bytes that are not UTF-8 as `\xe9`. */
export function shownName(path: string): string {
  return isReadable(path)
    ? path
    : path.slice(1).replace(/[\x80-\xff]/g, byte => `\\x${byte.charCodeAt(0).toString(16)}`)
}

function isReadable(path: string): boolean {
  return !path.startsWith(NOT_UTF8)
}

/** The mark of a name that is not UTF-8 goes to the start of the path, where `shownName` looks for it. */
export function joinName(base: string, name: string): string {
  if (!name.startsWith(NOT_UTF8) && !base.startsWith(NOT_UTF8)) return base + name
  return decodeName(Buffer.concat([encodeName(base), encodeName(name)]))
}

function encodeName(name: string): Buffer {
  return name.startsWith(NOT_UTF8) ? Buffer.from(name.slice(1), 'latin1') : Buffer.from(name)
}

/** @throws DockLockError `usage` for a file that dock-lock would have to read and cannot name */
export function refuseUnreadable(files: readonly string[]): void {
  const file = files.find(one => !isReadable(one))
  if (file === undefined) return
  throw new DockLockError('usage', `the name of this file is not UTF-8: ${shownName(file)}`, {
    hint: 'Rename it, or leave it out: list it in .gitignore, or under "files: exclude:" in .dock-lock.yaml',
  })
}

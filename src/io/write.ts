import { fsync, linkSync, lstatSync, realpathSync, renameSync, type Stats, unlinkSync } from 'node:fs'
import { access, constants, copyFile, type FileHandle, link, open, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { DockLockError } from '../core/error.ts'
import { temporaryName } from './leftovers.ts'
import { readRegularFile } from './read.ts'
import { changed, writeFailure } from './write-error.ts'

/** A file to write. `before`: what was read (undefined: there was no file). `after`: the new content. */
export interface FileChange {
  /** For messages, relative to the project. */
  readonly file: string
  /** The real path, without symbolic links. */
  readonly path: string
  readonly before: Buffer | undefined
  readonly after: Buffer
  /** The mode of a new file, without the umask; 0o666 by default. */
  readonly mode?: number
}

/**
 * Writes all files or none. All new files are written and flushed beside their targets. Then they replace the targets by rename,
 * so no reader sees half a file. Right before each rename, the target is compared with what was read. If it differs, or a rename
 * fails, the targets before it are restored. There is no pause between the renames: a signal stops the run before the first or after
 * the last. The mode stays, and so does the owner if the system allows it.
 * @throws DockLockError `changed` if a file is not what was read, `write` if one cannot be written, `interrupted`. Then nothing has
 * changed, or the message names what has.
 */
export async function writeAll(changes: readonly FileChange[], signal?: AbortSignal): Promise<void> {
  const staged: Staged[] = []
  try {
    for (const change of changes) {
      assertNotAborted(signal)
      staged.push(await stage(change))
    }
    for (const { change } of staged) assertUnchanged(change)
    assertNotAborted(signal)
    replaceAll(staged)
  } finally {
    await discard(staged)
  }
  for (const folder of new Set(changes.map(({ path }) => dirname(path)))) await flushFolder(folder)
}

function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new DockLockError('interrupted', 'interrupted')
}

interface Staged {
  readonly change: FileChange
  readonly temporary: string
  /** A hard link to the old file, to restore it. Absent if there was no file. */
  readonly backup: string | undefined
}

async function stage(change: FileChange): Promise<Staged> {
  const beside = join(dirname(change.path), `.${await temporaryName()}`)
  const temporary = `${beside}.tmp`
  let handle: FileHandle | undefined
  try {
    assertFolder(change)
    const old = change.before === undefined ? undefined : lstatSync(change.path)
    if (old?.isDirectory()) throw Object.assign(new Error('it is a directory'), { code: 'EISDIR' })
    // For example a symbolic link: not the file that was read.
    if (old?.isFile() === false) throw changed(change.file)
    if (old !== undefined && (old.mode & 0o222) === 0)
      throw Object.assign(new Error('it is read-only'), { code: 'EACCES' })
    // The check above is for root, who may write to every file. This is for other users.
    if (old !== undefined) await access(change.path, constants.W_OK)
    handle = await open(temporary, 'wx', old === undefined ? (change.mode ?? 0o666) : 0o600)
    await handle.writeFile(change.after)
    if (old !== undefined) {
      await handle.chown(old.uid, old.gid).catch(() => {})
      await handle.chmod(old.mode & 0o7777)
    }
    await flush(handle)
    await handle.close()
    handle = undefined
    const backup = old === undefined ? undefined : `${beside}.old`
    if (backup !== undefined) await keep(change.path, backup)
    return { change, temporary, backup }
  } catch (error) {
    await handle?.close().catch(() => {})
    await unlink(temporary).catch(() => {})
    throw writeFailure(change.file, error)
  }
}

/** What a file system or a folder without flushing answers. */
const CANNOT_FLUSH: readonly (string | undefined)[] = ['EBADF', 'EINVAL', 'ENOSYS', 'ENOTSUP']

/** Not `handle.sync()`: with Yarn Plug'n'Play, which replaces the file handles of Node, it always fails. */
async function flush(handle: FileHandle): Promise<void> {
  try {
    await promisify(fsync)(handle.fd)
  } catch (error) {
    if (!CANNOT_FLUSH.includes((error as NodeJS.ErrnoException).code)) throw error
  }
}

/** A hard link to a file, or a copy if the file system has no hard links. */
async function keep(path: string, backup: string): Promise<void> {
  await link(path, backup).catch(async () => {
    await copyFile(path, backup, constants.COPYFILE_EXCL)
  })
}

/** A folder that was replaced by a symbolic link may point outside the project. */
function assertFolder({ file, path }: FileChange): void {
  if (realpathSync.native(dirname(path)) !== dirname(path)) throw changed(file)
}

/** Synchronous, so that nothing of ours runs between a comparison and its rename. */
function replaceAll(staged: readonly Staged[]): void {
  const replaced: Staged[] = []
  try {
    for (const entry of staged) {
      assertUnchanged(entry.change)
      replace(entry)
      replaced.push(entry)
    }
    // A process that had the old file open may have written to it until now.
    for (const { backup, change } of replaced) if (backup !== undefined) assertContent(change, backup)
  } catch (error) {
    const kept = replaced.reverse().flatMap(entry => (putBack(entry) ? [] : [entry.change.file]))
    if (kept.length === 0 || !(error instanceof DockLockError)) throw error
    throw new DockLockError(
      error.code,
      error.message.replace('nothing was written', `written already: ${kept.reverse().join(', ')}`),
      { cause: error, place: error.place, hint: error.hint },
    )
  }
}

function replace({ change, temporary }: Staged): void {
  try {
    if (change.before !== undefined) renameSync(temporary, change.path)
    else create(temporary, change.path)
  } catch (error) {
    // It was created after the check.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw changed(change.file)
    throw writeFailure(change.file, error)
  }
}

/** Unlike a rename, a link fails if the target exists. Not every file system has hard links. */
function create(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    renameSync(temporary, path)
  }
}

/** False if that would lose what another process has written since. */
function putBack({ change: { file, path, before, after }, backup }: Staged): boolean {
  try {
    assertUnchanged({ file, path, before: after, after })
    if (backup !== undefined) renameSync(backup, path)
    else if (before === undefined) unlinkSync(path)
    return true
  } catch {
    return false
  }
}

function assertUnchanged(change: FileChange): void {
  try {
    assertFolder(change)
  } catch (error) {
    throw writeFailure(change.file, error)
  }
  const { file, path, before } = change
  if (before !== undefined) {
    assertContent(change, path)
    return
  }
  const now = statsOf(path)
  if (now?.isDirectory())
    throw writeFailure(file, Object.assign(new Error('it is a directory'), { code: 'EISDIR' }))
  if (now !== undefined) throw changed(file)
}

function assertContent({ file, before }: FileChange, path: string): void {
  const now = readRegularFile(path, before?.length ?? 0)
  if (now.kind === 'missing') throw changed(file, 'was removed')
  if (now.kind !== 'file' || before?.equals(now.bytes) !== true) throw changed(file)
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

async function discard(staged: readonly Staged[]): Promise<void> {
  for (const { temporary, backup } of staged) {
    await unlink(temporary).catch(() => {})
    if (backup !== undefined) await unlink(backup).catch(() => {})
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  if (folder !== undefined) await flush(folder).catch(() => {})
  await folder?.close().catch(() => {})
}

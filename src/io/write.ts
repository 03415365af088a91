import {
  access,
  constants,
  copyFile,
  type FileHandle,
  link,
  open,
  readFile,
  rename,
  stat,
  unlink,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DockLockError } from '../core/error.ts'

/** One file to be written: `before` is what was read (undefined: there was no file), `after` what it shall be. */
export interface FileChange {
  /** For messages, relative to the project. */
  readonly file: string
  /** The file itself, symbolic links already followed. */
  readonly path: string
  readonly before: Buffer | undefined
  readonly after: Buffer
}

/**
 * Writes all files or none. Each is written in full beside its target and flushed before the first target is replaced, by rename,
 * so no reader ever sees half a file; should a rename fail, the ones before it are put back. Mode and, where the system lets us,
 * owner stay.
 * @throws DockLockError `changed` when a file is not what was read; `write` when one cannot be written. Nothing has changed then.
 */
export async function writeAll(changes: readonly FileChange[]): Promise<void> {
  const staged: Staged[] = []
  try {
    for (const change of changes) staged.push(await stage(change))
    for (const { change } of staged) await assertUnchanged(change)
  } catch (error) {
    await discard(staged)
    throw error
  }
  const replaced: Staged[] = []
  try {
    for (const entry of staged) {
      await rename(entry.temporary, entry.change.path).catch(error =>
        Promise.reject(failure(entry.change, error)),
      )
      replaced.push(entry)
    }
  } catch (error) {
    for (const { backup, change } of replaced.reverse()) {
      await (backup === undefined ? unlink(change.path) : rename(backup, change.path)).catch(() => {})
    }
    throw error
  } finally {
    await discard(staged)
    for (const folder of new Set(staged.map(({ change }) => dirname(change.path)))) await flushFolder(folder)
  }
}

interface Staged {
  readonly change: FileChange
  readonly temporary: string
  /** A second name for the old file, to put it back by; absent where there was none. */
  readonly backup: string | undefined
}

async function stage(change: FileChange): Promise<Staged> {
  // Not before it is needed: most runs write nothing, and it costs 2 ms.
  const { randomBytes } = await import('node:crypto')
  const beside = join(
    dirname(change.path),
    `.${basename(change.path)}.${process.pid}-${randomBytes(4).toString('hex')}`,
  )
  const temporary = `${beside}.tmp`
  let handle: FileHandle | undefined
  try {
    const old = change.before === undefined ? undefined : await stat(change.path)
    if (old !== undefined && (old.mode & 0o222) === 0)
      throw Object.assign(new Error('it is read-only'), { code: 'EACCES' })
    // The mode above is for root, who may write to everything; this is for everybody else.
    if (old !== undefined) await access(change.path, constants.W_OK)
    handle = await open(temporary, 'wx', old === undefined ? 0o666 : 0o600)
    await handle.writeFile(change.after)
    if (old !== undefined) {
      await handle.chown(old.uid, old.gid).catch(() => {})
      await handle.chmod(old.mode & 0o7777)
    }
    await handle.sync()
    await handle.close()
    handle = undefined
    const backup = old === undefined ? undefined : `${beside}.old`
    if (backup !== undefined) await keep(change.path, backup)
    return { change, temporary, backup }
  } catch (error) {
    await handle?.close().catch(() => {})
    await unlink(temporary).catch(() => {})
    throw failure(change, error)
  }
}

/** A second name for a file, or, on a file system that knows no such thing, a copy. */
async function keep(path: string, backup: string): Promise<void> {
  await link(path, backup).catch(async () => {
    await copyFile(path, backup, constants.COPYFILE_EXCL)
  })
}

async function assertUnchanged({ file, path, before }: FileChange): Promise<void> {
  const now = await readFile(path).catch(() => undefined)
  if (before === undefined ? now === undefined : now?.equals(before)) return
  throw new DockLockError(
    'changed',
    `${file} ${now === undefined ? 'vanished' : 'was changed by something else'} while dock-lock ran; nothing was written`,
    {
      hint: 'Run dock-lock again',
      place: { file, line: 1, column: 1 },
    },
  )
}

async function discard(staged: readonly Staged[]): Promise<void> {
  for (const { temporary, backup } of staged) {
    await unlink(temporary).catch(() => {})
    if (backup !== undefined) await unlink(backup).catch(() => {})
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close().catch(() => {})
}

function failure({ file }: FileChange, error: unknown): DockLockError {
  const { code, message } = error as NodeJS.ErrnoException
  const why: Record<string, string> = {
    EACCES: 'it, or its folder, is read-only',
    EPERM: 'it, or its folder, is read-only',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    ENOENT: 'it vanished',
  }
  return new DockLockError(
    'write',
    `${file} cannot be written: ${why[code ?? ''] ?? message}; nothing was written`,
    {
      cause: error,
      place: { file, line: 1, column: 1 },
      hint:
        code === 'ENOSPC' || code === 'EDQUOT'
          ? 'Free some space, then run dock-lock again'
          : 'Mend that, then run dock-lock again',
    },
  )
}

import { DockLockError } from '../core/error.ts'

/** A file is not what was read. */
export function changed(file: string, how = 'was changed by something else'): DockLockError {
  return new DockLockError('changed', `${file} ${how} while dock-lock ran; nothing was written`, {
    hint: 'Run dock-lock again',
    place: { file, line: 1, column: 1 },
  })
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it, or its folder, is read-only',
  EPERM: 'it, or its folder, is read-only',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it vanished',
  ENOTDIR: 'its folder vanished',
  EISDIR: 'it is a directory',
}

/** What the system says against writing a file. */
export function writeFailure(file: string, error: unknown): DockLockError {
  if (error instanceof DockLockError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const isFull = code === 'ENOSPC' || code === 'EDQUOT'
  return new DockLockError(
    'write',
    `${file} cannot be written: ${REASONS[code] ?? message}; nothing was written`,
    {
      cause: error,
      place: { file, line: 1, column: 1 },
      hint: isFull ? 'Free some space, then run dock-lock again' : 'Fix that, then run dock-lock again',
    },
  )
}

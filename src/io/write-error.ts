import { DockLockError } from '../core/error.ts'

/** The error for a file that is not what was read. */
export function changed(file: string, how = 'was changed by another program'): DockLockError {
  return new DockLockError('changed', `${file} ${how} while dock-lock ran; nothing was written`, {
    hint: 'Run dock-lock again',
    place: { file, line: 1, column: 1 },
  })
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'the file or its folder is read-only',
  EPERM: 'the file or its folder is read-only',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it was removed',
  ENOTDIR: 'its folder was removed',
  EISDIR: 'it is a directory',
}

/** The error for a file that the system does not write. */
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
      hint: isFull ? 'Free some space, then run dock-lock again' : 'Fix this, then run dock-lock again',
    },
  )
}

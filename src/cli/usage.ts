import { DockLockError } from '../core/error.ts'

/** @param meant what was probably meant, to be written after `dock-lock` */
export function usage(message: string, command?: string, meant?: string): DockLockError {
  const named = command === undefined ? '' : ` ${command}`
  return new DockLockError('usage', message, {
    hint: meant === undefined ? `See dock-lock${named} --help` : `Did you mean "dock-lock ${meant}"?`,
  })
}

import { DockLockError } from '../core/error.ts'
import { nearest } from '../lib/nearest.ts'

/** @param meant what was probably meant, to be written after `dock-lock` */
export function usage(message: string, command?: string, meant?: string): DockLockError {
  const named = command === undefined ? '' : ` ${command}`
  return new DockLockError('usage', message, {
    hint: meant === undefined ? `See dock-lock${named} --help` : `Did you mean "dock-lock ${meant}"?`,
  })
}

/** The name that was probably meant. Two changes make any word of three letters from any other. */
export function closest(word: string, known: readonly string[]): string | undefined {
  return nearest(word, known, Math.min(2, word.length >> 1))[0]
}

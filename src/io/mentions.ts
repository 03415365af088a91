import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** More than a file of that kind has. A larger one is left to `readProjectFile`, which says that it is too large. */
const MAX_SIZE = 1 << 20

/**
 * Whether a file of the project holds one of the words. It costs a third of `readProjectFile`, for files of which few are worth
 * reading. The answer is also yes for links and for what cannot be read: `readProjectFile` decides about these.
 */
export function mentions(root: string, file: string, words: readonly string[]): boolean {
  const path = join(root, file)
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants
  try {
    // Opening a device may have effects.
    if (!lstatSync(path).isFile()) return true
    const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    try {
      const stats = fstatSync(descriptor)
      if (!stats.isFile() || stats.size > MAX_SIZE) return true
      const bytes = Buffer.allocUnsafe(stats.size)
      const count = readSync(descriptor, bytes, 0, bytes.length, 0)
      const read = bytes.subarray(0, count)
      return words.some(word => read.includes(word))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return true
  }
}

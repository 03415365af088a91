import { readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type FileRead, readProjectFile } from './read.ts'

export const IGNORE_NAME = '.gitignore'

/**
 * A .gitignore, in `root`, below it or above it in the same repository, that git cannot finish reading. Git waits forever for a fifo,
 * and reads a file of any size. It ignores symbolic links.
 */
export async function findUnreadableIgnoreFile(
  root: string,
): Promise<{ readonly file: string; readonly read: Exclude<FileRead, { kind: 'file' }> } | undefined> {
  const above: string[] = []
  for (let folder = root; !(await namesIn(folder)).has('.git') && dirname(folder) !== folder; ) {
    folder = dirname(folder)
    above.push(folder)
  }
  const folders = [...above, root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const [name, kind] of await namesIn(folder)) {
      if (kind === 'folder' && name !== '.git' && !above.includes(folder)) folders.push(join(folder, name))
      if (kind !== 'file' || name !== IGNORE_NAME) continue
      const read = readProjectFile(folder, name)
      if (read.kind !== 'file') return { file: relative(root, join(folder, name)), read }
    }
  }
  return undefined
}

async function namesIn(folder: string): Promise<ReadonlyMap<string, 'folder' | 'link' | 'file'>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return new Map(
    entries.map(entry => [
      entry.name,
      entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'file',
    ]),
  )
}

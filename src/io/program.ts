import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeLeftovers, temporaryName } from './leftovers.ts'

/** Creates a file that only this user can read, calls `use`, and removes it. It is outside the project, because a build may copy the project's files. */
export async function withTemporaryFile<T>(
  name: string,
  text: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  await removeLeftovers('folder', [tmpdir()])
  const folder = join(tmpdir(), await temporaryName())
  // Fails if the name exists.
  await mkdir(folder, { mode: 0o700 })
  try {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

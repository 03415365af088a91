import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeLeftovers, temporaryName } from './leftovers.ts'

/** Hands a file to `use` that only this user can read, and takes it away again. Outside of the project, whose files a build may copy. */
export async function withTemporaryFile<T>(
  name: string,
  text: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  await removeLeftovers('folder', [tmpdir()])
  const folder = join(tmpdir(), await temporaryName())
  // Fails when there is anything of that name.
  await mkdir(folder, { mode: 0o700 })
  try {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

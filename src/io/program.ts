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
  return withTemporaryFiles([{ name, text }], folder => use(join(folder, name)))
}

/** The same for several files in a folder of their own. */
export async function withTemporaryFiles<T>(
  files: readonly { readonly name: string; readonly text: string }[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await removeLeftovers('folder', [tmpdir()])
  const folder = join(tmpdir(), await temporaryName())
  // Fails if the name exists.
  await mkdir(folder, { mode: 0o700 })
  try {
    for (const { name, text } of files) await writeFile(join(folder, name), text, { mode: 0o600, flag: 'wx' })
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

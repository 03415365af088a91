import { mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { withProject } from './project.ts'

const PAGE = 4096

/** A file system of `pages` pages for the time of `body`; false where this system lets nobody mount one. */
export async function withSmallDisk(
  pages: number,
  body: (folder: string) => Promise<void>,
): Promise<boolean> {
  let mounted = false
  await withProject(async outer => {
    const folder = outer.path('disk')
    mkdirSync(folder)
    const mount = await outer
      .exec('mount', ['-t', 'tmpfs', '-o', `size=${pages * PAGE}`, 'tmpfs', folder])
      .catch(() => undefined)
    if (mount?.code !== 0) return
    mounted = true
    try {
      await body(folder)
    } finally {
      await outer.exec('umount', [folder])
    }
  })
  return mounted
}

/** Fills the disk except for so many pages. Returns what makes it empty again. */
export function fillDisk(folder: string, free: number): () => void {
  const filler = join(folder, 'filler')
  assert.throws(() => writeFileSync(filler, Buffer.alloc(1 << 20)), /ENOSPC/)
  truncateSync(filler, statSync(filler).size - free * PAGE)
  return () => rmSync(filler)
}

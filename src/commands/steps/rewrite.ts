import { dirname } from 'node:path'
import type { Context } from '../../context.ts'
import type { Edit } from '../../core/edit.ts'
import { interrupted } from '../../core/error.ts'
import type { Lockfile } from '../../core/lockfile.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import type { FileReport } from '../../core/report-parts.ts'
import { rewriteLockfileText, rewriteText } from '../../core/rewrite.ts'
import { removeLeftovers } from '../../io/leftovers.ts'
import type { LockfileSource } from '../../io/lockfile.ts'
import { encodeSource } from '../../io/source.ts'
import { type FileChange, writeAll } from '../../io/write.ts'
import type { Options } from '../command.ts'
import type { Project } from './load-project.ts'
import { occurrencesIn, type Scan, type ScannedSource } from './scan.ts'

/** A file to change: its data for `writeAll`, and for display. */
export interface Rewrite {
  readonly change: FileChange
  readonly places: number
  readonly diff: string
}

/** The rewrites that `editsOf` asks for. Each file is read again and compared before anything is written. */
export function rewriteFiles(
  scan: Scan,
  editsOf: (occurrences: readonly Occurrence[]) => readonly Edit[],
): readonly Rewrite[] {
  return scan.sources.flatMap(source => {
    const { file, path, bytes, occurrences } = source
    const rewritten = rewriteText(source, editsOf(occurrences), text => occurrencesIn(source, text, scan))
    if (rewritten === undefined) return []
    const { text, places, diff } = rewritten
    return [{ change: { file, path, before: bytes, after: encodeSource(source, text) }, places, diff }]
  })
}

/** The rewrite of the lockfile; none if the content is unchanged. */
export function rewriteLockfile(source: LockfileSource, images: Lockfile): readonly Rewrite[] {
  const rewritten = rewriteLockfileText(source, images)
  if (rewritten === undefined) return []
  const { file, path, bytes } = source
  const { text, diff } = rewritten
  return [{ change: { file, path, before: bytes, after: Buffer.from(text) }, places: 0, diff }]
}

/** Writes all files, in this order, or none; not in a dry run. Returns whether it wrote any. */
export async function writeRewrites(
  { signal }: Context,
  rewrites: readonly Rewrite[],
  { dryRun }: Options,
): Promise<boolean> {
  if (dryRun || rewrites.length === 0) return false
  if (signal.aborted) throw interrupted()
  await writeAll(
    rewrites.map(({ change }) => change),
    signal,
  )
  return true
}

export function fileReports(rewrites: readonly Rewrite[], written: boolean): readonly FileReport[] {
  return rewrites.map(({ change: { file }, places }) => ({ file, places, written }))
}

export function diffOf(rewrites: readonly Rewrite[]): string {
  return rewrites.map(({ diff }) => diff).join('')
}

/** Removes temporary files that killed runs left beside the files that are written. */
export function cleanUp({ lockfile }: Project, sources: readonly ScannedSource[]): Promise<void> {
  return removeLeftovers(
    'file',
    [lockfile, ...sources].map(({ path }) => dirname(path)),
  )
}

import { dirname } from 'node:path'
import { unifiedDiff } from '../../core/diff.ts'
import { applyEdits, type Edit } from '../../core/edit.ts'
import { DockLockError } from '../../core/error.ts'
import { type Lockfile, serializeLockfile } from '../../core/lockfile.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { repositoryName } from '../../core/reference.ts'
import type { FileReport } from '../../core/report.ts'
import { removeLeftovers } from '../../io/leftovers.ts'
import type { LockfileSource } from '../../io/lockfile.ts'
import { encodeSource } from '../../io/source.ts'
import type { FileChange } from '../../io/write.ts'
import type { Project } from './load-project.ts'
import { occurrencesIn, type Scan, type ScannedSource } from './scan.ts'

/** A file to change: its data for `writeAll`, and for display. */
export interface Rewrite {
  readonly change: FileChange
  readonly report: FileReport
  readonly diff: string
}

/** The rewrites that `editsOf` asks for. Each file is read again and compared before anything is written. */
export function rewriteFiles(
  scan: Scan,
  editsOf: (occurrences: readonly Occurrence[]) => readonly Edit[],
): readonly Rewrite[] {
  return scan.sources.flatMap(source => {
    const edits = editsOf(source.occurrences)
    if (edits.length === 0) return []
    const text = applyEdits(source.text, edits)
    assertSameImages(source, occurrencesIn(source, text, scan))
    return [
      {
        change: {
          file: source.file,
          path: source.path,
          before: source.bytes,
          after: encodeSource(source, text),
        },
        report: { file: source.file, places: new Set(edits.map(edit => edit.range.start)).size },
        diff: unifiedDiff(source.file, source.text, text),
      },
    ]
  })
}

/**
 * The rewritten file must name the same images in the same order, except for digests. Anything else is a bug in dock-lock and must not
 * reach the disk.
 */
function assertSameImages(source: ScannedSource, rewritten: readonly Occurrence[]): void {
  const names = (occurrences: readonly Occurrence[]) =>
    occurrences.map(occurrence =>
      occurrence.kind === 'image'
        ? repositoryName(occurrence.reference)
        : `${occurrence.kind} ${occurrence.text}`,
    )
  if (names(source.occurrences).join('\n') === names(rewritten).join('\n')) return
  throw new DockLockError(
    'malformed',
    `${source.file} would name other images once pinned; nothing was written`,
    {
      hint: 'This is a bug in dock-lock: please report it with the file',
      place: { file: source.file, line: 1, column: 1 },
    },
  )
}

/** The rewrite of the lockfile; undefined if the content is unchanged, in whatever layout. */
export function rewriteLockfile(source: LockfileSource, images: Lockfile): Rewrite | undefined {
  const text = serializeLockfile(images)
  if (source.bytes !== undefined && text === serializeLockfile(source.images)) return undefined
  return {
    change: { file: source.file, path: source.path, before: source.bytes, after: Buffer.from(text) },
    report: { file: source.file, places: 0 },
    diff: unifiedDiff(source.file, source.bytes === undefined ? undefined : source.text, text),
  }
}

/** Removes temporary files that killed runs left beside the files that are written. */
export function cleanUp({ lockfile }: Project, sources: readonly ScannedSource[]): Promise<void> {
  return removeLeftovers(
    'file',
    [lockfile, ...sources].map(({ path }) => dirname(path)),
  )
}

/** New texts for files and lockfile, from edits. */
import { unifiedDiff } from './diff.ts'
import { applyEdits, type Edit } from './edit.ts'
import { DockLockError } from './error.ts'
import { type Lockfile, serializeLockfile } from './lockfile.ts'
import type { Occurrence } from './occurrence.ts'
import { repositoryName } from './reference.ts'

export interface TextRewrite {
  readonly text: string
  /** Places that change. */
  readonly places: number
  readonly diff: string
}

/** The text of a file on disk, and how many places of it have been changed since. */
export interface PendingText {
  readonly onDisk: string
  readonly places: number
}

/**
 * The text with the edits; undefined if there are none.
 * @param extract the occurrences of another text of the same file
 * @throws DockLockError if the new text would name other images
 */
export function rewriteText(
  source: {
    readonly file: string
    readonly text: string
    readonly occurrences: readonly Occurrence[]
    /** Changes in `text` that are not written yet. */
    readonly pending?: PendingText
  },
  edits: readonly Edit[],
  extract: (text: string) => readonly Occurrence[],
): TextRewrite | undefined {
  const { pending } = source
  if (edits.length === 0 && pending === undefined) return undefined
  const text = applyEdits(source.text, edits)
  assertSameImages(source.file, source.occurrences, extract(text))
  return {
    text,
    places: new Set(edits.map(edit => edit.range.start)).size + (pending?.places ?? 0),
    diff: unifiedDiff(source.file, pending?.onDisk ?? source.text, text),
  }
}

/**
 * The rewritten file must name the same images in the same lines, except for digests. Anything else is a bug in dock-lock and must not
 * reach the disk. A place counts once: with a digest in the default of an ARG, it may be two images, one for each value of the ARG.
 */
function assertSameImages(
  file: string,
  before: readonly Occurrence[],
  rewritten: readonly Occurrence[],
): void {
  const names = (occurrences: readonly Occurrence[]) => [
    ...new Set(
      occurrences.map(occurrence => {
        const name =
          occurrence.kind === 'image'
            ? repositoryName(occurrence.reference)
            : `${occurrence.kind} ${occurrence.text}`
        return `${occurrence.place.line} ${name}`
      }),
    ),
  ]
  if (names(before).join('\n') === names(rewritten).join('\n')) return
  throw new DockLockError('malformed', `${file} would name other images once pinned; nothing was written`, {
    hint: 'This is a bug in dock-lock: please report it with the file',
    place: { file, line: 1, column: 1 },
  })
}

/** The new text of the lockfile; undefined if the content is unchanged, in whatever layout, and without merge conflicts. */
export function rewriteLockfileText(
  source: {
    readonly file: string
    readonly text: string
    readonly bytes: Uint8Array | undefined
    readonly images: Lockfile
    readonly conflicts?: unknown
  },
  images: Lockfile,
): Omit<TextRewrite, 'places'> | undefined {
  const text = serializeLockfile(images)
  const isNew = source.bytes === undefined
  if (!isNew && source.conflicts === undefined && text === serializeLockfile(source.images)) return undefined
  return { text, diff: unifiedDiff(source.file, isNew ? undefined : source.text, text) }
}

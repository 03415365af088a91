/** Reads both sides of a lockfile with conflict markers. */
import { type ConflictSide, type Conflicts, readConflicts } from '../core/conflict-markers.ts'
import { DockLockError } from '../core/error.ts'
import { LOCKFILE_NAME, type LockedReference, type ParsedLockfile } from '../core/lockfile.ts'
import { type MergedLockfile, mergeLockfiles } from '../core/lockfile-merge.ts'
import { type GitRun, runGit } from './git.ts'

/** A lockfile text → its images. @throws DockLockError `malformed` with the place */
export type ParseText = (text: string) => Promise<ParsedLockfile>

export interface ConflictedLockfile extends MergedLockfile {
  /** Conflicts in the file. */
  readonly count: number
}

/** The texts of an unmerged file in git's index. */
export interface UnmergedTexts {
  readonly base?: string
  readonly ours: string
  readonly theirs: string
}

/**
 * The union of both sides. Git's index has them as they were, if the merge is still going on. Otherwise they come from the markers: around
 * these, git may have merged lines of both sides into one image, so what is known about such an image besides its digest is dropped.
 * @throws DockLockError `malformed` with the line in the file if a side is not a lockfile
 */
export async function mergeConflicted(
  conflicts: Conflicts,
  parse: ParseText,
  unmerged: () => Promise<UnmergedTexts | undefined>,
): Promise<ConflictedLockfile> {
  const { count } = conflicts
  const texts = await unmerged()
  if (texts !== undefined && isOf(conflicts.ours, texts.ours) && isOf(conflicts.theirs, texts.theirs)) {
    const [ours, theirs] = await Promise.all([parsed(texts.ours, parse), parsed(texts.theirs, parse)])
    if (ours !== undefined && theirs !== undefined)
      return { ...mergeLockfiles(ours, theirs, await parseBase(texts.base, parse)), count }
  }
  const ours = await parseSide(conflicts.ours, 'ours', parse)
  const theirs = await parseSide(conflicts.theirs, 'theirs', parse)
  return { ...mergeLockfiles(ours, theirs, await parseBase(conflicts.base?.text, parse)), count }
}

/** Whether the conflicts of a side come from this version: git may remember an earlier merge. */
function isOf({ text, lines }: ConflictSide, version: string): boolean {
  const known = new Set(version.split(/\r?\n/))
  return text.split(/\r?\n/).every((line, index) => lines[index]?.inConflict !== true || known.has(line))
}

async function parsed(text: string, parse: ParseText): Promise<ParsedLockfile | undefined> {
  try {
    return await parse(text)
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'malformed') return undefined
    throw error
  }
}

/**
 * The base, as far as it is known. With several bases, git merges these first and may leave conflicts in the result: then what both sides
 * of it agree on.
 */
export async function parseBase(
  text: string | undefined,
  parse: ParseText,
): Promise<ParsedLockfile | undefined> {
  if (text === undefined) return undefined
  const read = readConflicts(text)
  if (read.kind === 'broken') return undefined
  if (read.kind === 'none') return parsed(text, parse)
  // The markers of each level are longer than those around it.
  const { ours, theirs } = read.conflicts
  const [a, b] = [await parseBase(ours.text, parse), await parseBase(theirs.text, parse)]
  if (a === undefined || b === undefined) return undefined
  return new Map([...a].filter(([key, image]) => JSON.stringify(b.get(key)) === JSON.stringify(image)))
}

async function parseSide(side: ConflictSide, name: string, parse: ParseText): Promise<ParsedLockfile> {
  try {
    const mixed = mixedKeys(side)
    return new Map(
      [...(await parse(side.text))].map(([key, image]) => [key, mixed.has(key) ? bare(image) : image]),
    )
  } catch (error) {
    if (!(error instanceof DockLockError) || error.place === undefined) throw error
    const line = side.lines[error.place.line - 1]?.number ?? 1
    throw new DockLockError('malformed', `merge conflict, side "${name}": ${error.message}`, {
      place: { ...error.place, file: LOCKFILE_NAME, line },
      hint: `Keep one side of each conflict, or restore the file (git checkout COMMIT -- ${LOCKFILE_NAME}), then run dock-lock`,
    })
  }
}

/** The images of which only some lines are in conflicts. */
function mixedKeys({ text, lines }: ConflictSide): ReadonlySet<string> {
  const seen = new Map<string, Set<boolean>>()
  let current: Set<boolean> | undefined
  for (const [index, content] of text.split('\n').entries()) {
    const [, key] = /^ {2}"?([^\s"]+?)"?:\r?$/.exec(content) ?? []
    if (key !== undefined) {
      current = new Set()
      seen.set(key, current)
    }
    if (content.trim() !== '') current?.add(lines[index]?.inConflict === true)
  }
  return new Set([...seen].flatMap(([key, kinds]) => (kinds.size > 1 ? [key] : [])))
}

function bare({ reference, digest, adopted }: LockedReference): LockedReference {
  return { reference, digest, ...(adopted !== undefined && { adopted }) }
}

/** Milliseconds. */
const TIMEOUT = 10_000

/**
 * The unmerged versions of the lockfile in git's index, also after `git add`, until the commit; undefined if there are none, or git
 * cannot say.
 */
export async function readUnmerged(git: GitRun): Promise<UnmergedTexts | undefined> {
  try {
    const ids = await stagesOf(git, '--unmerged')
    const [base, ours, theirs] = await readStages(
      git,
      ids.size > 0 ? ids : await stagesOf(git, '--resolve-undo'),
    )
    if (ours === undefined || theirs === undefined) return undefined
    return { ...(base !== undefined && { base }), ours, theirs }
  } catch (error) {
    if (error instanceof DockLockError && error.code !== 'interrupted') return undefined
    throw error
  }
}

/** Stage → object. */
async function stagesOf(git: GitRun, which: string): Promise<ReadonlyMap<string, string>> {
  const listed = await runGit(['ls-files', which, '-z', '--', LOCKFILE_NAME], git, TIMEOUT)
  return new Map(
    (listed?.toString('utf8') ?? '').split('\0').flatMap((entry): [string, string][] => {
      const [, id, stage, path] = /^\d+ ([0-9a-f]+) ([123])\t(.*)$/s.exec(entry) ?? []
      return id === undefined || stage === undefined || path !== LOCKFILE_NAME ? [] : [[stage, id]]
    }),
  )
}

function readStages(git: GitRun, ids: ReadonlyMap<string, string>): Promise<readonly (string | undefined)[]> {
  return Promise.all(
    ['1', '2', '3'].map(async stage => {
      const id = ids.get(stage)
      if (id === undefined) return undefined
      return (await runGit(['cat-file', 'blob', id], git, TIMEOUT))?.toString('utf8')
    }),
  )
}

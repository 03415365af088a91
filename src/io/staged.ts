import { isAbsolute, join, posix } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { compareNatural } from '../core/natural.ts'
import { type GitRun, runGit } from './git.ts'
import { movedMark, refuseUnreadable, shownName, splitNames } from './names.ts'
import { type FileRead, irregular, maxSize, OUTSIDE, tooLarge } from './read.ts'

/** Path, relative to the project → its entry in the index. */
type Index = ReadonlyMap<string, { readonly mode: string; readonly id: string }>

const LINK = '120000'
const SUBMODULE = '160000'
/** Linux follows as many links in a row. */
const MAX_LINKS = 40

/** The files in the index that `matches` selects, sorted. @throws DockLockError `usage` outside a git repository */
export async function listStaged(
  git: GitRun,
  matches: (path: string) => boolean,
): Promise<readonly string[]> {
  const index = await readIndex(git)
  const files = [...index].flatMap(([path, { mode }]) => (mode !== SUBMODULE && matches(path) ? [path] : []))
  refuseUnreadable(files)
  return files.sort(compareNatural)
}

/**
 * Reads files as they are in the index, by the rules of `readProjectFile`: symbolic links point into the project's index.
 * Content that git lacks, as in a partial clone, is unreadable.
 */
export function readStaged(git: GitRun, files: readonly string[]): (file: string) => Promise<FileRead> {
  const contents = readContents(git, files)
  contents.catch(() => {})
  return async file => (await contents).get(file) ?? { kind: 'missing' }
}

async function readContents(git: GitRun, files: readonly string[]): Promise<ReadonlyMap<string, FileRead>> {
  const index = await readIndex(git)
  const contents = new Map<string, FileRead>()
  let wanted = files.map(file => ({ file, path: file }))
  for (let links = 0; wanted.length > 0; links++) {
    const blobs = await readBlobs(
      wanted.map(({ file, path }) => ({ id: index.get(path)?.id, limit: maxSize(file) })),
      git,
    )
    wanted = wanted.flatMap(({ file, path }, number) => {
      const blob = blobs[number]
      const entry = index.get(path)
      if (entry === undefined) {
        if (path !== file) contents.set(file, irregular('link-not-staged'))
      } else if (entry.mode === SUBMODULE) contents.set(file, irregular('submodule'))
      else if (blob === undefined) contents.set(file, NOT_FETCHED)
      else if (blob === 'too-large') contents.set(file, tooLarge(maxSize(file)))
      else if (entry.mode !== LINK)
        contents.set(file, { kind: 'file', path: join(git.root, path), bytes: blob })
      else if (links === MAX_LINKS) contents.set(file, irregular('link-in-loop'))
      else {
        const text = blob.toString('utf8')
        const target = posix.join(posix.dirname(path), text)
        if (!isAbsolute(text) && target !== '..' && !target.startsWith('../')) return [{ file, path: target }]
        contents.set(file, OUTSIDE)
      }
      return []
    })
  }
  return contents
}

/** Must not be skipped: unread content is not checked. */
const NOT_FETCHED: FileRead = { kind: 'unreadable', unreadable: { code: 'not-fetched' } }

/**
 * @throws DockLockError `usage` for an index with conflicts: it has several contents for one file, and none can be committed
 * @see https://git-scm.com/docs/git-ls-files#_output
 */
async function readIndex(git: GitRun): Promise<Index> {
  const stdout = await runGit(['ls-files', '--stage', '-z', '--', '.'], git)
  if (stdout === undefined) {
    throw new DockLockError('usage', '--staged needs a git repository', {
      hint: 'Run it in a git repository, or omit --staged',
    })
  }
  const entries = splitNames(stdout).map(line => {
    const tab = line.indexOf('\t')
    const [mode = '', id = '', stage] = line.slice(0, tab).replace('\0', '').split(' ')
    const path = movedMark(line, tab + 1)
    if (stage !== '0') throw unmerged(path)
    return [path, { mode, id }] as const
  })
  return new Map(entries)
}

function unmerged(path: string): DockLockError {
  return new DockLockError('usage', `the index is unmerged: ${shownName(path)} has a conflict`, {
    hint: 'Resolve the conflict and run: git add; or omit --staged',
  })
}

/** The blobs with these ids, in order. A blob above its limit is not read. */
async function readBlobs(
  wanted: readonly { readonly id: string | undefined; readonly limit: number }[],
  git: GitRun,
): Promise<readonly (Buffer | 'too-large' | undefined)[]> {
  const ids = wanted.flatMap(({ id }) => id ?? [])
  if (ids.length === 0) return wanted.map(() => undefined)
  const sizes = new Map<string, number>()
  for (const line of (await catFile(git, '--batch-check', ids)).toString('utf8').split('\n')) {
    const [, id, size] = HEADER.exec(line) ?? []
    if (id !== undefined) sizes.set(id, Number(size))
  }
  const fits = ({ id = '', limit }: (typeof wanted)[number]) => (sizes.get(id) ?? limit + 1) <= limit
  const read = [...new Set(wanted.filter(fits).flatMap(({ id }) => id ?? []))]
  const output = read.length === 0 ? Buffer.alloc(0) : await catFile(git, '--batch', read)
  const blobs = new Map<string, Buffer>()
  for (let position = 0; position < output.length; ) {
    const end = output.indexOf(0x0a, position)
    const [, id, size] = HEADER.exec(output.toString('utf8', position, end)) ?? []
    position = end + 1
    if (id === undefined) continue
    blobs.set(id, output.subarray(position, position + Number(size)))
    position += Number(size) + 1
  }
  return wanted.map(one => (sizes.has(one.id ?? '') && !fits(one) ? 'too-large' : blobs.get(one.id ?? '')))
}

const HEADER = /^([0-9a-f]+) blob (\d+)$/

/** The output of `git cat-file` for these objects, from one process. @see https://git-scm.com/docs/git-cat-file#_batch_output */
async function catFile(
  git: GitRun,
  mode: '--batch' | '--batch-check',
  ids: readonly string[],
): Promise<Buffer> {
  const input = ids.map(id => `${id}\n`).join('')
  return (await runGit(['cat-file', mode], { ...git, input, partial: true })) ?? Buffer.alloc(0)
}

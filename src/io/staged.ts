import { join, posix } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { type GitRun, runGit } from './git.ts'
import { decodeSource, type Source } from './source.ts'

/** Path, relative to the project → what the index has there. */
type Index = ReadonlyMap<string, { readonly mode: string; readonly id: string }>

const LINK = '120000'
const SUBMODULE = '160000'
/** As many links in a row as Linux follows. */
const MAX_LINKS = 40

/** The files of the index that `matches` picks, sorted. @throws DockLockError `usage` outside of a git repository. */
export async function listStaged(
  git: GitRun,
  matches: (path: string) => boolean,
): Promise<readonly string[]> {
  const index = await readIndex(git)
  return [...index]
    .filter(([path, { mode }]) => mode !== SUBMODULE && matches(path))
    .map(([path]) => path)
    .sort()
}

/**
 * Reads files as they stand in the index. What git has not at hand, as in a partial clone, is an error (`malformed`); undefined for one that is not there or, being a symbolic link, leads to nothing in
 * the index of the project.
 */
export function readStaged(
  git: GitRun,
  files: readonly string[],
): (file: string) => Promise<Source | undefined> {
  const contents = readContents(git, files)
  contents.catch(() => {})
  return async file => {
    const found = (await contents).get(file)
    if (found === 'missing') {
      throw new DockLockError('malformed', `${file} is staged, but git does not have its content`, {
        place: { file, line: 1, column: 1 },
        hint: 'Fetch it, as by: git checkout-index --all; then check again',
      })
    }
    return found === undefined ? undefined : decodeSource(file, join(git.root, found.path), found.bytes)
  }
}

async function readContents(
  git: GitRun,
  files: readonly string[],
): Promise<ReadonlyMap<string, { readonly path: string; readonly bytes: Buffer } | 'missing'>> {
  const index = await readIndex(git)
  const contents = new Map<string, { path: string; bytes: Buffer } | 'missing'>()
  let wanted = files.map(file => ({ file, path: file }))
  for (let links = 0; wanted.length > 0 && links <= MAX_LINKS; links++) {
    const blobs = await catBlobs(
      wanted.map(({ path }) => index.get(path)?.id),
      git,
    )
    wanted = wanted.flatMap(({ file, path }, number) => {
      const bytes = blobs[number]
      if (bytes === undefined) {
        // Not to be passed over: what nobody has read is not checked.
        if (index.has(path) && index.get(path)?.mode !== SUBMODULE) contents.set(file, 'missing')
        return []
      }
      if (index.get(path)?.mode === LINK) {
        return [{ file, path: posix.join(posix.dirname(path), bytes.toString('utf8')) }]
      }
      contents.set(file, { path, bytes })
      return []
    })
  }
  return contents
}

/** @see https://git-scm.com/docs/git-ls-files#_output */
async function readIndex(git: GitRun): Promise<Index> {
  const { ok, stdout } = await runGit(['ls-files', '--stage', '-z', '--', '.'], git)
  if (!ok) {
    throw new DockLockError('usage', '--staged needs a git repository', {
      hint: 'Run it inside of one, or leave out --staged',
    })
  }
  const lines = stdout.toString().split('\0').slice(0, -1)
  const entries = lines.map(line => {
    const [mode = '', id = ''] = line.split(' ', 2)
    return [line.slice(line.indexOf('\t') + 1), { mode, id }] as const
  })
  return new Map(entries)
}

/** The objects of these ids, in order, all through one process. @see https://git-scm.com/docs/git-cat-file#_batch_output */
async function catBlobs(
  ids: readonly (string | undefined)[],
  git: GitRun,
): Promise<readonly (Buffer | undefined)[]> {
  if (ids.every(id => id === undefined)) return []
  const input = ids.flatMap(id => (id === undefined ? [] : [`${id}\n`])).join('')
  const { stdout: output } = await runGit(['cat-file', '--batch'], { ...git, input })
  let position = 0
  const next = () => {
    const end = output.indexOf(0x0a, position)
    const header = output.toString('utf8', position, end)
    position = end + 1
    const [, type, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(header) ?? []
    if (size === undefined) return undefined
    const object = output.subarray(position, position + Number(size))
    position += Number(size) + 1
    return type === 'blob' ? object : undefined
  }
  return ids.map(id => (id === undefined ? undefined : next()))
}

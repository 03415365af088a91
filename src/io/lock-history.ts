/** Which commit locked an image, from git. */
import { DockLockError } from '../core/error.ts'
import type { LockedSince } from '../core/image-uses.ts'
import { LOCKFILE_NAME, type Lockfile } from '../core/lockfile.ts'
import { type GitRun, runGit } from './git.ts'

/** Milliseconds. The history of a lockfile is short, but that of a repository is not. */
const TIMEOUT = 5_000
/** The longest subject of a commit, in characters. */
const SUBJECT_MAX = 200

/**
 * The commits that wrote the digests of the lockfile, by key. Undefined without git, in a repository without commits, and where git takes
 * too long or fails.
 */
export async function readLockHistory(
  git: GitRun,
  lockfile: Lockfile,
): Promise<ReadonlyMap<string, LockedSince> | undefined> {
  try {
    // The last commit is read, not the working tree: for that, git would run filters that the repository's settings name.
    const [blame, shallow] = await Promise.all([
      runGit(['blame', '--porcelain', '--no-textconv', 'HEAD', '--', LOCKFILE_NAME], git, TIMEOUT),
      runGit(['rev-parse', '--is-shallow-repository'], git, TIMEOUT),
    ])
    if (blame === undefined) return undefined
    const isShallow = shallow?.toString('utf8').trim() === 'true'
    const committed = parseBlame(blame.toString('utf8'), isShallow)
    return new Map(
      [...lockfile].map(([key, { digest }]) => {
        const line = committed.get(key)
        return [key, line?.digest === digest ? line.since : { kind: 'uncommitted' }]
      }),
    )
  } catch (error) {
    if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
    return NOT_COMMITTED.test(error.message)
      ? new Map([...lockfile.keys()].map(key => [key, { kind: 'uncommitted' }]))
      : undefined
  }
}

/** The repository has no commit, or the last one no lockfile. */
const NOT_COMMITTED = /: (?:no such path|bad revision|ambiguous argument) /

interface Line {
  readonly digest: string
  readonly since: LockedSince
}

interface Commit {
  time?: string
  subject?: string
  boundary?: true
}

/**
 * The digest of each block, and the commit of its line. A commit is described only where it comes first.
 * @see https://git-scm.com/docs/git-blame#_the_porcelain_format
 */
export function parseBlame(porcelain: string, isShallow: boolean): ReadonlyMap<string, Line> {
  const commits = new Map<string, Commit>()
  const found = new Map<string, Line>()
  let id = ''
  let commit: Commit = {}
  let key: string | undefined
  for (const line of porcelain.split('\n')) {
    if (line.startsWith('\t')) {
      const text = line.slice(1).trimEnd()
      const [, name] = /^ {2}"?([^\s"]+?)"?:$/.exec(text) ?? []
      if (name !== undefined) key = name
      const [, digest] = /^ {4}digest: (\S+)$/.exec(text) ?? []
      if (digest !== undefined && key !== undefined)
        found.set(key, { digest, since: sinceOf(id, commit, isShallow) })
      continue
    }
    const [, header] = /^([0-9a-f]{40,64}) \d+ \d+/.exec(line) ?? []
    if (header !== undefined) {
      id = header
      commit = commits.get(id) ?? {}
      commits.set(id, commit)
    } else if (line.startsWith('author-time ')) {
      const seconds = Number(line.slice('author-time '.length))
      const date = new Date(seconds * 1000)
      if (!Number.isNaN(date.getTime())) commit.time = date.toISOString().replace('.000Z', 'Z')
    } else if (line.startsWith('summary ')) commit.subject = line.slice('summary '.length, SUBJECT_MAX)
    else if (line === 'boundary') commit.boundary = true
  }
  return found
}

function sinceOf(commit: string, { time, subject, boundary }: Commit, isShallow: boolean): LockedSince {
  return {
    kind: 'commit',
    commit,
    time: time ?? '',
    subject: subject ?? '',
    ...(isShallow && boundary && { orEarlier: true as const }),
  }
}

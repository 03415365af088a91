import { join, relative } from 'node:path'
import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import { CONFIG_NAMES } from '../../io/config.ts'
import { type GitRun, runGit } from '../../io/git.ts'
import { splitNames } from '../../io/names.ts'
import { readProjectFile } from '../../io/read.ts'
import { readStaged } from '../../io/staged.ts'

/** A command of git, as arguments, after which `check --staged` passes. */
export interface StagingCommand {
  readonly args: readonly string[]
  /** `dock-lock` must run first: the working tree has problems of its own, or pre-commit has put its changes aside. */
  readonly isAfterLock: boolean
}

/**
 * Stages what the working tree has, or restores a deleted lockfile. Undefined if the working tree has problems that `dock-lock` does
 * not solve.
 */
export async function stagingCommand(
  { cwd, env, signal }: Context,
  root: string,
  findings: readonly Finding[],
  treePasses: () => Promise<boolean>,
): Promise<StagingCommand | undefined> {
  const git: GitRun = { root, env, signal }
  const named = findings.flatMap(filesOf)
  const files = [...new Set([LOCKFILE_NAME, ...CONFIG_NAMES, ...named])]
  const staged = readStaged(git, files)
  const shown = (file: string) => relative(cwd, join(root, file))
  const differs = async (file: string): Promise<boolean> => {
    const [inTree, inIndex] = [readProjectFile(root, file), await staged(file)]
    return inTree.kind === 'file' && !(inIndex.kind === 'file' && inIndex.bytes.equals(inTree.bytes))
  }
  if (isMissing(root) && (await isCommitted(git)))
    return { args: ['restore', '--staged', '--worktree', shown(LOCKFILE_NAME)], isAfterLock: false }
  const changed: string[] = []
  for (const file of files) if (await differs(file)) changed.push(file)
  const isAfterLock = changed.length === 0 || !(await treePasses())
  if (isAfterLock && !findings.every(({ code }) => BY_LOCK.has(code))) return undefined
  const added = isAfterLock ? [...new Set([LOCKFILE_NAME, ...named])] : changed
  return { args: ['add', ...(await forceFor(added, git)), ...added.map(shown)], isAfterLock }
}

/** The findings that a run of `dock-lock` removes. */
const BY_LOCK: ReadonlySet<Finding['code']> = new Set(['unlocked', 'unpinned', 'mismatch', 'orphan'])

function filesOf(finding: Finding): readonly string[] {
  if ('places' in finding) return finding.places.map(({ file }) => file)
  return 'place' in finding ? [finding.place.file] : []
}

/** Git adds an ignored file only by force. */
async function forceFor(files: readonly string[], git: GitRun): Promise<readonly string[]> {
  const ignored = await runGit(['ls-files', '-z', '-oi', '--exclude-standard', '--', ...files], git)
  return ignored !== undefined && ignored.length > 0 ? ['--force'] : []
}

function isMissing(root: string): boolean {
  return readProjectFile(root, LOCKFILE_NAME).kind === 'missing'
}

/** Whether the last commit has the lockfile. There may be no commit yet. */
async function isCommitted(git: GitRun): Promise<boolean> {
  try {
    const listed = await runGit(['ls-tree', '-z', '--name-only', 'HEAD', '--', LOCKFILE_NAME], git)
    return listed !== undefined && splitNames(listed).length > 0
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'usage') return false
    throw error
  }
}

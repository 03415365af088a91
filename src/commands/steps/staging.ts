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

/**
 * The git command after which `check --staged` passes: it stages what the working tree has, or restores a deleted lockfile.
 * Undefined if `treePasses` says that the working tree has problems of its own.
 */
export async function stagingCommand(
  { cwd, env, signal }: Context,
  root: string,
  findings: readonly Finding[],
  treePasses: () => Promise<boolean>,
): Promise<readonly string[] | undefined> {
  const git: GitRun = { root, env, signal }
  const named = findings.flatMap(finding =>
    'places' in finding
      ? finding.places.map(({ file }) => file)
      : 'place' in finding
        ? [finding.place.file]
        : [],
  )
  const files = [...new Set([LOCKFILE_NAME, ...CONFIG_NAMES, ...named])]
  const staged = readStaged(git, files)
  const shown = (file: string) => relative(cwd, join(root, file))
  const differs = async (file: string): Promise<boolean> => {
    const [inTree, inIndex] = [readProjectFile(root, file), await staged(file)]
    return inTree.kind === 'file' && !(inIndex.kind === 'file' && inIndex.bytes.equals(inTree.bytes))
  }
  if (isMissing(root) && (await isCommitted(git)))
    return ['restore', '--staged', '--worktree', shown(LOCKFILE_NAME)]
  const changed: string[] = []
  for (const file of files) if (await differs(file)) changed.push(file)
  if (changed.length === 0 || !(await treePasses())) return undefined
  // Git adds an ignored file only by force.
  const ignored = await runGit(['ls-files', '-z', '-oi', '--exclude-standard', '--', ...changed], git)
  const force = ignored !== undefined && ignored.length > 0 ? ['--force'] : []
  return ['add', ...force, ...changed.map(shown)]
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

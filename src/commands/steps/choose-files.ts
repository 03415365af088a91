import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { irregularWords } from '../../core/file-problem.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import type { SkippedFile } from '../../core/report-parts.ts'
import { CONFIG_NAMES } from '../../io/config.ts'
import { discoverFiles, isFolder } from '../../io/discover.ts'
import { fileMatcher } from '../../io/files-setting.ts'
import { projectPath } from '../../io/project.ts'
import { listStaged } from '../../io/staged.ts'
import type { Discovered } from '../../io/walk.ts'
import type { Options } from '../command.ts'
import type { Project } from './load-project.ts'

/** The files of a run: those of the index, those given, and those found in the given folders. */
export async function chooseFiles(
  context: Context,
  { root, config }: Project,
  options: Options,
): Promise<Discovered & { readonly explicit: ReadonlySet<string> }> {
  const loadMatches = async () => {
    const [formats, buildFormats] = await Promise.all([context.formats(), context.buildFormats()])
    const all = [...formats, ...buildFormats]
    return fileMatcher(config.files, path => all.some(format => format.matches(path)))
  }
  const { env, signal } = context
  if (options.staged) {
    const files = await listStaged({ root, env, signal }, await loadMatches())
    return { files, skipped: [], explicit: new Set() }
  }
  const explicit = new Set<string>()
  const skipped: SkippedFile[] = []
  const files = new Set<string>()
  for (const given of options.paths.length === 0 ? [root] : options.paths) {
    const path = projectPath(root, context.cwd, given)
    if (await isFolder(root, path)) {
      const found = await discoverFiles(root, path, loadMatches, env, signal)
      for (const file of found.files) files.add(file)
      skipped.push(...found.skipped)
    } else if (path !== LOCKFILE_NAME && !CONFIG_NAMES.includes(path)) {
      explicit.add(path)
      files.add(path)
    }
  }
  return { files: [...files], skipped, explicit }
}

function skippedWords(skipped: SkippedFile): string {
  if (skipped.code === 'irregular') return `skipped: ${irregularWords(skipped.irregular)}`
  return 'reason' in skipped ? `skipped: ${skipped.reason}` : 'not searched'
}

export function nothingFound(paths: readonly string[], skipped: readonly SkippedFile[]): DockLockError {
  const where = paths.length === 0 ? 'here' : `in ${paths.join(', ')}`
  const [first] = skipped
  const but = first === undefined ? '' : `: ${first.file} was ${skippedWords(first)}`
  return new DockLockError('usage', `no Dockerfile found ${where}${but}`, {
    hint:
      first?.code === 'repository'
        ? `Run dock-lock in ${first.file}, or name a file: dock-lock PATH`
        : 'Name one: dock-lock PATH. Looked for Dockerfile, Dockerfile.x, Dockerfile-x, Dockerfile_x, Dockerfile2, x.Dockerfile, x-Dockerfile, and the same with Containerfile; compose.yaml and docker-compose.yml; source code, templates and files in .gitignore are left out',
  })
}

/** The builds that the command of `run` starts. */
import type { Context } from '../../context.ts'
import { projectPath } from '../../io/project.ts'
import type { Source } from '../../io/source.ts'
import type { Project } from './load-project.ts'
import { type FilesRead, NO_FILES } from './read-files.ts'

/**
 * The command line as the only file that starts builds.
 * @throws DockLockError `usage` if it is run outside the project
 */
export async function readCommand(
  context: Context,
  { root }: Project,
  argv: readonly string[],
): Promise<FilesRead> {
  const folder = projectPath(root, context.cwd, '.')
  const file = argv.slice(0, 2).join(' ')
  const text = argv.join(' ')
  const source: Source = { file, path: file, bytes: Buffer.from(text), text, encoding: 'utf8' }
  const buildFiles = (await context.buildFormats()).flatMap(entry => {
    const load = entry.ofCommand
    return load === undefined ? [] : [{ file, source, entry: { ...entry, load: () => load(argv, folder) } }]
  })
  return { ...NO_FILES, buildFiles, startedOnly: true }
}

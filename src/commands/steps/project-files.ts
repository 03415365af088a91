import type { Context } from '../../context.ts'
import type { BakeAnswer, BakeEvaluate } from '../../core/bake.ts'
import { DockLockError } from '../../core/error.ts'
import { irregularWords } from '../../core/file-problem.ts'
import { visibleEnvironment } from '../../core/visible-environment.ts'
import type { FileText, ProjectFiles } from '../../formats/build-format.ts'
import { readSource, type Source, toSource } from '../../io/source.ts'
import { readStaged } from '../../io/staged.ts'
import type { Options } from '../command.ts'
import type { Project } from './load-project.ts'

/** The files of the project for readers. Each is read once. With `--staged`, from the index; what git does not have there, from the disk. */
export function projectFiles(
  { env, signal }: Context,
  { root }: Project,
  options: Options,
  known: readonly Source[],
): {
  readonly project: ProjectFiles
  source(file: string): Promise<Source | undefined>
  textOf(file: string): string
} {
  const sources = new Map<string, Source>(known.map(source => [source.file, source]))
  const read = async (file: string): Promise<FileText> => {
    const before = sources.get(file)
    if (before !== undefined) return { kind: 'text', text: before.text }
    const staged = options.staged ? await readStaged({ root, env, signal }, [file])(file) : undefined
    const found = readOrRefuse(() =>
      staged === undefined || staged.kind === 'missing' ? readSource(root, file) : toSource(file, staged),
    )
    if (found.kind === 'refused') return found
    if (found.kind === 'missing') return found
    if (found.kind === 'irregular') return { kind: 'refused', reason: irregularWords(found.irregular) }
    if (found.kind === 'undecodable') return { kind: 'refused', reason: found.error.message }
    sources.set(file, found.source)
    return { kind: 'text', text: found.source.text }
  }
  const answers = new Map<string, Promise<BakeAnswer>>()
  // Several scripts may start the same build.
  const evaluateBake: BakeEvaluate = request => {
    const id = JSON.stringify(request)
    const answer = answers.get(id) ?? evaluate(request)
    answers.set(id, answer)
    return answer
  }
  const evaluate: BakeEvaluate = async request =>
    (await import('../../io/bake.ts')).bakeEvaluation(env, signal)(request)
  return {
    project: { root, env: visibleEnvironment(env), read, evaluateBake },
    source: async file => {
      await read(file)
      return sources.get(file)
    },
    textOf: file => sources.get(file)?.text ?? '',
  }
}

/** A file that cannot be read concerns only the builds that need it. */
function readOrRefuse<T>(read: () => T): T | Extract<FileText, { readonly kind: 'refused' }> {
  try {
    return read()
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'malformed')
      return { kind: 'refused', reason: error.message }
    throw error
  }
}

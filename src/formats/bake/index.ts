import { posix } from 'node:path'
import { PRINT_ARGS } from '../../core/bake.ts'
import type { BuildOptions, Origin } from '../../core/build.ts'
import { placeAt } from '../../core/place.ts'
import { withVariables } from '../../core/visible-environment.ts'
import type { BuildFormat, BuildProblem, BuildsRead, ProjectFiles } from '../build-format.ts'
import { loadJsonTree, type ReadJsonTree } from '../json-tree.ts'
import type { WrittenBuild } from '../written.ts'
import { assignedFiles } from './assigned.ts'
import { bakeBuilds } from './builds.ts'
import { type BakeDefinition, parsePrinted } from './definition.ts'
import type { BakeText, BakeTextRead } from './expression.ts'
import { readBakeHcl } from './hcl.ts'
import { readBakeJson } from './json.ts'
import { BAKE_NAMES, isBakeName } from './names.ts'
import { placesOf } from './places.ts'
import { evaluatePlain } from './plain.ts'
import { changedDefinition } from './reread.ts'

export interface BakeRead extends BuildsRead {
  readonly builds: readonly WrittenBuild[]
}

export const bake: BuildFormat = {
  id: 'bake',
  matches: isBakeName,
  async read(path, project, options) {
    const folder = posix.dirname(path)
    if (!isBakeName(path)) return readBake(folder, [path], project, options)
    const present = await existingFiles(folder, BAKE_NAMES, project)
    // All of them are one project, which is read with its first file.
    return path === present[0] ? readBake(folder, present, project, options) : NOTHING
  },
}

/** The project of `docker buildx bake -f A -f B` in the root. */
export function ofBakeFiles(paths: readonly string[]): BuildFormat {
  return { ...bake, read: (_, project, options) => readBake('.', paths, project, options) }
}

/** The files of these names that are in the folder. */
export async function existingFiles(
  folder: string,
  names: readonly string[],
  project: Pick<ProjectFiles, 'read'>,
): Promise<readonly string[]> {
  const paths = names.map(name => posix.join(folder, name))
  const found = await Promise.all(paths.map(file => project.read(file)))
  return paths.filter((_, index) => found[index]?.kind !== 'missing')
}

const NOTHING: BakeRead = { builds: [], occurrences: [], files: [], problems: [] }

/**
 * The builds of these files as `docker buildx bake -f A -f B` in `folder` starts them.
 * @param assigned the variables that the command sets, which win over the environment
 */
export async function readBake(
  folder: string,
  paths: readonly string[],
  { env, ...others }: ProjectFiles,
  options: BuildOptions,
  assigned: Readonly<Record<string, string>> = {},
): Promise<BakeRead> {
  const project: ProjectFiles = { ...others, env: withVariables(env, assigned) }
  const problems: BuildProblem[] = []
  const readText = textReader(await loadJsonTree())
  const texts: BakeText[] = []
  const files: string[] = []
  for (const path of paths) {
    const start = { file: path, line: 1, column: 1 }
    const source = await project.read(path)
    if (source.kind !== 'text') {
      problems.push({
        place: start,
        reason: source.kind === 'missing' ? 'there is no such file' : source.reason,
      })
      continue
    }
    files.push(path)
    const read = readText(path, source.text)
    if (read.ok) texts.push(read.read)
    else
      problems.push({ place: placeAt(path, source.text, read.problem.offset), reason: read.problem.reason })
  }
  // Without one of the files, the others mean something else.
  if (problems.length > 0) return { ...NOTHING, files, problems }
  const evaluated = await evaluate(texts, project, assigned)
  if ('reason' in evaluated)
    return { ...NOTHING, files, problems: [evaluated], unreadContexts: writtenContexts(texts) }
  const result = (all: readonly BakeText[], definition: BakeDefinition): BakeRead => {
    const places = placesOf(all, definition, project.env)
    return { files, ...bakeBuilds(project, folder, all, definition, places, options), reread }
  }
  const reread = (file: string, text: string): BakeRead => {
    const read = readText(file, text)
    if (!read.ok) return NOTHING
    const changed = texts.map(one => (one.file === file ? read.read : one))
    return result(changed, changedDefinition(texts, evaluated, changed, project.env))
  }
  return result(texts, evaluated)
}

/** The names of contexts that are written out, of all targets. */
function writtenContexts(texts: readonly BakeText[]): Readonly<Record<string, Origin>> {
  const found: Record<string, Origin> = {}
  for (const { file, text, blocks } of texts) {
    for (const { attributes, offset } of blocks) {
      const contexts = attributes.get('contexts')
      if (contexts?.kind !== 'object') continue
      const { line } = placeAt(file, text, offset)
      for (const [name] of contexts.entries) found[name] = { file, line }
    }
  }
  return found
}

function textReader(readJsonTree: ReadJsonTree): (path: string, text: string) => BakeTextRead {
  return (path, text) => {
    const isJson = path.endsWith('.json') || (!path.endsWith('.hcl') && /^\uFEFF?\s*\{/.test(text))
    if (isJson) return readBakeJson(path, text, readJsonTree)
    const read = readBakeHcl(path, text)
    // buildx says what is wrong with it.
    return read.ok
      ? read
      : { ok: true, read: { file: path, text, isJson: false, blocks: [], globals: new Map() } }
  }
}

async function evaluate(
  texts: readonly BakeText[],
  project: ProjectFiles,
  assigned: Readonly<Record<string, string>>,
): Promise<BakeDefinition | BuildProblem> {
  const [first] = texts
  let doubt: BuildProblem = { place: { file: first?.file ?? '', line: 1, column: 1 }, reason: '' }
  if (texts.every(({ isJson }) => isJson)) {
    const plain = evaluatePlain(texts, project.env)
    if (plain.ok) return plain.definition
    const text = texts.find(({ file }) => file === plain.file)?.text ?? ''
    doubt = { place: placeAt(plain.file, text, plain.offset), reason: `${plain.reason}; ` }
  }
  const blocks = texts.flatMap(text => text.blocks).filter(({ type }) => type === 'variable')
  const declared = [...new Set(blocks.map(({ label }) => label))]
  const own = declared.filter(name => Object.hasOwn(assigned, name))
  const override = assignedFiles(texts, project.env, own)
  if (!override.ok) return { ...doubt, reason: `${doubt.reason}${override.reason}` }
  const answer = (await project.evaluateBake?.({
    args: PRINT_ARGS,
    files: [...texts.map(({ file, text }) => ({ path: file, text })), ...override.files],
    variables: declared.filter(name => !Object.hasOwn(assigned, name)),
  })) ?? { kind: 'missing' }
  if (answer.kind === 'missing') {
    const reason = `${doubt.reason}buildx is not there; the Dockerfiles are treated on their own`
    return { ...doubt, reason }
  }
  const definition = answer.kind === 'printed' ? parsePrinted(answer.text) : undefined
  if (definition !== undefined) return definition
  const said = answer.kind === 'failed' ? answer.reason : 'its output is not understood'
  return { ...doubt, reason: `docker buildx bake --print failed: ${said}` }
}

/** `devcontainer.json`: the image or the Dockerfile of a development container. */
import { posix } from 'node:path'
import type { BuildOptions } from '../../core/build.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { type Place, placeFinder } from '../../core/place.ts'
import type { BuildFormat, BuildProblem, BuildsRead, ProjectFiles } from '../build-format.ts'
import { resolvePath } from '../compose/paths.ts'
import { dockerfilePath } from '../context-path.ts'
import { type JsonNode, loadJsonTree, objectEntries, type ReadJsonTree, valueAt } from '../json-tree.ts'
import { type WrittenBuild, type WrittenText, writtenText } from '../written.ts'
import { computedImage, writtenImage } from '../written-image.ts'
import { isDevcontainerName, withoutName } from './names.ts'
import { replaceVariables, type Substituted } from './variables.ts'

export interface DevcontainerRead extends BuildsRead {
  readonly builds: readonly WrittenBuild[]
  /** The Compose files that it names, in the order in which they are merged. */
  readonly composeFiles: readonly string[]
}

export const devcontainer: BuildFormat = {
  id: 'devcontainer',
  matches: isDevcontainerName,
  read: async (path, project, options) =>
    withCompose(path, await readDevcontainer(path, project, options), project, options),
}

/** @see https://containers.dev/implementors/json_reference/ */
export async function readDevcontainer(
  path: string,
  project: ProjectFiles,
  options: BuildOptions,
): Promise<DevcontainerRead> {
  const source = await project.read(path)
  if (source.kind !== 'text') {
    const reason = source.kind === 'missing' ? 'there is no such file' : source.reason
    const problem = { place: { file: path, line: 1, column: 1 }, reason }
    return { builds: [], occurrences: [], composeFiles: [], problems: [problem], files: [] }
  }
  return readText(path, source.text, await loadJsonTree(), project, options)
}

/** The Compose files are read as the dev container CLI starts them: with `-f`. Those with default names are found by themselves. */
async function withCompose(
  path: string,
  own: DevcontainerRead,
  project: ProjectFiles,
  options: BuildOptions,
): Promise<BuildsRead> {
  if (own.composeFiles.length === 0) return own
  const { readRun } = await import('../compose/run.ts')
  const place = { file: path, line: 1, column: 1 }
  const run = {
    place,
    folder: posix.dirname(path),
    files: own.composeFiles,
    profiles: [],
    envFiles: [],
    env: {},
  }
  const found = await readRun(run, project, options)
  return found === undefined ? own : { ...found, files: [path, ...found.files] }
}

function readText(
  path: string,
  source: string,
  readJsonTree: ReadJsonTree,
  project: ProjectFiles,
  options: BuildOptions,
): DevcontainerRead {
  const problems: BuildProblem[] = []
  const reread = (_: string, text: string) => readText(path, text, readJsonTree, project, options)
  const nothing = { builds: [], occurrences: [], composeFiles: [], problems, reread }
  const files = [path]
  const placeOf = placeFinder(path, source)
  const read = readJsonTree(source, { comments: true })
  if (!read.ok) {
    problems.push({ place: placeOf(read.problem.offset), reason: read.problem.reason })
    return { ...nothing, files }
  }
  const { root } = read
  const folder = posix.dirname(path)
  const workspace = posix.join(project.root, withoutName(path) || '.').replace(/\/$/, '')
  const reader = {
    path,
    placeOf,
    text(node: JsonNode | undefined): Found | undefined {
      if (node?.kind !== 'string') return undefined
      const found = replaceVariables(node.text, { env: project.env, workspaceFolder: workspace })
      return { ...found, written: writtenText(path, node.offset, node.text, node.offsets) }
    },
  }
  // As the dev container CLI decides: Compose, then the Dockerfile, then the image.
  const compose = valueAt(root, 'dockerComposeFile')
  if (compose !== undefined) {
    const listed = compose.kind === 'array' ? compose.items : [compose]
    const composeFiles = listed.flatMap(node => reader.text(node)?.text ?? [])
    return {
      ...nothing,
      files,
      composeFiles: composeFiles.map(file => resolvePath(project.root, folder, file)),
    }
  }
  const build = buildOf(root, reader, project, folder, options, problems)
  if (build !== undefined) return { ...nothing, files, builds: build === 'problem' ? [] : [build] }
  const image = reader.text(valueAt(root, 'image'))
  return { ...nothing, files, occurrences: image === undefined ? [] : [imageOf(image, reader)] }
}

interface Found extends Substituted {
  /** Before its variables are replaced. */
  readonly written: WrittenText
}

interface Reader {
  readonly path: string
  readonly placeOf: (offset: number) => Place
  /** The string with its variables; undefined if it is no string. */
  text(node: JsonNode | undefined): Found | undefined
}

function buildOf(
  root: JsonNode,
  reader: Reader,
  project: ProjectFiles,
  folder: string,
  options: BuildOptions,
  problems: BuildProblem[],
): WrittenBuild | 'problem' | undefined {
  const build = valueAt(root, 'build')
  const old = reader.text(valueAt(root, 'dockerFile'))
  const dockerfile = old ?? reader.text(valueAt(build, 'dockerfile'))
  if (dockerfile === undefined) return undefined
  const place = reader.placeOf(dockerfile.written.offset)
  const origin = { file: reader.path, line: place.line }
  // Unlike in docker build, it is relative to this file.
  const path = dockerfilePath(project, folder, '.', dockerfile.text)
  if (path.kind !== 'file') {
    problems.push({ place, reason: `the Dockerfile ${dockerfile.text} is outside the project` })
    return 'problem'
  }
  const args: Record<string, readonly string[]> = { ...options.args }
  const argOrigins: WrittenBuild['argOrigins'] & object = {}
  const written: Record<string, WrittenText> = {}
  for (const { key, value } of objectEntries(valueAt(build, 'args'))) {
    const found = reader.text(value)
    if (found === undefined) continue
    args[key] = [found.text]
    Object.assign(argOrigins, { [key]: { file: reader.path, line: reader.placeOf(value.offset).line } })
    if (found.text === found.written.text) written[key] = found.written
  }
  const target = reader.text(valueAt(build, 'target'))?.text || options.target
  return {
    name: 'devcontainer',
    dockerfile: { file: path.file },
    ...(target !== undefined && { target }),
    args,
    argOrigins,
    platforms: options.platforms,
    contexts: {},
    argImage(arg) {
      const value = written[arg]
      const one = value && writtenImage(value, 0, reader.placeOf, 'arg')
      return one?.kind === 'image' && one.pin.kind === 'here' ? one : undefined
    },
    origin,
    written: { args: written, contexts: {} },
  }
}

function imageOf(found: Found, { path, placeOf }: Reader): Occurrence {
  const { text, written, names, unset, endsWithVariable } = found
  if (text === written.text) return writtenImage(written, 0, placeOf, 'dev-container')
  const range = written.rangeOf({ start: 0, end: written.text.length })!
  const place = placeOf(range.start)
  const role = 'dev-container'
  if (unset.length > 0) {
    const reason = `${unset.join(', ')} is not set`
    return { kind: 'variable', file: path, range, place, role, text: written.text, names: unset, reason }
  }
  const reason = endsWithVariable ? 'arg-given' : 'arg-in-middle'
  return computedImage(path, text, range, place, role, { kind: 'never', reason, names })
}

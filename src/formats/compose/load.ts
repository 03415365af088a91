/** Loads the files of a Compose project into one model, as compose-go's loader package does. */
import { posix } from 'node:path'
import { withoutUserinfo } from '../../core/userinfo.ts'
import { visibleValue } from '../../core/visible-environment.ts'
import { parseEnvFile } from './dotenv.ts'
import { applyExtends, type LoadServices, type Services, withoutKey } from './extends.ts'
import { type GetVariable, interpolate } from './interpolate.ts'
import { createMerger, mergeNodes } from './merge.ts'
import {
  ComposeError,
  child,
  childText,
  type Entry,
  entriesOf,
  itemsOf,
  type MapNode,
  type Node,
  saySame,
  type TextNode,
  withEntry,
} from './node.ts'
import { exists, folderOf, isOutside, isRemote, type KnownFiles, resolvePath } from './paths.ts'
import { withResolvedPaths } from './resolve-paths.ts'
import { parseCompose, type YamlPackage } from './yaml.ts'

/** The files of a run. */
export interface Files {
  readonly project: KnownFiles
  readonly yaml: YamlPackage
  /** The text of each file that was read, in order. */
  readonly texts: Map<string, string>
  readonly parsed: Map<string, readonly Node[]>
  /** Those that were parsed before, with the same texts. */
  readonly documents: Map<string, readonly Node[]>
  /** How often files were included so far: a file that two others include counts twice. */
  readonly includes: { count: number }
}

/** One set of files that are merged, and their folder and variables. */
interface Frame {
  readonly folder: string
  readonly lookup: GetVariable
  /** The files that include this one. */
  readonly including: readonly string[]
}

interface Site {
  readonly file: string
  readonly offset: number
}

/** Longer than a Compose file is, in characters. */
const MAX_LENGTH = 4_000_000
/** More files than a project has. */
const MAX_FILES = 1000
const MAX_INCLUDES = 1000

/** The merged services, without marks. @throws ComposeError */
export function loadModel(files: Files, paths: readonly string[], frame: Frame): MapNode {
  const add = createMerger()
  let model: MapNode = { kind: 'map', file: paths[0] ?? '', offset: 0, entries: new Map() }
  for (const path of paths) {
    for (const document of parsed(files, path, { file: path, offset: 0 })) {
      const root = interpolate(document, frame.lookup)
      if (root.kind !== 'map') throw new ComposeError('the file must be a mapping', root)
      const extended = extendedModel(files, root, path, frame)
      const complete = includedModel(files, extended, path, frame)
      model = add(model, complete)
    }
  }
  if (model.entries.size === 0)
    throw new ComposeError('the file is empty', { file: paths[0] ?? '', offset: 0 })
  return withResolvedPaths(files.project.root, model, frame.folder, true)
}

export function parsed(files: Files, path: string, from: Site): readonly Node[] {
  const known = files.parsed.get(path)
  if (known !== undefined) return known
  const text = textAt(files, path, from)
  const documents = files.documents.get(path) ?? parseCompose(files.yaml, path, text)
  files.documents.set(path, documents)
  files.parsed.set(path, documents)
  return documents
}

/** @throws ComposeError if there is no such file in the project */
function textAt(files: Files, path: string, from: Site): string {
  const known = files.texts.get(path)
  if (known !== undefined) return known
  if (isOutside(path)) throw new ComposeError(`${path} is outside the project, and is not read`, from)
  if (files.texts.size >= MAX_FILES)
    throw new ComposeError(`the project has more than ${MAX_FILES} files`, from)
  const read = files.project.read(path)
  if (read.kind === 'missing') throw new ComposeError(`${path} does not exist`, from)
  if (read.kind === 'refused') throw new ComposeError(`${path} cannot be read: ${read.reason}`, from)
  if (read.text.length > MAX_LENGTH)
    throw new ComposeError(`${path} is longer than ${MAX_LENGTH} characters, and is not read`, from)
  files.texts.set(path, read.text)
  return read.text
}

function extendedModel(files: Files, root: MapNode, path: string, frame: Frame): MapNode {
  const services = child(root, 'services')
  if (services?.kind !== 'map') return root
  const entries = new Map(services.entries)
  const named = [...entries.values()].flatMap(({ value }) => childText(child(value, 'extends'), 'file') ?? [])
  prepareFiles(files, named, frame.folder)
  const loaded = new Map<string, Services>()
  const load: LoadServices = (from, { file }) => {
    const folder = file === path ? frame.folder : folderOf(file)
    const other = resolvePath(files.project.root, folder, from.value)
    const known = loaded.get(other) ?? loadServices(files, other, from, frame.lookup)
    loaded.set(other, known)
    return known
  }
  applyExtends({ file: path, entries }, load)
  return withEntry(root, 'services', { ...services, entries })
}

/** The services of a file that others extend. Its paths are seen from its own folder. */
function loadServices(files: Files, path: string, from: TextNode, lookup: GetVariable): Services {
  let model: Node = { kind: 'map', file: path, offset: 0, entries: new Map() }
  for (const document of parsed(files, path, from))
    model = mergeNodes(model, interpolate(document, lookup), [])
  const services = child(
    withResolvedPaths(files.project.root, model as MapNode, folderOf(path), false),
    'services',
  )
  if (services?.kind !== 'map') throw new ComposeError(`${path} has no services`, from)
  return { file: path, entries: new Map(services.entries) }
}

function includedModel(files: Files, root: MapNode, path: string, frame: Frame): MapNode {
  const items = itemsOf(child(root, 'include'))
  const included = prepareFiles(files, items.flatMap(pathsOf), frame.folder)
  files.project.prepare(included.map(file => posix.join(folderOf(file), '.env')))
  let model = withoutKey(root, 'include')
  for (const item of items) {
    const included = loadInclude(files, item, path, frame)
    const own = child(model, 'services')
    const entries = new Map<string, Entry>(own?.kind === 'map' ? own.entries : [])
    for (const [name, entry] of entriesOf(child(included, 'services'))) {
      const other = entries.get(name)
      if (other === undefined) entries.set(name, entry)
      // A file that is included twice gives the same service twice.
      else if (!saySame(other.value, entry.value))
        throw new ComposeError(`services.${name} conflicts with the service that is included`, {
          file: other.file,
          offset: other.key,
        })
    }
    model = withEntry(model, 'services', { kind: 'map', file: path, offset: 0, entries })
  }
  return model
}

/** The files of an item of `include`. */
function pathsOf(item: Node): readonly TextNode[] {
  return texts(item.kind === 'text' ? item : child(item, 'path'))
}

/** Asks for all of these files at once. @returns their paths */
function prepareFiles(files: Files, named: readonly TextNode[], folder: string): readonly string[] {
  const local = named.filter(({ value }) => !isRemote(value)).slice(0, MAX_FILES)
  const paths = local.map(({ value }) => resolvePath(files.project.root, folder, value))
  files.project.prepare(paths)
  return paths
}

function loadInclude(files: Files, item: Node, path: string, frame: Frame): MapNode {
  const { root } = files.project
  const sources = pathsOf(item)
  const [first] = sources
  if (first === undefined) throw new ComposeError('include needs a path', item)
  const paths = sources.map(({ value }) => resolvePath(root, frame.folder, value))
  const main = paths[0] as string
  if (isRemote(first.value))
    throw new ComposeError(`${withoutUserinfo(first.value)} is remote, and is not read`, first)
  if (++files.includes.count > MAX_INCLUDES)
    throw new ComposeError(`files are included more than ${MAX_INCLUDES} times`, first)
  const including = [...frame.including, path]
  if (including.includes(main))
    throw new ComposeError(`include cycle: ${[...including, main].join(' includes ')}`, first)
  const [directory] = texts(child(item, 'project_directory'))
  const folder = directory === undefined ? folderOf(main) : resolvePath(root, frame.folder, directory.value)
  for (const [index, one] of paths.entries()) textAt(files, one, sources[index] as TextNode)
  const named = texts(child(item, 'env_file')).filter(({ value }) => value !== '/dev/null')
  const envFiles = named.map(node => ({
    path: resolvePath(root, frame.folder, node.value),
    from: node,
  }))
  const own = [{ path: resolvePath(root, folder, '.env') }]
  const lookup = withEnvFiles(files, child(item, 'env_file') === undefined ? own : envFiles, frame.lookup)
  return loadModel(files, paths, { folder, lookup, including })
}

/** An env file, and who names it; absent: it need not exist. */
export interface EnvSource {
  readonly path: string
  readonly from?: Site
}

/** The variables, and those of env files that are not set yet. The last file wins. */
export function withEnvFiles(files: Files, sources: readonly EnvSource[], lookup: GetVariable): GetVariable {
  const values = new Map<string, string>()
  const known: GetVariable = name => lookup(name) ?? values.get(name)
  for (const { path, from } of sources) {
    // It may be a folder: a virtual environment of Python, for example.
    if (from === undefined && !exists(files.project, path)) continue
    const read = parseEnvFile(textAt(files, path, from ?? { file: path, offset: 0 }), known)
    if (!read.ok) throw new ComposeError(read.reason, { file: path, offset: read.offset })
    // Git ignores most of these files, so they hold the user's secrets.
    for (const [name, value] of read.values) values.set(name, visibleValue(name, value))
  }
  return known
}

/** A text, or the texts of a list. */
export function texts(node: Node | undefined): readonly TextNode[] {
  return (node?.kind === 'text' ? [node] : itemsOf(node)).flatMap(item => {
    if (item.kind === 'text') return [item]
    const path = child(item, 'path')
    return path?.kind === 'text' ? [path] : []
  })
}

/** What the services of a Compose project build and pull. */
import type { GetVariable } from './interpolate.ts'
import { texts } from './load.ts'
import {
  ComposeError,
  child,
  childText,
  entriesOf,
  itemsOf,
  type KeyValue,
  keyValues,
  type MapNode,
  type Node,
  type TextNode,
  textFrom,
} from './node.ts'
import { exists, isOutside, isRemote, type KnownFiles, resolvePath } from './paths.ts'
import { profileFilter } from './settings.ts'

export interface Service {
  readonly name: string
  readonly build?: ServiceBuild
  /** The image to pull, or the name of what is built. */
  readonly image?: TextNode
  readonly platform?: TextNode
  /** Images that are mounted. */
  readonly volumes: readonly TextNode[]
}

export interface ServiceBuild {
  /** Where the build is written. */
  readonly at: { readonly file: string; readonly offset: number }
  readonly context: string
  readonly dockerfile:
    | { readonly kind: 'file'; readonly path: string; readonly at: TextNode | undefined }
    | { readonly kind: 'inline'; readonly text: TextNode }
    /** The context is not on this machine. */
    | { readonly kind: 'remote' }
  readonly target?: string
  readonly args: ReadonlyMap<string, Arg>
  readonly platforms: readonly TextNode[]
  readonly contexts: ReadonlyMap<string, TextNode>
}

export interface Arg extends KeyValue {
  readonly text: string
}

/** @throws ComposeError */
export function servicesOf(
  project: KnownFiles,
  model: MapNode,
  lookup: GetVariable,
  folder: string,
): readonly Service[] {
  const isActive = profileFilter(lookup)
  const found: Service[] = []
  const active = entriesOf(child(model, 'services')).filter(([, { value }]) =>
    isActive(texts(child(value, 'profiles')).map(profile => profile.value)),
  )
  prepareDockerfiles(
    project,
    active.map(([, { value }]) => child(value, 'build')),
    folder,
  )
  for (const [name, { value: service }] of active) {
    const image = childText(service, 'image')
    const platform = childText(service, 'platform')
    const build = child(service, 'build')
    found.push({
      name,
      volumes: itemsOf(child(service, 'volumes')).flatMap(imageVolume),
      ...(image !== undefined && { image }),
      ...(platform !== undefined && { platform }),
      ...(build?.kind === 'map' && {
        build: buildOf(project, build, platform, lookup, keyOf(service, 'build') ?? build, folder),
      }),
    })
  }
  return found
}

function keyOf(node: Node, key: string): ServiceBuild['at'] | undefined {
  const entry = node.kind === 'map' ? node.entries.get(key) : undefined
  return entry === undefined ? undefined : { file: entry.file, offset: entry.key }
}

function imageVolume(volume: Node): readonly TextNode[] {
  const source = childText(volume, 'source')
  return childText(volume, 'type')?.value === 'image' && source !== undefined ? [source] : []
}

function buildOf(
  project: KnownFiles,
  build: MapNode,
  platform: TextNode | undefined,
  lookup: GetVariable,
  at: ServiceBuild['at'],
  folder: string,
): ServiceBuild {
  // An empty context is the folder in which Compose runs.
  const context = childText(build, 'context')?.value || folder
  const target = childText(build, 'target')
  const stated = texts(child(build, 'platforms'))
  const unique = [...new Map(stated.map(one => [one.value, one])).values()]
  const args = new Map<string, Arg>()
  for (const [name, arg] of keyValues(child(build, 'args'))) {
    const text = arg.value?.value ?? lookup(name)
    if (text !== undefined) args.set(name, { ...arg, text })
  }
  const contexts = new Map<string, TextNode>()
  for (const [name, { value }] of keyValues(child(build, 'additional_contexts')))
    if (value !== undefined) contexts.set(name, value)
  return {
    at,
    context,
    dockerfile: dockerfileOf(project, build, context),
    ...(target !== undefined && target.value !== '' && { target: target.value }),
    args,
    platforms: unique.length === 0 && platform !== undefined ? [platform] : unique,
    contexts,
  }
}

function dockerfileOf(project: KnownFiles, build: MapNode, context: string): ServiceBuild['dockerfile'] {
  const inline = childText(build, 'dockerfile_inline')
  const file = childText(build, 'dockerfile')
  if (inline !== undefined && inline.value !== '') {
    if (file !== undefined && file.value !== '')
      throw new ComposeError('a build has either dockerfile or dockerfile_inline', file)
    return { kind: 'inline', text: inline }
  }
  const isAbsolute = file?.value.startsWith('/') === true
  if (isRemote(context) && !isAbsolute) return { kind: 'remote' }
  const name = file === undefined || file.value === '' ? 'Dockerfile' : file.value
  const path =
    isOutside(context) && !isAbsolute ? `${context}/${name}` : resolvePath(project.root, context, name)
  return { kind: 'file', path: existing(project, path), at: file }
}

/** Asks for the files of `existing` of all builds at once. */
function prepareDockerfiles(
  project: KnownFiles,
  builds: readonly (Node | undefined)[],
  folder: string,
): void {
  const paths = builds.flatMap(build => {
    const context = childText(build, 'context')?.value || folder
    const name = childText(build, 'dockerfile')?.value || 'Dockerfile'
    const isFile = build !== undefined && !isOutside(context) && !isRemote(context)
    const path = resolvePath(project.root, context, name)
    return isFile && /(?:^|\/)Dockerfile$/.test(path) ? [path] : []
  })
  project.prepare(paths)
  project.prepare(
    paths.filter(path => !exists(project, path)).map(path => path.replace(/D(?=ockerfile$)/, 'd')),
  )
}

/** As buildx: `dockerfile` if there is no `Dockerfile`. */
function existing(project: KnownFiles, path: string): string {
  const match = /^(.*\/)?Dockerfile$/s.exec(path)
  if (match === null || isOutside(path) || exists(project, path)) return path
  const lower = `${match[1] ?? ''}dockerfile`
  return exists(project, lower) ? lower : path
}

const IMAGE_CONTEXT = 'docker-image://'

/** The image of a context such as `docker-image://alpine:3.23`; undefined for other contexts. */
export function contextImage(context: TextNode): TextNode | undefined {
  return context.value.startsWith(IMAGE_CONTEXT) ? textFrom(context, IMAGE_CONTEXT.length) : undefined
}

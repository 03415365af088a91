/** Makes the paths of builds relative to the project. */
import { asBuild } from './merge.ts'
import { child, type Entry, keyValues, type MapNode, type Node, type TextNode, withEntry } from './node.ts'
import { isRemote, resolvePath } from './paths.ts'

/** The model with the paths of its builds relative to the project. @param withDefaults whether a build without a context gets `.` */
export function withResolvedPaths(
  root: string,
  model: MapNode,
  folder: string,
  withDefaults: boolean,
): MapNode {
  const services = child(model, 'services')
  if (services?.kind !== 'map') return model
  const entries = new Map<string, Entry>()
  for (const [name, entry] of services.entries) {
    const build = child(entry.value, 'build')
    const value =
      build === undefined || entry.value.kind !== 'map'
        ? entry.value
        : withEntry(entry.value, 'build', resolvedBuild(root, asBuild(build), folder, withDefaults))
    entries.set(name, { ...entry, value })
  }
  return withEntry(model, 'services', { ...services, entries })
}

function resolvedBuild(root: string, build: Node, folder: string, withDefaults: boolean): Node {
  if (build.kind !== 'map') return build
  const context = child(build, 'context')
  let result: MapNode = build
  if (context?.kind === 'text') result = withEntry(result, 'context', resolvedText(root, context, folder))
  else if (withDefaults) {
    const { file, offset } = build
    const scalar = { end: offset, offsets: () => undefined }
    const text: TextNode = { kind: 'text', file, offset, value: '.', pieces: [], scalar }
    result = withEntry(result, 'context', resolvedText(root, text, folder))
  }
  const contexts = child(build, 'additional_contexts')
  if (contexts === undefined) return result
  const entries = new Map<string, Entry>()
  for (const [name, { value, file, offset }] of keyValues(contexts)) {
    if (value !== undefined)
      entries.set(name, { value: resolvedText(root, value, folder), file, key: offset })
  }
  const { mark, file, offset } = contexts
  return withEntry(result, 'additional_contexts', {
    kind: 'map',
    file,
    offset,
    entries,
    ...(mark !== undefined && { mark }),
  })
}

function resolvedText(root: string, node: TextNode, folder: string): TextNode {
  const { value } = node
  if (node.isResolved || value === '' || isRemote(value) || value.startsWith('service:')) return node
  return { ...node, value: resolvePath(root, folder, value), isResolved: true }
}

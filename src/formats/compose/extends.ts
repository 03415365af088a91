/** `extends`: a service starts as a copy of another one. */
import { mergeNodes, withoutMarks } from './merge.ts'
import { ComposeError, child, childText, type Entry, type MapNode, type Node } from './node.ts'

/** The services of one file. */
export interface Services {
  readonly file: string
  readonly entries: Map<string, Entry>
}

/** The services of another file, by its path as the file says it. */
export type LoadServices = (from: Node & { kind: 'text' }, services: Services) => Services

/** Applies `extends` to all services of a file, in place. @throws ComposeError also for a circle */
export function applyExtends(services: Services, load: LoadServices): void {
  const state: State = { done: new Map(), plain: new Map() }
  for (const name of services.entries.keys()) extendService(name, services, load, [], state)
}

interface State {
  /** The services that have been extended, by file and name. */
  readonly done: Map<string, Node>
  /** Nodes without their marks. */
  readonly plain: Map<Node, Node>
}

/** How many services may extend one the next. */
const MAX_CHAIN = 100

function extendService(
  name: string,
  services: Services,
  load: LoadServices,
  chain: readonly string[],
  state: State,
): Node | undefined {
  const id = `${services.file}\0${name}`
  const known = state.done.get(id)
  if (known !== undefined) return known
  const entry = services.entries.get(name)
  if (entry === undefined) return undefined
  const service = entry.value
  const extended = child(service, 'extends')
  if (service.kind !== 'map' || extended === undefined) return service
  if (chain.includes(id) || chain.length > MAX_CHAIN)
    throw new ComposeError(`service "${name}" extends itself in a circle`, extended)
  const from = extended.kind === 'text' ? extended : childText(extended, 'service')
  if (from === undefined) throw new ComposeError('extends needs the name of a service', extended)
  const file = childText(extended, 'file')
  const origin = file === undefined ? services : load(file, services)
  const base = extendService(from.value, origin, load, [...chain, id], state)
  if (base === undefined)
    throw new ComposeError(`cannot extend service "${name}": service "${from.value}" not found`, from)
  const merged = mergeNodes(withoutMarks(base, state.plain), service, ['services', name])
  const result = merged.kind === 'map' ? withoutKey(merged, 'extends') : merged
  services.entries.set(name, { ...entry, value: result })
  state.done.set(id, result)
  return result
}

export function withoutKey(node: MapNode, key: string): MapNode {
  const entries = new Map(node.entries)
  entries.delete(key)
  return { ...node, entries }
}

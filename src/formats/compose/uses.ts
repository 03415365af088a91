/** Which scalars are used for something besides an image. Through an anchor, one scalar can be both. */
import type { Entry, Node, Scalar } from './node.ts'

/** Where a node stands, as far as it matters here. */
type Where =
  | 'file'
  | 'services'
  | 'service'
  | 'build'
  | 'contexts'
  | 'args'
  | 'volumes'
  | 'volume'
  | 'image'
  | 'extension'
  | 'other'

const BELOW: Readonly<Partial<Record<Where, Readonly<Record<string, Where>>>>> = {
  file: { services: 'services' },
  service: { image: 'image', build: 'build', volumes: 'volumes' },
  build: { dockerfile_inline: 'image', additional_contexts: 'contexts', args: 'args' },
  volume: { source: 'image' },
}

/** The scalars under the roots of files that are used for something else than an image. */
export function otherUses(roots: Iterable<Node>): ReadonlySet<Scalar> {
  return usesBut(IMAGES, roots)
}

/** The scalars that are used for something else than a build arg. */
export function usesBesidesArgs(roots: Iterable<Node>): ReadonlySet<Scalar> {
  return usesBut(ARGS, roots)
}

const IMAGES: ReadonlySet<Where> = new Set(['image', 'contexts', 'extension'])
const ARGS: ReadonlySet<Where> = new Set(['args', 'extension'])

function usesBut(allowed: ReadonlySet<Where>, roots: Iterable<Node>): ReadonlySet<Scalar> {
  const others = new Set<Scalar>()
  const seen = new Map<Node, Set<Where>>()
  for (const root of roots) visit(root, 'file')
  return others

  function visit(node: Node, where: Where): void {
    const places = seen.get(node) ?? new Set()
    if (places.has(where)) return
    seen.set(node, places.add(where))
    if (node.kind === 'text') {
      if (!allowed.has(where)) others.add(node.scalar)
    } else if (node.kind === 'list') {
      for (const item of node.items) visit(item, where === 'volumes' ? 'volume' : below(where))
    } else if (node.kind === 'map') {
      for (const [key, { value }] of node.entries as ReadonlyMap<string, Entry>)
        visit(value, whereOf(where, key))
    }
  }
}

function whereOf(where: Where, key: string): Where {
  if (where === 'services') return 'service'
  if (where === 'extension' || (key.startsWith('x-') && (where === 'file' || where === 'service')))
    return 'extension'
  return BELOW[where]?.[key] ?? below(where)
}

function below(where: Where): Where {
  return where === 'contexts' || where === 'args' || where === 'extension' ? where : 'other'
}

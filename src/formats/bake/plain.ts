/** Evaluates Bake files that need no more than variables, as buildx 0.29 does. */
import { cleanContext } from '../context-path.ts'
import type { BakeDefinition, BakeTarget } from './definition.ts'
import type { BakeText, Block } from './expression.ts'
import {
  isList,
  isMap,
  stringFrom,
  stringMapFrom,
  stringsFrom,
  unclear,
  unclearReason,
  type Value,
  type VariableLookup,
  valueOfExpression,
} from './values.ts'
import { variables } from './variables.ts'

export type PlainRead =
  | { readonly ok: true; readonly definition: BakeDefinition }
  /** It needs buildx, or buildx would refuse it. */
  | { readonly ok: false; readonly file: string; readonly offset: number; readonly reason: string }

/** A target as it is written, before it inherits. Absent: not set. */
interface OwnTarget {
  readonly inherits: readonly string[]
  readonly context?: string
  readonly dockerfile?: string
  readonly inline?: string
  readonly target?: string
  readonly platforms?: readonly string[]
  readonly args: ReadonlyMap<string, string>
  readonly contexts: ReadonlyMap<string, string>
}

/** A target that more can be added to. */
interface GrowingTarget extends OwnTarget {
  readonly inherits: string[]
  readonly args: Map<string, string>
  readonly contexts: Map<string, string>
}

const NAME = /^[a-zA-Z0-9_-]+$/
/** The most targets of a matrix. */
const MATRIX_MAX = 10_000
/** The most values that targets may inherit, of all together. */
const INHERITED_MAX = 1_000_000

/** Evaluates what `docker buildx bake -f A -f B` would, in this environment. */
export function evaluatePlain(
  texts: readonly BakeText[],
  env: Readonly<Record<string, string | undefined>>,
): PlainRead {
  for (const { file, unclear: doubt } of texts) if (doubt !== undefined) return { ok: false, file, ...doubt }
  const blocks = texts.flatMap(text => text.blocks)
  const lookup = variables(texts, env)
  const own = new Map<string, GrowingTarget>()
  const groups = new Map<string, readonly string[]>()
  const made = new Map<string, string[]>()
  let current: Block | undefined
  try {
    for (current of blocks) {
      if (current.type === 'target') addTarget(current)
      if (current.type === 'group') groups.set(checkName(current.label), groupMembers(current, lookup))
    }
    for (const [label, names] of made) {
      const distinct = [...new Set(names)]
      const isItself = distinct.length === 1 && distinct[0] === label
      if (distinct.length > 0 && !isItself && !groups.has(label)) groups.set(label, distinct)
    }
    const targets = new Map<string, BakeTarget>()
    const blockOf = new Map(blocks.map(block => [block.type === 'target' ? block.label : '', block]))
    const resolve = createResolver(own)
    for (const name of own.keys()) {
      current = blockOf.get(name) ?? current
      targets.set(name, withDefaults(resolve(name)))
    }
    return { ok: true, definition: { targets, groups } }
  } catch (error) {
    const reason = unclearReason(error)
    if (reason === undefined) throw error
    const { file = texts[0]?.file ?? '', offset = 0 } = current ?? {}
    return { ok: false, file, offset, reason }
  }

  function addTarget(block: Block): void {
    const scopes = matrixScopes(block, lookup)
    const name = block.attributes.get('name')
    if (scopes === undefined) {
      if (name !== undefined) unclear('a name needs a matrix')
      add(block.label, block.label, ownTarget(block, lookup))
      return
    }
    const names = scopes.map(scope => {
      const found = name === undefined ? block.label : stringFrom(valueOfExpression(name, scope))
      add(block.label, found ?? unclear('the name is null'), ownTarget(block, scope))
      return found
    })
    if (new Set(names).size < names.length) unclear('several targets have one name')
  }

  /** `label`: that of its block, which is a group of all that it makes. */
  function add(label: string, name: string, target: OwnTarget): void {
    const others = made.get(label)
    if (others === undefined) made.set(label, [name])
    else others.push(name)
    const known = own.get(checkName(name)) ?? emptyTarget()
    own.set(name, known)
    addTo(known, target)
  }
}

function checkName(name: string): string {
  return NAME.test(name) ? name : unclear(`${JSON.stringify(name)} is no name of a target`)
}

function groupMembers({ attributes }: Block, lookup: VariableLookup): readonly string[] {
  if (attributes.has('matrix') || attributes.has('name')) unclear('a group has no matrix')
  const targets = attributes.get('targets')
  return targets === undefined
    ? unclear('a group without targets')
    : [...new Set(stringsFrom(valueOfExpression(targets, lookup)))]
}

/** The variables of each target of a matrix; undefined without one. */
function matrixScopes({ attributes }: Block, lookup: VariableLookup): readonly VariableLookup[] | undefined {
  const written = attributes.get('matrix')
  if (written === undefined) return undefined
  const matrix = valueOfExpression(written, lookup)
  if (!isMap(matrix)) return unclear('a matrix is an object')
  let rows: readonly ReadonlyMap<string, Value>[] = [new Map()]
  for (const [name, values] of matrix) {
    if (!isList(values)) return unclear('a matrix has lists')
    if (rows.length * values.length > MATRIX_MAX) return unclear('a matrix with too many targets')
    rows = values.flatMap(value => rows.map(row => new Map([...row, [name, value]])))
  }
  return rows.map(row => name => row.get(name) ?? lookup(name))
}

function ownTarget({ attributes }: Block, lookup: VariableLookup): OwnTarget {
  const value = (name: string): Value => {
    const expression = attributes.get(name)
    return expression === undefined ? null : valueOfExpression(expression, lookup)
  }
  const set = <Name extends string>(key: Name, from: string): { readonly [key in Name]?: string } => {
    const text = stringFrom(value(from))
    return (text === undefined ? {} : { [key]: text }) as { readonly [key in Name]?: string }
  }
  const platforms = stringsFrom(value('platforms'))
  const contexts = [...stringMapFrom(value('contexts'))]
  return {
    inherits: stringsFrom(value('inherits')) ?? [],
    ...set('context', 'context'),
    ...set('dockerfile', 'dockerfile'),
    ...set('inline', 'dockerfile-inline'),
    ...set('target', 'target'),
    ...(platforms !== undefined && { platforms }),
    // An arg that is null changes nothing.
    args: new Map(
      [...stringMapFrom(value('args'))].flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])),
    ),
    contexts: new Map(contexts.map(([key, text]) => [key, text ?? unclear('a context is null')])),
  }
}

function emptyTarget(): GrowingTarget {
  return { inherits: [], args: new Map(), contexts: new Map() }
}

/** What `over` sets wins. */
function addTo(target: GrowingTarget, { inherits, args, contexts, ...fields }: OwnTarget): void {
  Object.assign(target, fields)
  for (const parent of inherits) target.inherits.push(parent)
  for (const [name, value] of args) target.args.set(name, value)
  for (const [name, value] of contexts) target.contexts.set(name, value)
}

interface Resolved {
  /** Absent: it inherits itself, and adds nothing. */
  readonly target?: OwnTarget
  /** No circle was found, so it is the same for all targets that inherit it. */
  readonly isWhole: boolean
}

/** The targets with what they inherit. */
function createResolver(own: ReadonlyMap<string, OwnTarget>): (name: string) => OwnTarget {
  const whole = new Map<string, Resolved>()
  let inherited = 0
  return name => resolve(name, new Map()).target ?? emptyTarget()

  function resolve(name: string, visited: Map<string, Resolved>): Resolved {
    const known = whole.get(name) ?? visited.get(name)
    if (known !== undefined) return known
    visited.set(name, { isWhole: false })
    const written = own.get(name)
    if (written === undefined) return unclear(`there is no target ${name}`)
    const merged = emptyTarget()
    let isWhole = true
    for (const parent of written.inherits) {
      const resolved = resolve(parent, visited)
      isWhole &&= resolved.isWhole
      const { target = emptyTarget() } = resolved
      inherited += 1 + target.args.size + target.contexts.size
      if (inherited > INHERITED_MAX) unclear('targets inherit too many values')
      addTo(merged, target)
    }
    addTo(merged, written)
    // An empty context removes one that is inherited.
    for (const [context, value] of merged.contexts) if (value === '') merged.contexts.delete(context)
    const platforms = merged.platforms && [...new Set(merged.platforms)].filter(platform => platform !== '')
    const done = { isWhole, target: { ...merged, inherits: [], ...(platforms && { platforms }) } }
    visited.set(name, done)
    if (isWhole) whole.set(name, done)
    return done
  }
}

function withDefaults({
  context,
  dockerfile,
  inline,
  target,
  platforms,
  args,
  contexts,
}: OwnTarget): BakeTarget {
  return {
    context: cleanContext(context ?? '.'),
    dockerfile: dockerfile || 'Dockerfile',
    ...(inline !== undefined && { inline }),
    args: Object.fromEntries(args),
    contexts: Object.fromEntries(contexts),
    ...(target !== undefined && { target }),
    platforms: platforms ?? [],
  }
}

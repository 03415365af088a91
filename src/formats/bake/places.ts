/** Where the values of targets are written. A place is only known if what is written there is the value itself. */
import type { WrittenText } from '../written.ts'
import type { BakeDefinition, BakeTarget } from './definition.ts'
import type { BakeText, Block, Expression } from './expression.ts'

export interface WrittenValues {
  /** The inline Dockerfile. */
  readonly inline?: WrittenText
  readonly args: Readonly<Record<string, WrittenText>>
  readonly contexts: Readonly<Record<string, WrittenText>>
}

export interface Places {
  /** The first block of the target. */
  blockOf(name: string): Block | undefined
  written(name: string, target: BakeTarget): WrittenValues
  /** The value that is written there now, whatever it was when the files were evaluated. */
  literal(name: string, path: AttributePath): string | undefined
}

/** An attribute, and the key of an object: `['args', 'V']`. */
export type AttributePath = readonly [attribute: string, key?: string]

/** What is written for an attribute of a target. */
interface Found {
  readonly value?: Expression
  readonly entries: ReadonlyMap<string, Expression>
  /** What all other keys may have. */
  readonly rest?: Expression
}

const NOTHING: Found = { entries: new Map() }
const OTHER: Expression = { kind: 'other', source: '' }
const UNKNOWN: Found = { value: OTHER, entries: new Map(), rest: OTHER }
/** More targets than inherit each other in a row. */
const DEPTH_MAX = 1000

function entryOf({ entries, rest }: Found, key: string): Expression | undefined {
  return entries.get(key) ?? rest
}

/** Each wins over those before it. */
function overlaid(parents: readonly Found[], written: readonly Expression[]): Found {
  const entries = new Map<string, Expression>()
  let value: Expression | undefined
  let rest: Expression | undefined
  for (const parent of parents) {
    value = parent.value ?? value
    if (parent.rest !== undefined) entries.clear()
    rest = parent.rest ?? rest
    for (const [key, one] of parent.entries) entries.set(key, one)
  }
  for (const attribute of written) {
    if (isNull(attribute)) continue
    value = attribute
    if (attribute.kind === 'object') {
      for (const [key, one] of attribute.entries) if (!isNull(one)) entries.set(key, one)
    } else {
      // It may have any key.
      entries.clear()
      rest = OTHER
    }
  }
  return { entries, ...(value && { value }), ...(rest && { rest }) }
}

/** `env`: the environment, which decides variables. */
export function placesOf(
  texts: readonly BakeText[],
  definition: BakeDefinition,
  env: Readonly<Record<string, string | undefined>>,
): Places {
  const blocks = texts.flatMap(text => text.blocks)
  const byLabel = new Map<string, Block[]>()
  for (const block of blocks) {
    if (block.type !== 'target') continue
    const others = byLabel.get(block.label)
    if (others === undefined) byLabel.set(block.label, [block])
    else others.push(block)
  }
  const madeBy = new Map<string, string>()
  for (const label of byLabel.keys())
    for (const name of definition.groups.get(label) ?? []) if (!byLabel.has(name)) madeBy.set(name, label)

  const blocksOf = (name: string) => byLabel.get(name) ?? byLabel.get(madeBy.get(name) ?? '') ?? []

  const known = new Map<string, Found>()
  /** What decides an attribute: the last block wins over those before, and over what the target inherits. */
  const find = (target: string, attribute: string, depth = 0): Found => {
    const id = `${attribute}\0${target}`
    const before = known.get(id)
    if (before !== undefined) return before
    if (depth > DEPTH_MAX) return UNKNOWN
    // This is what it is for targets that inherit it in a circle.
    known.set(id, UNKNOWN)
    const own = blocksOf(target)
    // A parent that is there twice counts at its last place.
    const names = [...new Set(own.flatMap(parentsOf).toReversed())].toReversed()
    const parents = names.map(parent => find(parent, attribute, depth + 1))
    const written = own.flatMap(({ attributes }) => attributes.get(attribute) ?? [])
    const [first = NOTHING] = parents
    const found = parents.length < 2 && written.length === 0 ? first : overlaid(parents, written)
    known.set(id, found)
    return found
  }

  let defaults: ReadonlyMap<string, Expression> | undefined
  let uses: ReadonlyMap<string, number> | undefined
  const literalOf = (expression: Expression | undefined): WrittenText | undefined => {
    if (expression?.kind === 'string') return expression.written
    if (expression?.kind !== 'template' || !expression.isWhole) return undefined
    const [part] = expression.parts
    const [variable, field] = typeof part === 'object' ? part.path : []
    if (variable === undefined || field !== undefined || env[variable] !== undefined) return undefined
    defaults ??= defaultsOf(texts)
    uses ??= usesOf(texts)
    const byDefault = defaults.get(variable)
    // A variable with other uses may not be an image there.
    return byDefault?.kind === 'string' && uses.get(variable) === 1 ? byDefault.written : undefined
  }

  const writtenAs = (expression: Expression | undefined, value: string): WrittenText | undefined => {
    const written = literalOf(expression)
    return written?.text === value ? written : undefined
  }

  const writtenMap = (name: string, attribute: string, values: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(values).flatMap(([key, value]) => {
        const written = writtenAs(entryOf(find(name, attribute), key), value)
        return written === undefined ? [] : [[key, written]]
      }),
    )

  return {
    blockOf: name => blocksOf(name)[0],
    literal(name, [attribute, key]) {
      const found = find(name, attribute)
      return literalOf(key === undefined ? found.value : entryOf(found, key))?.text
    },
    written(name, { inline, args, contexts }) {
      const inlineText =
        inline === undefined ? undefined : writtenAs(find(name, 'dockerfile-inline').value, inline)
      return {
        ...(inlineText !== undefined && { inline: inlineText }),
        args: writtenMap(name, 'args', args),
        contexts: writtenMap(name, 'contexts', contexts),
      }
    },
  }
}

/** The targets that the block inherits, as far as they are written out. */
export function parentsOf(block: Block): readonly string[] {
  const inherits = block.attributes.get('inherits')
  if (inherits?.kind !== 'list') return []
  return inherits.items.flatMap(item => (item.kind === 'string' ? [item.written.text] : []))
}

function isNull(expression: Expression): boolean {
  return expression.kind === 'plain' && expression.value === null
}

/** The values of variables that the environment does not set. */
function defaultsOf(texts: readonly BakeText[]): ReadonlyMap<string, Expression> {
  const declared = texts
    .flatMap(text => text.blocks)
    .flatMap(({ type, label, attributes }) => {
      const byDefault = type === 'variable' ? attributes.get('default') : undefined
      return byDefault === undefined ? [] : [[label, byDefault] as const]
    })
  return new Map([...declared, ...texts.flatMap(text => [...text.globals])])
}

/** How often each variable is used, at most: what is in comments and texts counts. */
function usesOf(texts: readonly BakeText[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  // A name with an escape in it is not found below.
  if (texts.some(({ text, isJson }) => isJson && text.includes('\\u'))) return counts
  const add = (name: string, count: number) => counts.set(name, (counts.get(name) ?? 0) + count)
  for (const { text, isJson, blocks } of texts) {
    const isKey = isJson ? /"[ \t\r\n]{0,20}:/y : /"?[ \t]{0,100}=(?!=)/y
    for (const { 0: name, index } of text.matchAll(/[\w-]+/g)) {
      isKey.lastIndex = index + name.length
      if (!isKey.test(text)) add(name, 1)
    }
    if (!isJson) for (const { type, label } of blocks) if (type === 'variable') add(label, -1)
  }
  return counts
}

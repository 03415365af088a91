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

  const entries = new Map<Expression, ReadonlyMap<string, Expression>>()
  const inBlock = ({ attributes }: Block, [name, key]: AttributePath): Expression | undefined => {
    const attribute = attributes.get(name)
    if (attribute === undefined || isNull(attribute)) return undefined
    if (key === undefined) return attribute
    // It may have this key.
    if (attribute.kind !== 'object') return { kind: 'other', source: name }
    const known = entries.get(attribute) ?? new Map(attribute.entries.filter(([, value]) => !isNull(value)))
    entries.set(attribute, known)
    return known.get(key)
  }

  /** The expression that decides: the last block wins over those before, and over what it inherits. */
  const find = (name: string, path: AttributePath): Expression | undefined => {
    const visited = new Set<string>()
    const inTarget = (target: string): Expression | undefined => {
      if (visited.has(target)) return undefined
      visited.add(target)
      const own = blocksOf(target)
      for (const block of own.toReversed()) {
        const found = inBlock(block, path)
        if (found !== undefined) return found
      }
      for (const parent of own.flatMap(parentsOf).toReversed()) {
        const found = inTarget(parent)
        if (found !== undefined) return found
      }
      return undefined
    }
    return inTarget(name)
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
        const written = writtenAs(find(name, [attribute, key]), value)
        return written === undefined ? [] : [[key, written]]
      }),
    )

  return {
    blockOf: name => blocksOf(name)[0],
    literal: (name, path) => literalOf(find(name, path))?.text,
    written(name, { inline, args, contexts }) {
      const inlineText =
        inline === undefined ? undefined : writtenAs(find(name, ['dockerfile-inline']), inline)
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

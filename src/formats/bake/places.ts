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

  /** The expression that decides: the last block wins over those before, and over what it inherits. */
  const find = (name: string, path: readonly [string, string?]): Expression | undefined => {
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

  const writtenAs = (expression: Expression | undefined, value: string): WrittenText | undefined => {
    if (expression?.kind === 'string')
      return expression.written.text === value ? expression.written : undefined
    if (expression?.kind !== 'template' || !expression.isWhole) return undefined
    const [part] = expression.parts
    const [variable, field] = typeof part === 'object' ? part.path : []
    if (variable === undefined || field !== undefined || env[variable] !== undefined) return undefined
    const byDefault = defaultOf(texts, variable)
    const isDefault = byDefault?.kind === 'string' && byDefault.written.text === value
    // A variable with other uses may not be an image there.
    return isDefault && uses(texts, variable) === 1 ? byDefault.written : undefined
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

function inBlock({ attributes }: Block, [name, key]: readonly [string, string?]): Expression | undefined {
  const attribute = attributes.get(name)
  const isNull = attribute?.kind === 'plain' && attribute.value === null
  if (attribute === undefined || isNull || key === undefined) return isNull ? undefined : attribute
  // It may have this key.
  if (attribute.kind !== 'object') return { kind: 'other', source: name }
  return attribute.entries.findLast(
    ([entry, value]) => entry === key && !(value.kind === 'plain' && value.value === null),
  )?.[1]
}

/** The value of a variable that the environment does not set. */
function defaultOf(texts: readonly BakeText[], name: string): Expression | undefined {
  const globals = texts.flatMap(text => text.globals.get(name) ?? [])
  const declared = texts
    .flatMap(text => text.blocks)
    .filter(({ type, label }) => type === 'variable' && label === name)
    .map(({ attributes }) => attributes.get('default'))
  return globals.at(-1) ?? declared.at(-1)
}

/** How often the variable is used, at most: what is in comments and texts counts. */
function uses(texts: readonly BakeText[], name: string): number {
  let count = 0
  for (const { text, isJson, blocks } of texts) {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
      const after = text.slice(at + name.length, at + name.length + 100)
      const isOther = /[\w-]/.test(text[at - 1] ?? '') || /^[\w-]/.test(after)
      const isKey = (isJson ? /^"\s*:/ : /^"?\s*=(?!=)/).test(after)
      if (!isOther && !isKey) count++
    }
    if (!isJson) count -= blocks.filter(({ type, label }) => type === 'variable' && label === name).length
  }
  return count
}

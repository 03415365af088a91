/** `docker-bake.json`, in HCL's JSON syntax. */
import type { JsonEntry, JsonNode, ReadJsonTree } from '../json-tree.ts'
import { writtenText } from '../written.ts'
import { type BakeTextRead, BLOCK_TYPES, type Block, type Expression, readTemplate } from './expression.ts'

/** @see https://github.com/hashicorp/hcl/blob/main/json/spec.md */
export function readBakeJson(file: string, text: string, readJsonTree: ReadJsonTree): BakeTextRead {
  const parsed = readJsonTree(text, { comments: false })
  if (!parsed.ok) return parsed
  const blocks: Block[] = []
  const globals = new Map<string, Expression>()
  let unclear: { offset: number; reason: string } | undefined
  const doubt = (offset: number, reason: string) => {
    unclear ??= { offset, reason }
  }
  const bodies = (node: JsonNode): readonly JsonEntry[] => {
    if (node.kind === 'object') return node.entries
    if (node.kind === 'array' && node.items.every(item => item.kind === 'object')) {
      return node.items.flatMap(bodies)
    }
    doubt(node.offset, 'an object was expected')
    return []
  }
  for (const { key, offset, value } of bodies(parsed.root)) {
    if (key === '//') continue
    if (!BLOCK_TYPES.includes(key)) {
      if (globals.has(key)) doubt(offset, `"${key}" is there twice`)
      globals.set(key, toExpression(file, value))
      continue
    }
    for (const label of bodies(value)) {
      // The list makes several blocks with one label.
      const inner = label.value.kind === 'array' ? label.value.items : [label.value]
      for (const body of inner) {
        const attributes = new Map<string, Expression>()
        for (const entry of bodies({ ...body })) {
          if (entry.key === '//') continue
          if (attributes.has(entry.key)) doubt(entry.offset, `"${entry.key}" is there twice`)
          attributes.set(entry.key, toExpression(file, entry.value))
        }
        blocks.push({ type: key, label: label.key, file, offset: label.offset, attributes })
      }
    }
  }
  return { ok: true, read: { file, text, isJson: true, blocks, globals, ...(unclear && { unclear }) } }
}

function toExpression(file: string, node: JsonNode): Expression {
  switch (node.kind) {
    case 'plain':
      return { kind: 'plain', value: node.value, source: node.source }
    case 'array':
      return { kind: 'list', items: node.items.map(item => toExpression(file, item)) }
    case 'object': {
      const entries = node.entries.map(({ key, value }) => [key, toExpression(file, value)] as const)
      // A key is a template, too.
      const isPlain = entries.every(([key]) => !/[$%]\{/.test(key))
      return isPlain && new Set(entries.map(([key]) => key)).size === entries.length
        ? { kind: 'object', entries }
        : { kind: 'other', source: 'an object' }
    }
    case 'string': {
      const template = readTemplate(node.text, node.offsets)
      if (template === undefined) return { kind: 'other', source: node.text }
      if ('literal' in template) {
        const { literal, offsets } = template
        return { kind: 'string', written: writtenText(file, node.offset, literal, offsets) }
      }
      return { kind: 'template', parts: template.parts, isWhole: template.parts.length === 1 }
    }
  }
}

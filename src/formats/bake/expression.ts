/**
 * A Bake file as blocks of attributes, read from JSON or HCL, without evaluation. An expression is only as much as can be read with
 * certainty.
 */
import type { WrittenText } from '../written.ts'

export type Expression =
  /** A string without interpolation. */
  | { readonly kind: 'string'; readonly written: WrittenText }
  /** A string with parts that are variables: `node:${V}`. `isWhole`: it is nothing but one variable. */
  | { readonly kind: 'template'; readonly parts: readonly TemplatePart[]; readonly isWhole: boolean }
  | { readonly kind: 'plain'; readonly value: number | boolean | null; readonly source: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [key: string, value: Expression])[] }
  /** Anything else: functions, conditions, operators. */
  | { readonly kind: 'other'; readonly source: string }

/** A variable, with the fields that follow it: `item.version` is `['item', 'version']`. */
export type TemplatePart = string | { readonly path: readonly string[] }

export interface Block {
  /** `target`, `group`, `variable`, `function`. */
  readonly type: string
  readonly label: string
  readonly file: string
  /** Where it begins. */
  readonly offset: number
  readonly attributes: ReadonlyMap<string, Expression>
}

export interface BakeText {
  readonly file: string
  readonly text: string
  readonly isJson: boolean
  readonly blocks: readonly Block[]
  /** Attributes outside of blocks, which are variables that the environment does not change. */
  readonly globals: ReadonlyMap<string, Expression>
  /** What buildx would not accept, or only the evaluation can tell. */
  readonly unclear?: { readonly offset: number; readonly reason: string }
}

export type BakeTextRead =
  | { readonly ok: true; readonly read: BakeText }
  | { readonly ok: false; readonly problem: { readonly offset: number; readonly reason: string } }

export const BLOCK_TYPES: readonly string[] = ['variable', 'function', 'group', 'target']

const PATH = /^\s*([A-Za-z_][\w-]*)((?:\.[A-Za-z_][\w-]*)*)\s*$/

/**
 * The template in `text`, with its escapes `$${` and `%%{`. `offsets` are those of `WrittenText`. Anything but variables in `${}` is
 * `other`.
 */
export function readTemplate(text: string, offsets: readonly number[]): TemplateRead {
  const parts: TemplatePart[] = []
  let literal = ''
  const literalOffsets: number[] = []
  for (let position = 0; position < text.length; ) {
    const three = text.slice(position, position + 3)
    const isEscape = three === '$${' || three === '%%{'
    if (isEscape) {
      literal += three.slice(1)
      literalOffsets.push(offsets[position]!, offsets[position + 2]!)
      position += 3
    } else if (three.startsWith('%{')) {
      return undefined
    } else if (three.startsWith('${')) {
      const end = text.indexOf('}', position)
      const path = pathOf(end < 0 ? '' : text.slice(position + 2, end))
      if (path === undefined) return undefined
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push({ path })
      position = end + 1
    } else {
      literal += text[position]
      literalOffsets.push(offsets[position]!)
      position++
    }
  }
  if (parts.length === 0) return { literal, offsets: [...literalOffsets, offsets.at(-1)!] }
  if (literal !== '') parts.push(literal)
  return { parts }
}

/** Undefined: it needs evaluation. */
export type TemplateRead =
  | { readonly literal: string; readonly offsets: readonly number[] }
  | { readonly parts: readonly TemplatePart[] }
  | undefined

/** `item.version`, with spaces around it. */
export function pathOf(text: string): readonly string[] | undefined {
  const found = PATH.exec(text)
  return found === null ? undefined : [found[1]!, ...(found[2] ?? '').split('.').slice(1)]
}

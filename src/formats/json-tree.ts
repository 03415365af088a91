/** JSON and JSONC with the places of their strings. */
import type { Node, ParseError } from 'jsonc-parser'

export interface JsonProblem {
  readonly offset: number
  readonly reason: string
}

export type JsonNode = { readonly offset: number } & (
  | { readonly kind: 'string'; readonly text: string; readonly offsets: readonly number[] }
  /** `source`: a number as it is written. */
  | { readonly kind: 'plain'; readonly value: number | boolean | null; readonly source: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly entries: readonly JsonEntry[] }
)

export interface JsonEntry {
  readonly key: string
  /** Where the key is written. */
  readonly offset: number
  readonly value: JsonNode
}

export type JsonRead =
  | { readonly ok: true; readonly root: JsonNode }
  | { readonly ok: false; readonly problem: JsonProblem }

const DEPTH_MAX = 200

const TOLERATED: ReadonlySet<string> = new Set([
  'CommaExpected',
  'CloseBraceExpected',
  'CloseBracketExpected',
])

/**
 * Parses a text. With `comments`, it may have comments and trailing commas, and lack commas and what closes it, as the dev container CLI
 * accepts it. Never throws.
 * @see https://github.com/devcontainers/cli/blob/main/src/spec-node/configContainer.ts readDevContainerConfigFile
 */
export type ReadJsonTree = (text: string, options: { readonly comments: boolean }) => JsonRead

/** Loads the parser. */
export async function loadJsonTree(): Promise<ReadJsonTree> {
  const { parseTree, printParseErrorCode } = await import('jsonc-parser')
  return (text, { comments }) => {
    const start = text.charCodeAt(0) === 0xfeff ? 1 : 0
    // The parser calls itself for each level.
    const deep = depthExceeded(text)
    if (deep !== undefined)
      return { ok: false, problem: { offset: deep, reason: `nested more than ${DEPTH_MAX} levels deep` } }
    const errors: ParseError[] = []
    const tree = parseTree(start === 0 ? text : ` ${text.slice(1)}`, errors, {
      disallowComments: !comments,
      allowTrailingComma: comments,
    })
    const error = errors.find(one => !comments || !TOLERATED.has(printParseErrorCode(one.error)))
    if (error !== undefined) {
      const reason = printParseErrorCode(error.error).replace(
        /\B[A-Z]/g,
        letter => ` ${letter.toLowerCase()}`,
      )
      return { ok: false, problem: { offset: error.offset, reason: `not valid JSON: ${reason}` } }
    }
    if (tree === undefined) return { ok: false, problem: { offset: start, reason: 'the file is empty' } }
    return { ok: true, root: toNode(tree, text) }
  }
}

/** The values under the key, in order. JSON allows a key to be there several times. */
export function objectEntries(node: JsonNode | undefined): readonly JsonEntry[] {
  return node?.kind === 'object' ? node.entries : []
}

/** The value under the key; the last one if there are several. */
export function valueAt(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return objectEntries(node).findLast(entry => entry.key === key)?.value
}

function toNode(node: Node, text: string): JsonNode {
  const { offset, length, children = [] } = node
  switch (node.type) {
    case 'string':
      return { kind: 'string', offset, ...decodeString(text, offset, offset + length) }
    case 'array':
      return { kind: 'array', offset, items: children.map(child => toNode(child, text)) }
    case 'object':
      return {
        kind: 'object',
        offset,
        entries: children.flatMap(({ children: [key, value] = [] }) =>
          key === undefined || value === undefined
            ? []
            : [{ key: String(key.value), offset: key.offset, value: toNode(value, text) }],
        ),
      }
    default:
      return { kind: 'plain', offset, value: node.value, source: text.slice(offset, offset + length) }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** The string between the quotes at `start` and before `end`. */
function decodeString(
  text: string,
  start: number,
  end: number,
): { readonly text: string; readonly offsets: readonly number[] } {
  let decoded = ''
  const offsets: number[] = []
  let position = start + 1
  while (position < end - 1) {
    offsets.push(position)
    if (text[position] !== '\\') {
      decoded += text[position++]
      continue
    }
    const letter = text[position + 1] ?? ''
    if (letter === 'u') {
      decoded += String.fromCharCode(Number.parseInt(text.slice(position + 2, position + 6), 16))
      position += 6
    } else {
      decoded += ESCAPES[letter] ?? letter
      position += 2
    }
  }
  offsets.push(end - 1)
  return { text: decoded, offsets }
}

/** The offset at which brackets are nested too deep. */
function depthExceeded(text: string): number | undefined {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    switch (text[index]) {
      case '"':
        for (index++; index < text.length && text[index] !== '"' && text[index] !== '\n'; index++)
          if (text[index] === '\\') index++
        break
      case '[':
      case '{':
        if (++depth > DEPTH_MAX) return index
        break
      case ']':
      case '}':
        depth--
    }
  }
  return undefined
}

/** Adds to YAML files of others. Only the place of the addition changes; comments and layout stay. */
import type { Document, ParsedNode, YAMLMap } from 'yaml'
import { DockLockError } from '../core/error.ts'
import { type Place, placeAt } from '../core/place.ts'

type Path = readonly string[]

/** The value of a text. @throws DockLockError `malformed` if it is not YAML */
export async function readYaml(file: string, text: string): Promise<unknown> {
  const document = await parse(file, text)
  try {
    return document.toJS()
  } catch (cause) {
    throw malformed(file, placeAt(file, text, 0), cause)
  }
}

/**
 * The text with `lines` as the last entry of the mapping or list at `path`, which is created if it is missing. The lines are indented as
 * their neighbours are.
 * @throws DockLockError `malformed` if the text is not YAML, `usage` if the place is written in braces or brackets
 */
export async function appendEntry(
  file: string,
  text: string,
  path: Path,
  lines: readonly string[],
): Promise<string> {
  const document = await parse(file, text)
  const { isMap, isSeq, isCollection } = await import('yaml')
  let node: unknown = document.contents
  let depth = 0
  for (; depth < path.length && isMap(node); depth++) {
    const key = path[depth] as string
    if (!(node as YAMLMap).has(key)) break
    node = (node as YAMLMap).get(key, true)
  }
  const added = nested(path.slice(depth), lines)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  // An empty file, or one of comments only.
  if (node === null || node === undefined) {
    if (depth === 0) return joinedLines(text, endOfLine(text, text.length), added, eol)
  } else if (isCollection(node) && node.flow !== true && node.items.length > 0) {
    const fits = isSeq(node) ? depth === path.length && lines[0]?.startsWith('- ') : isMap(node)
    if (fits === true) {
      const { range } = node as ParsedNode
      const indent = ' '.repeat(columnOf(text, range[0]))
      return joinedLines(
        text,
        endOfLine(text, contentEnd(text, range[1])),
        added.map(line => indent + line),
        eol,
      )
    }
  }
  const replaced = replaceEmpty(text, node, path.slice(0, depth), document, added, eol)
  if (replaced !== undefined) return replaced
  const { range } = node as { range?: [number, number] }
  const { parse: parseYaml } = await import('yaml')
  // In brackets and braces, YAML may be written as JSON.
  const inner = JSON.stringify(parseYaml(added.join('\n'))).slice(1, -1)
  throw new DockLockError(
    'usage',
    `${path.slice(0, depth).join('.') || 'the content'} is not written as one entry for each line`,
    { place: placeAt(file, text, range?.[0] ?? 0), hint: `Add to it: ${inner}` },
  )
}

/** Replaces a value that is missing or an empty collection; undefined if it is another. */
function replaceEmpty(
  text: string,
  node: unknown,
  path: Path,
  document: Document,
  lines: readonly string[],
  eol: string,
): string | undefined {
  const { range, items, value } = node as { range?: [number, number]; items?: unknown[]; value?: unknown }
  const isEmpty = items === undefined ? value === null : items.length === 0
  if (range === undefined || !isEmpty) return undefined
  const parent = document.getIn(path.slice(0, -1), true) as { range?: [number, number] } | undefined
  const indent = ' '.repeat(columnOf(text, parent?.range?.[0] ?? 0) + (path.length > 0 ? 2 : 0))
  const before = text.slice(0, range[0]).replace(/[ \t]+$/, '')
  const rest = text.slice(range[1])
  const start = before === '' || before.endsWith('\n') ? '' : eol
  return `${before}${start}${lines.map(line => indent + line).join(eol)}${rest.startsWith('\n') || rest.startsWith('\r') ? '' : eol}${rest}`
}

/** `lines` below the keys of `path`, each indented by two more. */
function nested(path: Path, lines: readonly string[]): readonly string[] {
  return [
    ...path.map((key, depth) => `${'  '.repeat(depth)}${key}:`),
    ...lines.map(line => '  '.repeat(path.length) + line),
  ]
}

function joinedLines(text: string, position: number, lines: readonly string[], eol: string): string {
  const before = text.slice(0, position)
  const gap = before === '' || before.endsWith('\n') ? '' : eol
  return `${before}${gap}${lines.map(line => line + eol).join('')}${text.slice(position)}`
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

/** The end of the last character before `offset` that is not white space. */
function contentEnd(text: string, offset: number): number {
  return text.slice(0, offset).trimEnd().length
}

/** Behind the end of the line, so that a comment there stays. */
function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

async function parse(file: string, text: string): Promise<Document> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { logLevel: 'silent' })
  const [error] = document.errors
  if (error === undefined) return document as unknown as Document
  throw malformed(file, placeAt(file, text, error.pos[0]), error)
}

function malformed(file: string, place: Place, cause: unknown): DockLockError {
  return new DockLockError('malformed', `${file} is not valid YAML`, {
    cause,
    place,
    hint: 'Fix it, then run dock-lock init again',
  })
}

/** A text as a plain or quoted scalar. */
export function yamlScalar(text: string): string {
  return /^[\w(./][\w ()./&=@+-]*$/.test(text) && !text.endsWith(' ') ? text : JSON.stringify(text)
}

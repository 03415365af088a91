/** Places in JSON files of others, for errors. */
import type { ParseError } from 'jsonc-parser'
import { type Place, placeAt } from '../core/place.ts'

/** Where a text stops being JSON. */
export async function jsonErrorPlace(file: string, text: string): Promise<Place> {
  const { parseTree } = await import('jsonc-parser')
  const errors: ParseError[] = []
  try {
    parseTree(withoutMark(text), errors, { disallowComments: true })
  } catch {
    // The parser calls itself for each level, and the text has too many.
  }
  return placeAt(file, text, errors[0]?.offset ?? 0)
}

/** Where the value at `path` starts; the start of the text if there is none. */
export async function jsonValuePlace(file: string, text: string, path: readonly string[]): Promise<Place> {
  const { findNodeAtLocation, parseTree } = await import('jsonc-parser')
  const root = parseTree(withoutMark(text))
  const node = root && findNodeAtLocation(root, [...path])
  return placeAt(file, text, node?.offset ?? 0)
}

/** Offsets stay the same. */
function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text
}

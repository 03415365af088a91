import { DockLockError } from '../core/error.ts'
import { type Place, placeAt } from '../core/place.ts'
import { isObject } from '../lib/json.ts'
import { jsonErrorPlace } from './json-place.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** The content of a package.json, or of another file that contains a JSON object. @throws DockLockError `malformed` */
export async function parseJsonFile(file: string, text: string): Promise<JsonObject> {
  return (await load(file, text)).content as JsonObject
}

/**
 * The text with the fields that `change` returns; the same text if it returns undefined. Indentation, line ends, final newline and byte
 * order mark stay.
 * @throws DockLockError `malformed`
 */
export async function updateJson(
  file: string,
  text: string,
  change: (content: JsonObject) => JsonObject | undefined,
): Promise<string> {
  const manifest = await load(file, text)
  const fields = change(manifest.content as JsonObject)
  if (fields === undefined) return text
  manifest.update(fields as Parameters<typeof manifest.update>[0])
  // As `npm pkg set` writes it; a text without line ends has no indentation.
  const layout = manifest.content as { readonly [INDENT]?: string; readonly [NEWLINE]?: string }
  const { [INDENT]: indent = '  ', [NEWLINE]: newline = '\n' } = layout
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  const json = JSON.stringify(manifest.content, undefined, indent || '  ')
  const end = newline.includes('\r') ? '\r\n' : '\n'
  return mark + json.replaceAll('\n', end) + (text.endsWith('\n') || text === '{}' ? end : '')
}

/** Where the reader keeps the layout of the text. */
const INDENT: unique symbol = Symbol.for('indent') as never
const NEWLINE: unique symbol = Symbol.for('newline') as never

async function load(file: string, text: string) {
  const { default: PackageJson } = await import('@npmcli/package-json')
  const manifest = new PackageJson()
  try {
    manifest.fromJSON(text)
  } catch (cause) {
    throw malformed(file, 'is not valid JSON', await jsonErrorPlace(file, text), cause)
  }
  if (isObject(manifest.content)) return manifest
  throw malformed(file, 'must contain an object', placeAt(file, text, 0))
}

function malformed(file: string, what: string, place: Place, cause?: unknown): DockLockError {
  return new DockLockError('malformed', `${file} ${what}`, {
    cause,
    place,
    hint: 'Fix it, then run dock-lock init again',
  })
}

/** JSON as programs written in Go read it: field names match in any letter case. A byte order mark is ignored. */
import { isObject } from '../../lib/json.ts'

/** @throws SyntaxError */
export function parseLenientJson(text: string): unknown {
  return JSON.parse(text.replace(/^\ufeff/, ''))
}

/** The exact name wins over the same name in another letter case. Undefined if `value` is not an object. */
export function fieldInAnyCase(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined
  if (Object.hasOwn(value, name)) return value[name]
  const other = Object.keys(value).find(key => key.toLowerCase() === name.toLowerCase())
  return other === undefined ? undefined : value[other]
}

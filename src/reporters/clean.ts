import { printable } from '../core/error.ts'

/** The longest text, in characters. No useful name, path or message is longer. */
const LONGEST = 1000

/** A copy of `value` in which every text is safe to print: one line, without control characters, of limited length. */
export function clean<T>(value: T): T {
  if (typeof value === 'string')
    return printable(value.length <= LONGEST ? value : `${value.slice(0, LONGEST - 1)}…`) as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)])) as T
}

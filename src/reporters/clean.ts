import { printable } from '../core/error.ts'

/** Characters of one text; no name, path or message that means something is longer. */
const LONGEST = 1000

/** `value` with every text in it safe to print: whatever stands in a file, or came from a registry or an engine, is a line, and not too long a one. */
export function clean<T>(value: T): T {
  if (typeof value === 'string')
    return printable(value.length <= LONGEST ? value : `${value.slice(0, LONGEST - 1)}…`) as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)])) as T
}

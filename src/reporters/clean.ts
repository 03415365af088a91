import { printable } from '../core/error.ts'

/** `value` with every text in it safe to print: whatever stands in a file, or came from a registry or an engine, is a line. */
export function clean<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T
  if (Array.isArray(value)) return value.map(clean) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)])) as T
}

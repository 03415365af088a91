/** The values of expressions without functions. */
import type { Expression } from './expression.ts'

/** A number is its decimal text: buildx keeps all its digits. */
export type Value =
  | string
  | boolean
  | null
  | { readonly number: string }
  | readonly Value[]
  | ReadonlyMap<string, Value>

/** The expression needs evaluation by buildx, or buildx would refuse it. */
export class Unclear extends Error {}

/** Why a value cannot be told, if that is what was thrown. A chain of thousands of variables or targets ends in a RangeError. */
export function unclearReason(error: unknown): string | undefined {
  if (error instanceof Unclear) return error.message
  return error instanceof RangeError ? 'it is nested too deep' : undefined
}

/** The value of a variable. @throws Unclear */
export type VariableLookup = (name: string) => Value

/** @throws Unclear */
export function valueOfExpression(expression: Expression, lookup: VariableLookup): Value {
  switch (expression.kind) {
    case 'string':
      return expression.written.text
    case 'plain':
      return typeof expression.value === 'number' ? { number: decimal(expression.source) } : expression.value
    case 'list':
      return expression.items.map(item => valueOfExpression(item, lookup))
    case 'object':
      return new Map(expression.entries.map(([key, value]) => [key, valueOfExpression(value, lookup)]))
    case 'template': {
      const values = expression.parts.map(part =>
        typeof part === 'string' ? part : follow(part.path, lookup),
      )
      if (expression.isWhole) return values[0]!
      return values.map(value => stringFrom(value) ?? unclear('a part of a text is null')).join('')
    }
    case 'other':
      return unclear(`this needs evaluation: ${expression.source}`)
  }
}

/** A text as a string attribute takes it; undefined for null. @throws Unclear */
export function stringFrom(value: Value): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (isNumber(value)) return value.number
  return unclear('a text was expected')
}

/** @throws Unclear */
export function stringsFrom(value: Value): readonly string[] | undefined {
  if (value === null) return undefined
  if (!isList(value)) return unclear('a list was expected')
  return value.map(item => stringFrom(item) ?? unclear('null in a list'))
}

/** @throws Unclear */
export function stringMapFrom(value: Value): ReadonlyMap<string, string | undefined> {
  if (value === null) return new Map()
  if (!isMap(value)) return unclear('an object was expected')
  return new Map([...value].map(([key, item]) => [key, stringFrom(item)]))
}

/** The value that the environment gives to a variable with this default. @throws Unclear */
export function valueFromEnvironment(text: string, byDefault: Value): Value {
  if (typeof byDefault === 'string' || byDefault === null) return text
  if (typeof byDefault === 'boolean') {
    if (isTrue(text)) return true
    return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : unclear(`"${text}" is not a boolean`)
  }
  // buildx parses it as a 64-bit float. What is short has the same digits.
  if (isNumber(byDefault) && /^-?\d{1,10}(?:\.\d{1,4})?$/.test(text)) return { number: decimal(text) }
  return unclear(`the environment sets a variable that is no text`)
}

/** As Go's `strconv.ParseBool` reads it. */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(?:1|t|T|TRUE|true|True)$/.test(text)
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map
}

/** @throws Unclear */
export function unclear(reason: string): never {
  throw new Unclear(reason)
}

function isNumber(value: Value): value is { readonly number: string } {
  return typeof value === 'object' && value !== null && 'number' in value
}

function follow([name = '', ...fields]: readonly string[], lookup: VariableLookup): Value {
  let value = lookup(name)
  for (const field of fields) {
    const inner = isMap(value) ? value.get(field) : undefined
    if (inner === undefined) return unclear(`there is no ${field} in ${name}`)
    value = inner
  }
  return value
}

/** `1.50` → `1.5`. */
function decimal(source: string): string {
  if (!/^-?(?:0|[1-9]\d*|0\d+)(?:\.\d+)?$/.test(source)) return unclear(`the number ${source}`)
  const [whole = '', fraction = ''] = source.split('.')
  const digits = fraction.replace(/0+$/, '')
  return whole.replace(/^(-?)0+(?=\d)/, '$1') + (digits === '' ? '' : `.${digits}`)
}

/** Reads JSON or YAML of unknown shape. */

/** Whether `value` is an object and not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

/** The string under `name`, or an empty one. */
export function textField(value: unknown, name: string): string {
  const found = field(value, name)
  return typeof found === 'string' ? found : ''
}

/** The strings of the array under `name`, or none. */
export function stringsField(value: unknown, name: string): string[] {
  const found = field(value, name)
  return Array.isArray(found) ? found.filter(item => typeof item === 'string') : []
}

/** The finite, non-negative number under `name`. */
export function numberField(value: unknown, name: string): number | undefined {
  const found = field(value, name)
  return typeof found === 'number' && Number.isFinite(found) && found >= 0 ? found : undefined
}

import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'

export type Check = (document: unknown) => boolean

/** A schema of the package as a check. Ajv is told to be strict: a keyword it does not know, or that has no effect, is an error. */
export function schemaCheck(name: string): Check {
  const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true })
  // That of the user's config refers to it.
  if (name !== 'config') ajv.addSchema(readSchema('config'), 'config.schema.json')
  return ajv.compile(readSchema(name))
}

function readSchema(name: string): object {
  const url = new URL(`../../schema/${name}.schema.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as object
}

/** Every mapping in a document, with its path; lists are gone through. */
export function mappingsOf(document: unknown, path = ''): { path: string; value: Record<string, unknown> }[] {
  if (Array.isArray(document)) return document.flatMap(item => mappingsOf(item, `${path}[]`))
  if (typeof document !== 'object' || document === null) return []
  const value = document as Record<string, unknown>
  return [
    { path, value },
    ...Object.entries(value).flatMap(([name, inner]) =>
      mappingsOf(inner, path === '' ? name : `${path}.${name}`),
    ),
  ]
}

/** A copy of `document` in which the mapping of that number (see `mappingsOf`) has been changed. */
export function changed(
  document: unknown,
  number: number,
  change: (value: Record<string, unknown>) => void,
): unknown {
  const copy: unknown = structuredClone(document)
  const mapping = mappingsOf(copy)[number]
  if (mapping === undefined) throw new RangeError(`there is no mapping ${number}`)
  change(mapping.value)
  return copy
}

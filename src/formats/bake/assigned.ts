/** Variables that a command sets for Bake: `V=22 docker buildx bake`. */
import type { BakeRequest } from '../../core/bake.ts'
import type { BakeText } from './expression.ts'
import { stringFrom, unclear, unclearReason, type Value } from './values.ts'
import { variables } from './variables.ts'

export type AssignedRead =
  | { readonly ok: true; readonly files: BakeRequest['files'] }
  | { readonly ok: false; readonly reason: string }

/**
 * A last Bake file that gives these variables their values as defaults. The values are the repository's, so they must not get into the
 * environment of docker.
 * @param env the environment, with the variables
 */
export function assignedFiles(
  texts: readonly BakeText[],
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): AssignedRead {
  if (names.length === 0) return { ok: true, files: [] }
  const lookup = variables(texts, env)
  const computed = computedDefaults(texts)
  const defaults: string[] = []
  for (const name of names) {
    try {
      if (texts.some(({ globals }) => globals.has(name))) unclear('it is also an attribute of the file')
      defaults.push(`${JSON.stringify(name)}:{"default":${literal(assignedValue(name))}}`)
    } catch (error) {
      const reason = unclearReason(error)
      if (reason === undefined) throw error
      return { ok: false, reason: `the value that the command gives to ${name} cannot be used: ${reason}` }
    }
  }
  return { ok: true, files: [{ path: 'assigned.json', text: `{"variable":{${defaults.join(',')}}}` }] }

  function assignedValue(name: string): Value {
    // Its type is not known here. HCL converts a text where it needs something else.
    return computed.has(name) ? (env[name] ?? null) : lookup(name)
  }
}

/** The variables without a type whose defaults need evaluation. */
function computedDefaults(texts: readonly BakeText[]): ReadonlySet<string> {
  const computed = new Set<string>()
  for (const { type, label, attributes } of texts.flatMap(({ blocks }) => blocks)) {
    if (type !== 'variable') continue
    if (attributes.get('default')?.kind === 'other' && !attributes.has('type')) computed.add(label)
    else computed.delete(label)
  }
  return computed
}

/** @throws Unclear */
function literal(value: Value): string {
  if (typeof value === 'boolean') return String(value)
  const text = stringFrom(value) ?? unclear('it is null')
  if (typeof value !== 'string') return text
  return /[$%]\{/.test(text) ? unclear('it is a template') : JSON.stringify(text)
}

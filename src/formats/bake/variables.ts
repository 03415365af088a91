import type { BakeText, Expression } from './expression.ts'
import {
  isTrue,
  unclear,
  type Value,
  type VariableLookup,
  valueFromEnvironment,
  valueOfExpression,
} from './values.ts'

type TypeName = keyof typeof EMPTY

const EMPTY = { string: '', number: { number: '0' }, bool: false, other: [] } as const

/** The type that a variable declares. In HCL, it is a name. */
function typeOf(type: Expression | undefined): TypeName | undefined {
  if (type === undefined) return undefined
  const [part] = type.kind === 'template' && type.isWhole ? type.parts : []
  const name =
    type.kind === 'string' ? type.written.text : typeof part === 'object' ? part.path.join('.') : ''
  return name === 'string' || name === 'number' || name === 'bool' ? name : 'other'
}

/** The values of variables, computed when they are asked for. They may depend on each other. */
export function variables(
  texts: readonly BakeText[],
  env: Readonly<Record<string, string | undefined>>,
): VariableLookup {
  const declared = new Map<string, ReadonlyMap<string, Expression>>()
  const globals = new Map<string, Expression>()
  for (const text of texts) {
    for (const [name, value] of text.globals) globals.set(name, value)
    for (const { type, label, attributes } of text.blocks)
      if (type === 'variable') declared.set(label, attributes)
  }
  const known = new Map<string, Value>()
  const open = new Set<string>()
  const compute = (name: string): Value => {
    if (name === 'BAKE_CMD_CONTEXT') return 'cwd://'
    const attributes = declared.get(name)
    const expression = globals.get(name) ?? attributes?.get('default')
    const given = attributes === undefined ? undefined : env[name]
    const type = typeOf(attributes?.get('type'))
    if (type !== undefined && type !== 'string' && (given === undefined || type === 'other'))
      return unclear(`the type of the variable ${name}`)
    // Only newer versions of buildx know it.
    if (given !== undefined && isTrue(env.BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP))
      return unclear('BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP is set')
    // With a type, the default does not decide how the text is read.
    if (given !== undefined && type !== undefined) return valueFromEnvironment(given, EMPTY[type])
    if (expression === undefined)
      return attributes === undefined ? unclear(`there is no variable ${name}`) : (given ?? '')
    const byDefault = valueOfExpression(expression, lookup)
    return given === undefined ? byDefault : valueFromEnvironment(given, byDefault)
  }
  const lookup: VariableLookup = name => {
    const value = known.get(name)
    if (value !== undefined) return value
    if (open.has(name)) return unclear(`the variable ${name} is defined by itself`)
    open.add(name)
    const computed = compute(name)
    known.set(name, computed)
    return computed
  }
  return lookup
}

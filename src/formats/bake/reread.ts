import type { BakeDefinition, BakeTarget } from './definition.ts'
import type { BakeText } from './expression.ts'
import { type AttributePath, placesOf } from './places.ts'

/**
 * What the files mean after texts in them have changed, such as by pins: the values that were written somewhere are those that are written
 * there now. All others stay.
 */
export function changedDefinition(
  before: readonly BakeText[],
  definition: BakeDefinition,
  after: readonly BakeText[],
  env: Readonly<Record<string, string | undefined>>,
): BakeDefinition {
  const old = placesOf(before, definition, env)
  const now = placesOf(after, definition, env)
  const targets = [...definition.targets].map(([name, target]): [string, BakeTarget] => {
    const written = old.written(name, target)
    const value = (path: AttributePath, was: string) => now.literal(name, path) ?? was
    const changed = (attribute: 'args' | 'contexts') =>
      Object.fromEntries(
        Object.entries(target[attribute]).map(([key, was]) => [
          key,
          written[attribute][key] === undefined ? was : value([attribute, key], was),
        ]),
      )
    return [
      name,
      {
        ...target,
        args: changed('args'),
        contexts: changed('contexts'),
        ...(written.inline !== undefined && {
          inline: value(['dockerfile-inline'], written.inline.text),
        }),
      },
    ]
  })
  return { ...definition, targets: new Map(targets) }
}

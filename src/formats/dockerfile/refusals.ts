/** Why BuildKit would refuse a file, apart from its images: faults that could hide an image or leave nothing to lock. */
import type { Range } from '../../core/place.ts'
import type { Instruction } from './grammar.ts'
import { type Line, rangeIn } from './lines.ts'

interface Refusal {
  readonly range: Range
  readonly reason: string
}

const INSTRUCTIONS: ReadonlySet<string> = new Set(
  'add arg cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal user volume workdir'.split(
    ' ',
  ),
)

/** Each kind of fault is reported once, at its first place. */
export function syntaxErrors(
  source: string,
  lines: readonly Line[],
  instructions: readonly Instruction[],
): readonly Refusal[] {
  const start = { start: 0, end: 0 }
  if (source === '') return [{ range: start, reason: 'the Dockerfile cannot be empty' }]
  if (lines.length === 0) return [{ range: start, reason: 'file with no instructions' }]
  const found: Refusal[] = []
  const refuse = (line: Line | undefined, reason: string): void => {
    if (line !== undefined) found.push({ range: rangeIn(line, 0, line.text.length), reason })
  }
  const unknown = lines.find(({ keyword }) => !INSTRUCTIONS.has(keyword))
  refuse(unknown, `unknown instruction: ${unknown?.text.slice(0, Math.min(unknown.keyword.length, 100))}`)
  const first = lines.findIndex(({ keyword }) => keyword === 'from')
  // A file without stages that has another fault may not be a Dockerfile: one report is enough.
  if (first < 0 && unknown === undefined)
    found.push({ range: start, reason: 'dockerfile contains no stages to build' })
  const early = lines.slice(0, Math.max(first, 0)).find(({ keyword }) => keyword !== 'arg')
  if (early !== unknown) refuse(early, 'no build stage in current context')
  refuse(
    instructions.find(({ keyword, onbuild, args }) => keyword === 'arg' && !onbuild && args.length === 0)
      ?.line,
    'ARG requires at least one argument',
  )
  refuse(
    instructions.find(
      ({ keyword, line, args }) => keyword === 'arg' && args.some(({ start }) => line.text[start] === '='),
    )?.line,
    'ARG names can not be blank',
  )
  refuse(
    instructions.find(({ keyword, onbuild }) => keyword === 'onbuild' && !onbuild)?.line,
    'ONBUILD requires at least one argument',
  )
  for (const trigger of ['from', 'maintainer', 'onbuild']) {
    refuse(
      instructions.find(({ keyword, onbuild }) => onbuild && keyword === trigger)?.line,
      trigger === 'onbuild'
        ? "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"
        : `${trigger.toUpperCase()} isn't allowed as an ONBUILD trigger`,
    )
  }
  return found
}

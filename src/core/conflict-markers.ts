/**
 * Conflict markers as git and other tools write them: styles `merge`, `diff3` and `zdiff3`, of any length from 7 on. In the base
 * of a merge with several bases, git nests longer markers.
 * @see https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
 */

/** The whole text as one side has it. */
export interface ConflictSide {
  readonly text: string
  /** For each line of `text`, where it is in the file. */
  readonly lines: readonly SideLine[]
}

export interface SideLine {
  /** From 1. */
  readonly number: number
  readonly inConflict: boolean
}

export interface Conflicts {
  readonly ours: ConflictSide
  readonly theirs: ConflictSide
  /** Only if every conflict has it. */
  readonly base?: ConflictSide
  readonly count: number
  /** The line of the first marker. */
  readonly line: number
}

export type ConflictsRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'conflicts'; readonly conflicts: Conflicts }
  /** Markers that do not belong together. */
  | { readonly kind: 'broken'; readonly line: number; readonly message: string }

const MARKER = /^(<{7,}|\|{7,}|={7,}|>{7,})(?: .*)?\r?$/

/** The number of the first line with a conflict marker. */
export function firstMarker(text: string): number | undefined {
  if (!/^[<|=>]{7}/m.test(text)) return undefined
  const index = text.split('\n').findIndex(line => MARKER.test(line))
  return index < 0 ? undefined : index + 1
}

/** Takes a text with conflict markers apart. */
export function readConflicts(text: string): ConflictsRead {
  const line = firstMarker(text)
  if (line === undefined) return { kind: 'none' }
  const ours = createSide()
  const theirs = createSide()
  const base = createSide()
  let count = 0
  let withBase = 0
  let open: { readonly size: number; readonly line: number; part: 'ours' | 'base' | 'theirs' } | undefined
  for (const [index, content] of text.split('\n').entries()) {
    const number = index + 1
    const [, marker] = MARKER.exec(content) ?? []
    if (open === undefined) {
      if (marker === undefined) for (const side of [ours, theirs, base]) side.add(content, number, false)
      else if (marker[0] === '<') open = { size: marker.length, line: number, part: 'ours' }
      else return broken(number, `this ${shown(marker)} belongs to no merge conflict`)
      continue
    }
    // Longer or shorter markers are content: they are nested.
    const sign = marker?.length === open.size ? marker[0] : undefined
    if (sign === '|' && open.part === 'ours') {
      open.part = 'base'
      withBase++
    } else if (sign === '=' && open.part !== 'theirs') open.part = 'theirs'
    else if (sign === '>' && open.part === 'theirs') {
      open = undefined
      count++
    } else if (sign !== undefined)
      return broken(number, `this ${shown(marker ?? '')} does not belong here: it is inside a merge conflict`)
    else ({ ours, theirs, base })[open.part].add(content, number, true)
  }
  if (open !== undefined) return broken(open.line, 'this merge conflict has no end')
  const conflicts = {
    ours: ours.done(),
    theirs: theirs.done(),
    ...(withBase === count && { base: base.done() }),
    count,
    line,
  }
  return { kind: 'conflicts', conflicts }
}

function shown(marker: string): string {
  return marker.length <= 20 ? marker : `${marker.slice(0, 20)}…`
}

function broken(line: number, message: string): ConflictsRead {
  return { kind: 'broken', line, message }
}

function createSide() {
  const texts: string[] = []
  const lines: SideLine[] = []
  return {
    add(text: string, number: number, inConflict: boolean) {
      texts.push(text)
      lines.push({ number, inConflict })
    },
    done: (): ConflictSide => ({ text: texts.join('\n'), lines }),
  }
}

/**
 * A unified diff of two texts with three lines of context, as `git diff` prints it; empty if they are equal. Designed for the edits
 * of dock-lock: lines replaced in place, or one block of lines replaced. It is always correct, but not always minimal.
 */
export function unifiedDiff(file: string, before: string | undefined, after: string): string {
  if (before === after) return ''
  const a = before === undefined ? [] : splitLines(before)
  const b = splitLines(after)
  const ranges = a.length === b.length ? changedRuns(a, b) : [middle(a, b)]
  let text = `--- ${before === undefined ? '/dev/null' : quoted(`a/${file}`)}\n+++ ${quoted(`b/${file}`)}\n`
  let index = 0
  while (index < ranges.length) {
    const group: Run[] = [ranges[index] as Run]
    for (index++; index < ranges.length; index++) {
      const next = ranges[index] as Run
      if (next.aStart - (group.at(-1) as Run).aEnd > 2 * CONTEXT) break
      group.push(next)
    }
    text += hunk(a, b, group)
  }
  return text
}

/** A file name as git writes it in a patch: quoted like a C string if it would break the line, and followed by a tab if it has blanks. */
function quoted(name: string): string {
  if (!/["\\\u0000-\u001f\u007f]/.test(name)) return name.includes(' ') ? `${name}\t` : name
  const escaped = name
    .replace(/["\\]/g, '\\$&')
    .replace(
      /[\u0000-\u001f\u007f]/g,
      character => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
    )
  return `"${escaped}"`
}

const CONTEXT = 3

interface Run {
  readonly aStart: number
  readonly aEnd: number
  readonly bStart: number
  readonly bEnd: number
}

/** Lines with their line ends. The last line may have none. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function changedRuns(a: readonly string[], b: readonly string[]): Run[] {
  const runs: Run[] = []
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue
    const start = i
    while (i < a.length && a[i] !== b[i]) i++
    runs.push({ aStart: start, aEnd: i, bStart: start, bEnd: i })
  }
  return runs
}

function middle(a: readonly string[], b: readonly string[]): Run {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  return { aStart: head, aEnd: a.length - tail, bStart: head, bEnd: b.length - tail }
}

function hunk(a: readonly string[], b: readonly string[], runs: readonly Run[]): string {
  const first = runs[0] as Run
  const last = runs.at(-1) as Run
  const lead = Math.min(CONTEXT, first.aStart)
  const trail = Math.min(CONTEXT, a.length - last.aEnd)
  const position = (start: number, length: number) => `${length === 0 ? start : start + 1},${length}`
  let text = `@@ -${position(first.aStart - lead, last.aEnd - first.aStart + lead + trail)} +${position(first.bStart - lead, last.bEnd - first.bStart + lead + trail)} @@\n`
  const emit = (sign: string, line: string) => {
    text += line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`
  }
  for (let i = first.aStart - lead; i < first.aStart; i++) emit(' ', a[i] as string)
  runs.forEach((run, index) => {
    for (let i = run.aStart; i < run.aEnd; i++) emit('-', a[i] as string)
    for (let i = run.bStart; i < run.bEnd; i++) emit('+', b[i] as string)
    const next = runs[index + 1]
    const end = next === undefined ? run.aEnd + trail : next.aStart
    for (let i = run.aEnd; i < end; i++) emit(' ', a[i] as string)
  })
  return text
}

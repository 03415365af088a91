/** What a benchmark found, ready to be pasted into docs/figures.md. */
export interface Table {
  readonly title: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** What could not be measured here, and why; what a reader must know. */
  readonly notes: readonly string[]
}

/** As Markdown; all columns but the first are numbers. */
export function markdown({ title, header, rows, notes }: Table): string {
  const widths = header.map((name, column) =>
    Math.max(name.length, ...rows.map(row => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  const text = [`### ${title}`, '', line(header), rule, ...rows.map(line)]
  for (const note of notes) text.push('', note)
  return `${text.join('\n')}\n`
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

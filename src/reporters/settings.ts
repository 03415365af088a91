/** The text of `config`: one line for each setting. */
import type { ConfigReport } from '../core/report.ts'
import type { Setting } from '../core/setting.ts'
import type { Paint } from './paint.ts'
import { type Cell, layOut } from './rows.ts'
import { formatPlace } from './worded.ts'

export function settingsTable({ settings }: ConfigReport, paint: Paint): string {
  const heads: readonly Cell[] = ['setting', 'value', 'from'].map(text => ({ text, paint: paint.bold }))
  const rows = settings.map((one): readonly Cell[] => [
    { text: one.name },
    one.values.length === 0 ? { text: '-', paint: paint.dim } : { text: one.values.join('; ') },
    { text: sourceOf(one), ...(one.source === 'default' && { paint: paint.dim }) },
  ])
  return layOut([heads, ...rows], [''])
    .map(line => line.slice(1))
    .join('')
}

function sourceOf({ source, place, variable }: Setting): string {
  return place === undefined ? (variable ?? source) : formatPlace(place)
}

/** The tables in test/core/tags: see the README there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface TagTable {
  readonly file: string
  readonly image: string
  readonly tags: readonly string[]
  readonly rows: readonly TagRow[]
}

export interface TagRow {
  readonly current: string
  /** The tag to choose with that policy; `-` for none. */
  readonly patch: string
  readonly minor: string
  readonly major: string
  /** What Renovate chooses, in the same order; `=` for the same. */
  readonly renovate: string
  readonly why: string
}

const FOLDER = fileURLToPath(new URL('../core/tags/', import.meta.url))

export function readTagTables(): readonly TagTable[] {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.tsv'))
    .sort()
    .map(name => readTagTable(join(FOLDER, name)))
}

function readTagTable(file: string): TagTable {
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'))
  const valuesOf = (key: string) => lines.filter(([name]) => name === key).map(([, value = '']) => value)
  const head = lines.findIndex(([name]) => name === 'current')
  return {
    file,
    image: valuesOf('image').join(),
    tags: valuesOf('tags').join(' ').split(' '),
    rows: lines
      .slice(head + 1)
      .map(([current = '', patch = '', minor = '', major = '', renovate = '', why = '']) => {
        return { current, patch, minor, major, renovate, why }
      }),
  }
}

/** The Bake projects in `cases/`: files, environment, and what buildx 0.29 prints for them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const CASES = fileURLToPath(new URL('./cases/', import.meta.url))

export interface BakeCase {
  readonly name: string
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly env: Readonly<Record<string, string>>
  /** The output of `docker buildx bake` with PRINT_ARGS; undefined if it fails. */
  readonly printed: string | undefined
}

export function bakeCases(): readonly BakeCase[] {
  return readdirSync(CASES)
    .sort()
    .map(file => parseCase(file.replace(/\.txt$/, ''), readFileSync(join(CASES, file), 'utf8')))
}

/** `--- file NAME`, `--- env NAME=VALUE`, `--- printed`, `--- fails`: each begins a part. */
function parseCase(name: string, text: string): BakeCase {
  const files: { path: string; text: string }[] = []
  const env: Record<string, string> = {}
  let printed: string | undefined
  for (const part of text.split(/^--- /m).slice(1)) {
    const end = part.indexOf('\n')
    const [kind = '', ...rest] = part.slice(0, end).split(' ')
    const value = rest.join(' ')
    if (kind === 'file') files.push({ path: value, text: part.slice(end + 1) })
    if (kind === 'env') env[value.slice(0, value.indexOf('='))] = value.slice(value.indexOf('=') + 1)
    if (kind === 'printed') printed = part.slice(end + 1)
  }
  return { name, files, env, printed }
}

/** The text of a case without its answer. */
export function questionOf(file: string): string {
  const text = readFileSync(join(CASES, `${file}.txt`), 'utf8')
  const end = /^--- (?:printed|fails)\n/m.exec(text)?.index
  return text.slice(0, end)
}

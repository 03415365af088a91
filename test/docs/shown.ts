/** The commands that README, docs and examples show, as a reader would type them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

/** A command as a page writes it, without the program that starts it: ` check --registry`. */
export interface Shown {
  readonly page: string
  /** Of the page, from 1. */
  readonly line: number
  readonly text: string
  /** What the page prints below a line with `$ `; absent if it prints nothing. */
  readonly output?: readonly string[]
  /** The number of its block in the page: the commands of a block follow each other in one folder. */
  readonly block?: number
  /** The programs that read its output: `docker compose -f compose.yaml -f - build`. */
  readonly pipe?: string
}

export function readPages(): readonly Page[] {
  const names = (folder: string) => readdirSync(join(ROOT, folder), { withFileTypes: true })
  const paths = [
    'README.md',
    ...names('docs').flatMap(({ name }) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
    ...names('examples').flatMap(one => (one.isDirectory() ? [`examples/${one.name}/README.md`] : [])),
  ]
  return paths.map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

/** How dock-lock is started, up to its arguments. */
const START = '(?:(?:npx|pnpm exec|yarn|bunx)(?: --no)? )?dock-lock|docker docklock'
/** The arguments end at a quote of the file around them, and where another command of the shell begins. */
const ARGUMENTS = String.raw`(?= |$|["'\x60)$;])((?: [^"\x60;$)]*)?)`
const LINE = new RegExp(
  String.raw`^\s*(?:\$ |- )?(?:run: |script: |exec |"[\w:-]+": ")?(?:${START})(?= |$|")((?: .*)?)`,
)
const QUOTED = new RegExp(String.raw`["\x60(]\^?(?:${START})${ARGUMENTS}(?!":)`, 'g')
const HINT = new RegExp(`(?:→ |, )run: (?:${START})${ARGUMENTS}`)

export function commandsOf({ path: page, text }: Page): readonly Shown[] {
  const found: Shown[] = []
  const lines = text.split('\n')
  for (const { first, last, isCode } of partsOf(lines)) {
    const isSession = lines.slice(first, last).some(line => /^\s*\$ /.test(line))
    for (let at = first; at < last; at++) {
      const line = lines[at] ?? ''
      const place = { page, line: at + 1 }
      const own = LINE.exec(line)
      const hint = HINT.exec(line)
      const add = (words = '', more: Pick<Shown, 'block' | 'output'> = {}) =>
        found.push({ ...place, ...withoutShell(words), ...more })
      if (hint !== null) add(hint[1])
      else if (!isCode || (!isSession && own === null))
        for (const [, words] of line.matchAll(QUOTED)) add(words)
      else if (!isSession) add(own?.[1]?.replace(/"[,\]]*$/, ''))
      else if (own !== null && /^\s*\$ /.test(line)) {
        const end = lines.slice(at + 1, last).findIndex(one => /^\s*\$ /.test(one))
        const output = outputOf(lines.slice(at + 1, end === -1 ? last : at + 1 + end))
        add(own[1], { block: first, ...(output && { output }) })
      }
    }
  }
  return found
}

/** Code blocks, fenced or indented, and what is between them. */
function partsOf(lines: readonly string[]) {
  const parts: { first: number; last: number; readonly isCode: boolean }[] = []
  let fence: string | undefined
  lines.forEach((line, at) => {
    const mark = /^\s*(```+)/.exec(line)?.[1]
    const isFence = mark !== undefined && (fence === undefined || line.trim() === fence)
    const isBefore = fence !== undefined
    if (isFence) fence = isBefore ? undefined : mark
    const before = parts.at(-1)
    const isBlank = line.trim() === ''
    const isIndented = line.startsWith('    ') && (before?.isCode === true || lines[at - 1]?.trim() === '')
    const isCode = isBefore ? !isFence : isIndented || (isBlank && before?.isCode === true)
    if (isFence) parts.push({ first: at, last: at + 1, isCode: false })
    else if (before?.isCode === isCode && before.last === at) before.last = at + 1
    else parts.push({ first: at, last: at + 1, isCode })
  })
  return parts
}

function outputOf(lines: readonly string[]): readonly string[] | undefined {
  const text = lines
    .map(line => line.replace(/^ {4}/, ''))
    .join('\n')
    .trimEnd()
  return text.trim() === '' ? undefined : text.replace(/^\n+/, '').split('\n')
}

/** Without comments, and without what the shell does with the output. */
function withoutShell(text: string): Pick<Shown, 'text' | 'pipe'> {
  const [, own = '', pipe] = /^(.*?)(?: \| (.*?)| (?:>|&&|#| ).*)?$/.exec(text.replace(/ +#.*$/, '')) ?? []
  return { text: own, ...(pipe !== undefined && { pipe }) }
}

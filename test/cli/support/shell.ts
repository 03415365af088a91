/** The commands that transcripts have most, without a shell and its programs: to start one takes longer than all that it does. */
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from './transcript.ts'

const NAMES = /^(cat|rm)((?: [\w.][\w./-]*)+)$/
/** Nothing in it that a shell expands, unless the mark is quoted. */
const HERE = /^cat > ([\w.][\w./-]*) <<('?)END\2\n((?:.*\n)*)END$/
const ECHO = /^echo "([^"$`\\]*)" > ([\w.][\w./-]*)$/

/** What `sh -c COMMAND` in `folder` does and prints. Undefined if this is not such a command, or if it would fail. */
export function runWithoutShell(command: string, folder: string): Outcome | undefined {
  try {
    const stdout = run(command, folder)
    return stdout === undefined ? undefined : { code: 0, stdout, stderr: '' }
  } catch {
    // A shell has the words for it.
    return undefined
  }
}

function run(command: string, folder: string): string | undefined {
  const [, program, names = ''] = NAMES.exec(command) ?? []
  if (program !== undefined) {
    const files = names
      .trim()
      .split(' ')
      .map(name => join(folder, name))
    if (program === 'cat') return Buffer.concat(files.map(file => readFileSync(file))).toString()
    if (files.some(file => lstatSync(file).isDirectory())) return undefined
    for (const file of files) rmSync(file)
    return ''
  }
  const [, file, quote, text = ''] = HERE.exec(command) ?? []
  if (file !== undefined) {
    if ((quote === '' && /[$`\\]/.test(text)) || /^END$/m.test(text)) return undefined
    writeFileSync(join(folder, file), text)
    return ''
  }
  const [, said, target] = ECHO.exec(command) ?? []
  if (target === undefined) return undefined
  writeFileSync(join(folder, target), `${said}\n`)
  return ''
}

/** `cd FOLDER && NAME=VALUE dock-lock ARGS > /dev/null`, or with `2>/dev/null` or `| PROGRAM` at the end, each of which may be missing. */
const COMMAND =
  /^(?:cd ([\w.][\w./-]*) && )?((?:[A-Z_]+=[\w:/.,+-]* )*)dock-lock(?! run\b)(?!.* --interactive)((?: [\w@+=:,./-]+)*?)(?: (2?> ?\/dev\/null))?(?: \| ([^|&;<>]+))?$/

export interface PlainCommand {
  /** Relative to the project. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly args: readonly string[]
  readonly dropped?: 'stdout' | 'stderr'
  /** The command that gets its stdout. */
  readonly next?: string
}

/** A start of dock-lock that needs no shell, and no stdin or stdout of its own. */
export function plainCommand(command: string): PlainCommand | undefined {
  const match = COMMAND.exec(command)
  if (match === null) return undefined
  const [, folder = '.', assigned = '', args = '', drop, next] = match
  return {
    folder,
    env: Object.fromEntries(
      assigned
        .split(' ')
        .filter(one => one !== '')
        .map(one => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
    ),
    args: args.split(' ').filter(arg => arg !== ''),
    ...(drop !== undefined && { dropped: drop.startsWith('2') ? ('stderr' as const) : ('stdout' as const) }),
    ...(next !== undefined && { next }),
  }
}

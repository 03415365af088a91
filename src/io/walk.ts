/** Finds files outside git repositories. It follows `.gitignore`, and skips folders that package managers fill. */
import { type Dirent, existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SkippedFile } from '../core/report-parts.ts'
import { decide, type IgnorePattern, limitSteps, parsePatterns } from './gitignore.ts'
import { IGNORE_NAME } from './ignore-file.ts'
import { decodeName, joinName, relativeName, shownName } from './names.ts'
import { contentOf, readProjectFile } from './read.ts'

export interface Discovered {
  /** Sorted, relative to the project. */
  readonly files: readonly string[]
  /** Folders that were not searched. */
  readonly skipped: readonly SkippedFile[]
}

/** Folders of git and other version control systems. They contain nothing to build. */
const VERSION_CONTROL = new Set(['.git', '.hg', '.jj', '.svn'])
const PACKAGES = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  '.pnpm-store',
  '.yarn',
  '.venv',
  'site-packages',
  '.tox',
  '.terraform',
])
/** A package manager fills `vendor` if one of these files is beside it. */
const VENDORING = ['go.mod', 'composer.json', 'Gemfile']

interface Rules {
  readonly base: string
  readonly patterns: readonly IgnorePattern[]
}

interface Folder {
  /** Relative to the project, with a trailing `/`; '' for the project itself. */
  readonly base: string
  /** The same path as the system has it, which may not be UTF-8. */
  readonly path: Buffer
}

export async function walkFiles(
  root: string,
  folder: string,
  matches: (path: string) => boolean,
): Promise<Discovered> {
  const files: string[] = []
  const skipped: SkippedFile[] = []
  const spend = limitSteps(IGNORE_NAME)
  const nameOf = (base: string) => shownName(base).slice(0, -1)
  const skip = (base: string, code: 'repository' | 'dependencies') =>
    skipped.push({ file: nameOf(base), code })
  // Rules of inner folders override those of outer ones. As in git, excluded folders are not entered.
  const isIgnored = (rules: readonly Rules[], path: string, isFolder: boolean): boolean => {
    for (let index = rules.length - 1; index >= 0; index--) {
      const { base, patterns } = rules[index] as Rules
      const decided = decide(patterns, relativeName(base, path), isFolder, spend)
      if (decided !== undefined) return decided
    }
    return false
  }
  const rulesIn = (base: string, outer: readonly Rules[]): readonly Rules[] => {
    const file = base + IGNORE_NAME
    const bytes = contentOf('config', file, readProjectFile(root, file))
    if (bytes === undefined) return outer
    return [...outer, { base, patterns: parsePatterns(bytes.toString('utf8')) }]
  }
  const walk = async ({ base, path }: Folder, outer: readonly Rules[]): Promise<void> => {
    const entries = await entriesOf(path)
    if (entries === undefined) return
    if (typeof entries === 'string') {
      skipped.push({ file: nameOf(base === '' ? './' : base), code: 'unreadable', reason: entries })
      return
    }
    const names = entries.map(({ name }) => decodeName(name))
    if (base !== '' && names.includes('.git')) {
      skip(base, 'repository')
      return
    }
    const isVendored = VENDORING.some(name => names.includes(name))
    const rules = names.includes(IGNORE_NAME) ? rulesIn(base, outer) : outer
    for (const [index, entry] of entries.entries()) {
      const name = names[index] as string
      const inner = joinName(base, name)
      if (!entry.isDirectory()) {
        // The reader checks whether it is a regular file.
        if (matches(inner) && !isIgnored(rules, inner, false)) files.push(inner)
        continue
      }
      if (VERSION_CONTROL.has(name) || isIgnored(rules, inner, true)) continue
      if (PACKAGES.has(name) || (name === 'vendor' && isVendored)) skip(`${inner}/`, 'dependencies')
      else await walk({ base: `${inner}/`, path: Buffer.concat([path, SLASH, entry.name]) }, rules)
    }
  }
  let base = ''
  let rules: readonly Rules[] = []
  for (const name of folder === '.' ? [] : folder.split('/')) {
    rules = rulesIn(base, rules)
    if (isIgnored(rules, base + name, true)) return { files, skipped }
    const inner = `${base}${name}/`
    if (existsSync(join(root, inner, '.git'))) {
      skip(inner, 'repository')
      return { files, skipped }
    }
    base = inner
  }
  await walk({ base, path: Buffer.from(join(root, base)) }, rules)
  return { files, skipped }
}

const SLASH = Buffer.from('/')

/** The entries of a folder; undefined if it does not exist, a text if it cannot be listed. */
async function entriesOf(path: Buffer): Promise<readonly Entry[] | string | undefined> {
  try {
    return (await readdir(path, { withFileTypes: true, encoding: 'buffer' as never })) as unknown as Entry[]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : code
  }
}

type Entry = Omit<Dirent, 'name'> & { readonly name: Buffer }

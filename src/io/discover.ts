import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DockLockError } from '../core/error.ts'
import { runGit } from './git.ts'
import { decide, type IgnorePattern, limitSteps, parsePatterns } from './gitignore.ts'
import { findUnreadableIgnoreFile, IGNORE_NAME } from './ignore-file.ts'
import { contentOf, readError, readProjectFile } from './read.ts'

/**
 * The files below `root/folder` that `loadMatches`'s function picks, sorted, relative to `root`: what git tracks or would track
 * (`git ls-files -co --exclude-standard`), or, where git has no say, a walk that heeds `.gitignore` and skips `node_modules`.
 */
export async function discoverFiles(
  root: string,
  folder: string,
  loadMatches: () => Promise<(path: string) => boolean>,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // Git works while the formats are loaded.
  const listed = listByGit(root, folder, env, signal)
  listed.catch(() => {})
  const matches = await loadMatches()
  const files = (await listed) ?? (await listByWalk(root, folder, matches))
  return [...new Set(files)].filter(matches).sort()
}

/** Undefined when there is no git, or no repository here. */
async function listByGit(
  root: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const args = ['ls-files', '-z', '-co', '--exclude-standard', '--', folder]
  const stop = new AbortController()
  const listing = runGit(args, { root, env, signal: AbortSignal.any([signal, stop.signal]) })
  let unreadable: DockLockError | undefined
  const timer = setTimeout(async () => {
    const found = await findUnreadableIgnoreFile(root)
    if (found === undefined) return
    unreadable = readError('config', found.file, found.read)
    stop.abort()
  }, SLOW_GIT)
  try {
    const { ok, stdout } = await listing
    return ok ? stdout.toString().split('\0').slice(0, -1) : undefined
  } catch (error) {
    throw unreadable ?? error
  } finally {
    clearTimeout(timer)
  }
}

/** Milliseconds. By then git has answered, unless the project is huge or something keeps it from going on. */
const SLOW_GIT = 2000

async function listByWalk(
  root: string,
  folder: string,
  matches: (path: string) => boolean,
): Promise<readonly string[]> {
  const found: string[] = []
  type Rules = { readonly base: string; readonly patterns: readonly IgnorePattern[] }
  const spend = limitSteps('.gitignore')
  // Rules of nearer folders win over those of outer ones; what a folder's rule excludes is not entered at all, as in git.
  const isIgnored = (rules: readonly Rules[], path: string, isFolder: boolean): boolean => {
    for (let index = rules.length - 1; index >= 0; index--) {
      const { base, patterns } = rules[index] as Rules
      const decided = decide(patterns, path.slice(base.length), isFolder, spend)
      if (decided !== undefined) return decided
    }
    return false
  }
  const rulesIn = async (base: string, outer: readonly Rules[]): Promise<readonly Rules[]> => {
    const file = base + IGNORE_NAME
    const bytes = contentOf('config', file, readProjectFile(root, file))
    if (bytes === undefined) return outer
    return [...outer, { base, patterns: parsePatterns(bytes.toString('utf8')) }]
  }
  const walk = async (base: string, outer: readonly Rules[]): Promise<void> => {
    const rules = await rulesIn(base, outer)
    const entries = await readdir(join(root, base), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = base + entry.name
      if (entry.isDirectory()) {
        if (entry.name === '.git' || entry.name === 'node_modules' || isIgnored(rules, path, true)) continue
        await walk(`${path}/`, rules)
      } else if (matches(path) && !isIgnored(rules, path, false)) {
        // Whether it is a file at all is for the reader to see, and to report.
        found.push(path)
      }
    }
  }
  let base = ''
  let rules: readonly Rules[] = []
  for (const name of folder === '.' ? [] : folder.split('/')) {
    rules = await rulesIn(base, rules)
    if (isIgnored(rules, base + name, true)) return []
    base += `${name}/`
  }
  await walk(base, rules)
  return found
}

/** Whether a path given on the command line is a folder, to be searched, or a file, to be read whatever its name. */
export async function isFolder(root: string, path: string): Promise<boolean> {
  return (await stat(join(root, path)).catch(() => undefined))?.isDirectory() ?? false
}

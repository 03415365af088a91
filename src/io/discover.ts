import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runGit } from './git.ts'

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
  const { ok, stdout } = await runGit(args, { root, env, signal })
  return ok ? stdout.toString().split('\0').slice(0, -1) : undefined
}

async function listByWalk(
  root: string,
  folder: string,
  matches: (path: string) => boolean,
): Promise<readonly string[]> {
  const { default: ignore } = await import('ignore')
  const found: string[] = []
  type Rules = {
    readonly base: string
    readonly test: (path: string) => { ignored: boolean; unignored: boolean }
  }
  // Rules of nearer folders win over those of outer ones; what a folder's rule excludes is not entered at all, as in git.
  const isIgnored = (rules: readonly Rules[], path: string): boolean => {
    for (const { base, test } of [...rules].reverse()) {
      const result = test(path.slice(base.length))
      if (result.ignored) return true
      if (result.unignored) return false
    }
    return false
  }
  const rulesIn = async (base: string, outer: readonly Rules[]): Promise<readonly Rules[]> => {
    const text = await readFile(join(root, base, '.gitignore'), 'utf8').catch(() => undefined)
    if (text === undefined) return outer
    const own = ignore({ ignorecase: false }).add(text)
    return [...outer, { base, test: path => own.test(path) }]
  }
  const walk = async (base: string, outer: readonly Rules[]): Promise<void> => {
    const rules = await rulesIn(base, outer)
    const entries = await readdir(join(root, base), { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = base + entry.name
      if (entry.isDirectory()) {
        if (entry.name === '.git' || entry.name === 'node_modules' || isIgnored(rules, `${path}/`)) continue
        await walk(`${path}/`, rules)
      } else if ((entry.isFile() || entry.isSymbolicLink()) && matches(path) && !isIgnored(rules, path)) {
        found.push(path)
      }
    }
  }
  let base = ''
  let rules: readonly Rules[] = []
  for (const name of folder === '.' ? [] : folder.split('/')) {
    rules = await rulesIn(base, rules)
    base += `${name}/`
    if (isIgnored(rules, base)) return []
  }
  await walk(base, rules)
  return found
}

/** Whether a path given on the command line is a folder, to be searched, or a file, to be read whatever its name. */
export async function isFolder(root: string, path: string): Promise<boolean> {
  return (await stat(join(root, path)).catch(() => undefined))?.isDirectory() ?? false
}

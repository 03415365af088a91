import type { Ignored, IgnoreRule } from '../core/ignore.ts'
import { CONFIG_NAME } from './config.ts'
import { ignoresFile, limitSteps, parsePatterns } from './gitignore.ts'

/**
 * Parts `files` (paths in the project, with `/`) by the rules about files.
 * @throws DockLockError `config` when the patterns take too long to match
 */
export function ignoredFiles(
  files: readonly string[],
  rules: readonly IgnoreRule[],
): { readonly kept: readonly string[]; readonly ignored: readonly Ignored[] } {
  const matchers = rules.flatMap(rule =>
    'files' in rule ? [{ reason: rule.reason, patterns: parsePatterns(rule.files.join('\n')) }] : [],
  )
  if (matchers.length === 0) return { kept: files, ignored: [] }
  const spend = limitSteps(CONFIG_NAME)
  const kept: string[] = []
  const ignored: Ignored[] = []
  for (const file of files) {
    const rule = matchers.find(({ patterns }) => ignoresFile(patterns, file, spend))
    if (rule === undefined) kept.push(file)
    else ignored.push({ code: 'ignored', kind: 'file', file, reason: rule.reason })
  }
  return { kept, ignored }
}

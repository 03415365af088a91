import type { Ignored, IgnoreRule } from '../core/ignore.ts'

/** Parts `files` (paths in the project, with `/`) by the rules about files. */
export async function ignoredFiles(
  files: readonly string[],
  rules: readonly IgnoreRule[],
): Promise<{ readonly kept: readonly string[]; readonly ignored: readonly Ignored[] }> {
  const patterns = rules.flatMap(rule => ('files' in rule ? [rule] : []))
  if (patterns.length === 0) return { kept: files, ignored: [] }
  const { default: ignore } = await import('ignore')
  const matchers = patterns.map(rule => ({
    reason: rule.reason,
    matcher: ignore({ ignorecase: false }).add([...rule.files]),
  }))
  const kept: string[] = []
  const ignored: Ignored[] = []
  for (const file of files) {
    const rule = matchers.find(({ matcher }) => matcher.ignores(file))
    if (rule === undefined) kept.push(file)
    else ignored.push({ code: 'ignored', kind: 'file', file, reason: rule.reason })
  }
  return { kept, ignored }
}

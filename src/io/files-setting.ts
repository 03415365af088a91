import { isObject, isStrings } from '../lib/json.ts'
import { ignoresFile, limitSteps, parsePatterns } from './gitignore.ts'
import { relativeName } from './names.ts'

/** The same function as in config.ts, which imports this file. */
type Fail = (path: readonly string[], message: string) => never

/** `files` in the config: patterns as in `.gitignore`. */
export interface FilesSetting {
  /** Files that are read regardless of their names. */
  readonly include: readonly string[]
  /** Files that are not read unless the command line names them. Overrides `include`. */
  readonly exclude: readonly string[]
}

/** Selects the project's files to read: known names (`isKnown`) and the config's `include`, minus its `exclude`. */
export function fileMatcher(
  { include, exclude }: FilesSetting,
  isKnown: (path: string) => boolean,
): (path: string) => boolean {
  if (include.length + exclude.length === 0) return isKnown
  const spend = limitSteps('.dock-lock.yaml')
  const added = parsePatterns(include.join('\n'))
  const removed = parsePatterns(exclude.join('\n'))
  return path =>
    path !== '' &&
    !path.endsWith('/') &&
    (isKnown(path) || ignoresFile(added, relativeName('', path), spend)) &&
    !ignoresFile(removed, relativeName('', path), spend)
}

/** Limits: patterns in each list, and characters in a pattern. */
const MAX_PATTERNS = 256
const MAX_PATTERN = 512

export function toFiles(value: unknown, fail: Fail): FilesSetting {
  if (!isObject(value)) return fail(['files'], '"files" must be a mapping with "include" or "exclude"')
  const extra = Object.keys(value).find(name => name !== 'include' && name !== 'exclude')
  if (extra !== undefined) fail(['files', extra], `unknown setting "${extra}"`)
  const { include = [], exclude = [] } = value
  return { include: toPatterns('include', include, fail), exclude: toPatterns('exclude', exclude, fail) }
}

function toPatterns(name: string, value: unknown, fail: Fail): readonly string[] {
  const at = ['files', name]
  const patterns = typeof value === 'string' ? [value] : value
  if (!isStrings(patterns) || patterns.includes(''))
    return fail(at, `"${name}" must be a pattern, or a list of patterns`)
  if (patterns.length > MAX_PATTERNS) fail(at, `there are more than ${MAX_PATTERNS} patterns here`)
  if (patterns.some(pattern => pattern.length > MAX_PATTERN))
    fail(at, `a pattern here is longer than ${MAX_PATTERN} characters`)
  return patterns
}

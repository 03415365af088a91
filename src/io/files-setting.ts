import { posix } from 'node:path'
import { isObject, isStrings } from '../lib/json.ts'
import { ignoresFile, limitSteps, parsePatterns } from './gitignore.ts'
import { relativeName } from './names.ts'
import { unknownSetting } from './unknown-setting.ts'

/** The same function as in config.ts, which imports this file. */
type Fail = (path: readonly string[], message: string) => never

/** `files` in the config: patterns as in `.gitignore`. */
export interface FilesSetting {
  /** Files that are read regardless of their names. */
  readonly include: readonly string[]
  /** Files that are not read unless the command line names them. Overrides `include`. */
  readonly exclude: readonly string[]
  /** Compose files that are read together, as with `-f`. Paths from the top of the project. */
  readonly compose: readonly (readonly string[])[]
}

/** Selects the project's files to read: known names (`isKnown`) and the config's `include`, minus its `exclude`. */
export function fileMatcher(
  { include, exclude }: Pick<FilesSetting, 'include' | 'exclude'>,
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
  if (!isObject(value))
    return fail(['files'], '"files" must be a mapping with "include", "exclude" or "compose"')
  const known = ['include', 'exclude', 'compose']
  const extra = Object.keys(value).find(name => !known.includes(name))
  if (extra !== undefined) fail(['files', extra], unknownSetting(extra, known))
  const { include = [], exclude = [], compose = [] } = value
  return {
    include: toPatterns('include', include, fail),
    exclude: toPatterns('exclude', exclude, fail),
    compose: toLists(compose, fail),
  }
}

function toLists(value: unknown, fail: Fail): readonly (readonly string[])[] {
  const at = ['files', 'compose']
  if (!Array.isArray(value)) return fail(at, '"compose" must be a list of lists of Compose files')
  if (value.length > MAX_PATTERNS) fail(at, `there are more than ${MAX_PATTERNS} lists here`)
  return value.map((list: unknown, index) => {
    const paths = typeof list === 'string' ? [list] : list
    if (!isStrings(paths) || paths.length === 0 || paths.includes('') || paths.length > MAX_PATTERNS)
      return fail([...at, String(index)], 'an entry of "compose" must be a list of Compose files')
    return paths.map(path => posix.normalize(path))
  })
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

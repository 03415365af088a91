import { DockLockError } from '../core/error.ts'
import { isObject } from '../lib/json.ts'
import { readError } from './read.ts'
import { encodeSource, readSource } from './source.ts'

/** A package.json with an added script: the bytes before and after. */
export interface ScriptChange {
  readonly path: string
  readonly before: Buffer
  readonly after: Buffer
}

/**
 * Puts `command` at the start of the script `name` in the `package.json` of `root`. `present`: it is already there. `no-package`:
 * the project has no package.json. The layout (indentation, line ends, final newline) stays.
 * @throws DockLockError `malformed` if it is not the JSON of a package.
 */
export async function addScript(
  root: string,
  name: string,
  command: string,
): Promise<ScriptChange | 'no-package' | 'present'> {
  const read = readSource(root, 'package.json')
  if (read.kind === 'missing') return 'no-package'
  if (read.kind === 'irregular') throw readError('malformed', 'package.json', read)
  if (read.kind === 'undecodable') throw read.error
  const { source } = read
  const { path, bytes: before, text } = source
  const { default: PackageJson } = await import('@npmcli/package-json')
  const manifest = new PackageJson()
  try {
    manifest.fromJSON(text)
  } catch (error) {
    throw malformed('package.json is not valid JSON', error)
  }
  const content: unknown = manifest.content
  if (!isObject(content)) throw malformed('package.json must contain an object')
  const { scripts = {} } = content
  const present = isObject(scripts) ? scripts[name] : undefined
  if (!isObject(scripts) || (present !== undefined && typeof present !== 'string'))
    throw malformed('"scripts" in package.json must be an object of strings')
  // Each command by itself: a pattern for the whole line takes quadratic time.
  const isPresent = new RegExp(`^\\s*(npx\\s+(-\\S+\\s+)*)?${command}(\\s|$|&)`)
  if ((present ?? '').split(/&&|;/).some(one => isPresent.test(one))) return 'present'
  const added = { ...scripts, [name]: present ? `${command} && ${present}` : command }
  manifest.update({ scripts: added as Record<string, string> })
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  const indent = /^[\t ]+(?=")/m.exec(text)?.[0] ?? '  '
  const json = `${mark}${JSON.stringify(manifest.content, undefined, indent)}${text.endsWith('\n') ? '\n' : ''}`
  return {
    path,
    before,
    after: encodeSource(source, text.includes('\r\n') ? json.replace(/\n/g, '\r\n') : json),
  }
}

function malformed(message: string, cause?: unknown): DockLockError {
  return new DockLockError('malformed', message, {
    cause,
    place: { file: 'package.json', line: 1, column: 1 },
    hint: 'Fix it, then run dock-lock init again',
  })
}

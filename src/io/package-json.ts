import { DockLockError } from '../core/error.ts'
import { isObject } from '../lib/json.ts'
import { readError } from './read.ts'
import { encodeSource, readSource } from './source.ts'

/** A package.json with a script added: the bytes as they were, and as they shall be. */
export interface ScriptChange {
  readonly path: string
  readonly before: Buffer
  readonly after: Buffer
}

/**
 * `package.json` of `root` with `command` put at the head of the script `name`; `present` when it is there already, `no-package` when
 * there is no package.json in the project. Layout (indentation, line ends, final newline) stays.
 * @throws DockLockError `malformed` when it is not the JSON of a package.
 */
export async function addScript(
  root: string,
  name: string,
  command: string,
): Promise<ScriptChange | 'no-package' | 'present'> {
  const read = readSource(root, 'package.json')
  if (read.kind === 'missing') return 'no-package'
  if (read.kind === 'irregular') throw readError('malformed', 'package.json', read)
  const { source } = read
  const { path, bytes: before, text } = source
  const { default: PackageJson } = await import('@npmcli/package-json')
  const manifest = new PackageJson()
  try {
    manifest.fromJSON(text)
  } catch (error) {
    throw malformed('package.json is not JSON', error)
  }
  const content: unknown = manifest.content
  if (!isObject(content)) throw malformed('package.json must hold an object')
  const { scripts = {} } = content
  const present = isObject(scripts) ? scripts[name] : undefined
  if (!isObject(scripts) || (present !== undefined && typeof present !== 'string'))
    throw malformed('"scripts" of package.json must be an object of texts')
  // One command after the other: a pattern for the whole line takes quadratic time.
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
    hint: 'Mend it, then run dock-lock init again',
  })
}

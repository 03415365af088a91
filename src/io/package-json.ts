import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DockLockError } from '../core/error.ts'

/** A package.json with a script added: the bytes as they were, and as they shall be. */
export interface ScriptChange {
  readonly path: string
  readonly before: Buffer
  readonly after: Buffer
}

/**
 * `package.json` of `root` with `command` put at the head of the script `name`; undefined when it is there already, or when there
 * is no package.json. Layout (indentation, line ends, final newline) stays.
 * @throws DockLockError `malformed` when it is not JSON.
 */
export async function addScript(
  root: string,
  name: string,
  command: string,
): Promise<ScriptChange | 'no-package' | 'present'> {
  const path = join(root, 'package.json')
  const before = await readFile(path).catch(() => undefined)
  if (before === undefined) return 'no-package'
  const { default: PackageJson } = await import('@npmcli/package-json')
  const manifest = new PackageJson()
  const text = before.toString('utf8')
  try {
    manifest.fromJSON(text)
  } catch (error) {
    throw new DockLockError('malformed', 'package.json is not JSON', {
      cause: error,
      place: { file: 'package.json', line: 1, column: 1 },
      hint: 'Mend it, then run dock-lock init again',
    })
  }
  const scripts = (manifest.content.scripts ?? {}) as Record<string, string>
  const present = scripts[name]
  if (present !== undefined && new RegExp(`(^|&&|;)\\s*${command}(\\s|$|;|&)`).test(present)) return 'present'
  manifest.update({
    scripts: { ...scripts, [name]: present === undefined ? command : `${command} && ${present}` },
  })
  const indent = /^[\t ]+(?=")/m.exec(text)?.[0] ?? '  '
  const crlf = text.includes('\r\n')
  const json = `${JSON.stringify(manifest.content, undefined, indent)}${/\n$/.test(text) ? '\n' : ''}`
  return { path, before, after: Buffer.from(crlf ? json.replace(/\n/g, '\r\n') : json) }
}

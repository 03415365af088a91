/**
 * A file of credentials: Docker's config.json, of which Podman's auth.json is a part.
 * @see https://github.com/docker/cli/blob/master/cli/config/configfile/file.go
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */

import { readFile } from 'node:fs/promises'
import type { Credentials } from '../../core/credentials.ts'
import { DockLockError } from '../../core/error.ts'
import { isObject } from '../../lib/json.ts'

export interface AuthFile {
  /** For messages. */
  readonly name: string
  readonly auths: Readonly<Record<string, unknown>>
  readonly credHelpers: Readonly<Record<string, unknown>>
  /** Empty when there is none. */
  readonly credsStore: string
}

const RENEW = 'Run "docker login" for it again.'

/** Undefined when there is no such file. @throws DockLockError `unauthorized` when it cannot be read or understood */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw unusable(path, `it cannot be read (${code})`, 'Check whose it is, and its permissions.')
  }
  return parseAuthFile(path, text, 'Repair it, or run "docker login" anew.')
}

/**
 * The text of such a file. Of a mistake only the place is told: the text around it may be a password.
 * @throws DockLockError `unauthorized` with that hint
 */
export function parseAuthFile(name: string, text: string, hint: string): AuthFile {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, '') || '{}')
  } catch {
    throw unusable(name, 'it is not valid JSON', hint)
  }
  if (!isObject(value)) throw unusable(name, 'it is not a JSON object', hint)
  const document = value
  const table = (wanted: string): Record<string, unknown> => {
    const entries = field(document, wanted) ?? {}
    if (!isObject(entries)) throw unusable(name, `its "${wanted}" is not a JSON object`, hint)
    return entries
  }
  const credsStore = field(document, 'credsStore') ?? ''
  if (typeof credsStore !== 'string') throw unusable(name, 'its "credsStore" is not a string', hint)
  return { name, auths: table('auths'), credHelpers: table('credHelpers'), credsStore }
}

/** Go reads the names of fields in any case. */
function field(object: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name]
  const other = Object.keys(object).find(key => key.toLowerCase() === name.toLowerCase())
  return other === undefined ? undefined : object[other]
}

/**
 * What `auths` holds under `key`; without user or password it is nothing.
 * @throws DockLockError `unauthorized` when it cannot be understood
 */
export function readEntry({ name, auths }: AuthFile, key: string): Credentials | undefined {
  const entry = auths[key]
  const text = (wanted: string): string => {
    const value = isObject(entry) ? field(entry, wanted) : undefined
    return typeof value === 'string' ? value : ''
  }
  const registryToken = text('registrytoken')
  if (registryToken !== '') {
    if (!/^[\x21-\x7e]+$/.test(registryToken))
      throw unusable(name, `the "registrytoken" of ${key} is no token`, RENEW)
    return { registryToken }
  }
  if (text('identitytoken') !== '') return { identityToken: text('identitytoken') }
  const [username, password] =
    text('auth') === '' ? [text('username'), text('password')] : decodeAuth(name, key, text('auth'))
  return username === '' || password === '' ? undefined : { username, password }
}

function decodeAuth(name: string, key: string, auth: string): [username: string, password: string] {
  const decoded = Buffer.from(auth, 'base64').toString().replace(/\0+$/, '')
  const colon = decoded.indexOf(':')
  if (colon < 0) {
    const why = `the "auth" of ${key} is not the base64 of user:password`
    throw unusable(name, why, RENEW)
  }
  return [decoded.slice(0, colon), decoded.slice(colon + 1)]
}

function unusable(name: string, why: string, hint: string): DockLockError {
  return new DockLockError('unauthorized', `${name} gives no credentials: ${why}`, { hint })
}

/**
 * A file with credentials: Docker's config.json. Podman's auth.json has the same format with fewer fields.
 * @see https://github.com/docker/cli/blob/master/cli/config/configfile/file.go
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */

import { readFile } from 'node:fs/promises'
import type { Credentials } from '../../core/credentials.ts'
import { DockLockError } from '../../core/error.ts'
import { isObject } from '../../lib/json.ts'
import { fieldInAnyCase, parseLenientJson } from './lenient-json.ts'

export interface AuthFile {
  /** For messages. */
  readonly name: string
  readonly auths: Readonly<Record<string, unknown>>
  readonly credHelpers: Readonly<Record<string, unknown>>
  /** Empty if there is none. */
  readonly credsStore: string
}

const LOG_IN_AGAIN = 'Run "docker login" for it again'

/** Undefined if there is no such file. @throws DockLockError `unauthorized` if it cannot be read or parsed */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw unusable(path, `it cannot be read (${code})`, 'Check its owner and its permissions')
  }
  return parseAuthFile(path, text, 'Fix the file, or run "docker login" again')
}

/**
 * Parses the text of such a file. Errors quote nothing of it, because the text around a mistake may be a password.
 * @throws DockLockError `unauthorized` with `hint`
 */
export function parseAuthFile(name: string, text: string, hint: string): AuthFile {
  let document: unknown
  try {
    document = parseLenientJson(text.replace(/^\ufeff?$/, '{}'))
  } catch {
    throw unusable(name, 'it is not valid JSON', hint)
  }
  if (!isObject(document)) throw unusable(name, 'it is not a JSON object', hint)
  const table = (wanted: string): Record<string, unknown> => {
    const entries = fieldInAnyCase(document, wanted) ?? {}
    if (!isObject(entries)) throw unusable(name, `its "${wanted}" is not a JSON object`, hint)
    return entries
  }
  const credsStore = fieldInAnyCase(document, 'credsStore') ?? ''
  if (typeof credsStore !== 'string') throw unusable(name, 'its "credsStore" is not a string', hint)
  return { name, auths: table('auths'), credHelpers: table('credHelpers'), credsStore }
}

/**
 * The credentials in `auths` under `key`. An entry without a user or without a password counts as absent.
 * @throws DockLockError `unauthorized` if the entry cannot be decoded
 */
export function readEntry({ name, auths }: AuthFile, key: string): Credentials | undefined {
  const entry = auths[key]
  const text = (wanted: string): string => {
    const value = fieldInAnyCase(entry, wanted)
    return typeof value === 'string' ? value : ''
  }
  const registryToken = text('registrytoken')
  if (registryToken !== '') {
    if (!/^[\x21-\x7e]+$/.test(registryToken))
      throw unusable(name, `the "registrytoken" of ${key} is not a token`, LOG_IN_AGAIN)
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
    const reason = `the "auth" of ${key} is not the base64 of user:password`
    throw unusable(name, reason, LOG_IN_AGAIN)
  }
  return [decoded.slice(0, colon), decoded.slice(colon + 1)]
}

function unusable(name: string, reason: string, hint: string): DockLockError {
  return new DockLockError('unauthorized', `${name} gives no credentials: ${reason}`, { hint })
}

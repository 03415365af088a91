import type { Place } from './place.ts'

/**
 * What stopped a run, by code; each has one exit code:
 * - `usage`, `config`, `malformed`, `write`, `changed`: 2, cannot run
 * - `unreachable` (registry or engine down, hanging, or refusing the connection), `engine` (it answered with an error): 3
 * - `not-found`, `unauthorized`, `denied`, `rate-limited`, `untrusted` (bytes that do not match their digest), `unsupported`: 1
 * - `interrupted`: 130
 */
export type ErrorCode =
  | 'usage'
  | 'config'
  | 'malformed'
  | 'write'
  | 'changed'
  | 'unreachable'
  | 'engine'
  | 'not-found'
  | 'unauthorized'
  | 'denied'
  | 'rate-limited'
  | 'untrusted'
  | 'unsupported'
  | 'interrupted'

/** The one error type that dock-lock throws on purpose; any other is a bug. Text is made safe to print when it is made. */
export class DockLockError extends Error {
  readonly code: ErrorCode
  /** What to do next, a sentence. */
  readonly hint: string | undefined
  /** Where, when it is about a file. */
  readonly place: Place | undefined
  /** The message without the image that it begins with, when it is about one. */
  readonly reason: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      readonly hint?: string | undefined
      readonly place?: Place | undefined
      readonly reason?: string | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(printable(redact(message)), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'DockLockError'
    this.code = code
    this.hint = options.hint === undefined ? undefined : printable(redact(options.hint))
    this.place = options.place
    this.reason = options.reason === undefined ? undefined : printable(redact(options.reason))
  }
}

/** What every wait ends with when its signal aborts. */
export function interrupted(): DockLockError {
  return new DockLockError('interrupted', 'interrupted')
}

/** The exit code of each error code; see the README's table. */
export function exitCodeOf(code: ErrorCode): 1 | 2 | 3 | 130 {
  switch (code) {
    case 'usage':
    case 'config':
    case 'malformed':
    case 'write':
    case 'changed':
      return 2
    case 'unreachable':
    case 'engine':
      return 3
    case 'not-found':
    case 'unauthorized':
    case 'denied':
    case 'rate-limited':
    case 'untrusted':
    case 'unsupported':
      return 1
    case 'interrupted':
      return 130
  }
}

/** Characters of a message: more than anybody reads. What others say may be of any length, and takes time to look through. */
const LONGEST = 4096
const SECRET_NAME = /token|secret|password|signature|credential|key|^sig$/i

/** Credentials out of URLs (`https://user:password@host`, `?token=…`), out of headers, and out of JSON; and the end of what is too long. */
export function redact(text: string): string {
  return (
    shortened(text)
      // A password with a slash in it: what comes before the slash is no port. Behind a path may stand a digest.
      .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]*:(?!\d{1,5}\/)[^\s/@]*\/\S*@(?!sha\d+:)/gi, '$1***@')
      // Without a scheme, before the name of a host; not a tag before its digest.
      .replace(/(?<![\w/.+-])[\w.+-]+:[^\s@/]+@(?=[\w-]+(?:\.[\w-]+)+)/g, '***@')
      // The user of an ssh address is a name; everywhere else a token may stand there alone.
      .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)(?!(?<=\bssh:\/\/)[\w.-]+@(?![^\s/]*@))[^\s/]*@/gi, '$1***@')
      .replace(/([?&])([^=\s&]+)=[^&\s"']+/g, (all, before: string, name: string) =>
        SECRET_NAME.test(name) ? `${before}${name}=***` : all,
      )
      .replace(
        /\b((?:authorization|x-registry-auth)["']?\s*[:=]\s*["']?(?:(?:basic|bearer|negotiate|digest|token|apikey) +)?)(?!server message\b)[^\s"',]+/gi,
        '$1***',
      )
      .replace(/\b([Bb]earer|[Bb]asic)\s+(?=\S*[A-Z\d]|\S{24})[\w+/=.~-]{8,}/g, '$1 ***')
      .replace(/("(?:auth|secret|password|(?:\w*_?)token)"\s*:\s*")(?:[^"\\]|\\.)*/gi, '$1***')
      // A JSON Web Token, wherever it stands.
      .replace(/\beyJ[\w-]{8,}\.[\w.-]+/g, '***')
  )
}

/** Without the word in which it is cut: half of a secret looks like none. */
function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/\S*$/, '')}…`
}

/**
 * `text` with everything that could move a cursor, hide or reorder text made visible: controls, format characters such as
 * bidirectional marks, line separators and lone surrogates become `\x1b`, `\u202e`. Tabs and line feeds count too: a message is
 * one line.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, character => {
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16)
    if (code > 0xffff) return `\\u{${hex}}`
    return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`
  })
}

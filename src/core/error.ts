import type { Place } from './place.ts'

/**
 * The reason why a run stopped, by code. Each code has one exit code:
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

/** The only error type that dock-lock throws on purpose; any other is a bug. The constructor makes its text safe to print. */
export class DockLockError extends Error {
  readonly code: ErrorCode
  /** The next step for the user, a sentence. */
  readonly hint: string | undefined
  /** The place in a file, if the error is about one. */
  readonly place: Place | undefined
  /** The message without the image at its start, if it is about one. */
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

/** The error of every wait whose signal aborts. */
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

/** Limit for a message in characters. Text from outside may have any length, and takes time to search. */
const LONGEST = 4096
const SECRET_NAME = /token|secret|password|signature|credential|key|^sig$/i

/** Removes credentials from URLs (`https://user:password@host`, `?token=…`), headers and JSON, and cuts long texts. */
export function redact(text: string): string {
  return (
    shortened(text)
      // A password that contains a slash: the part before the slash is not a port. A path may be followed by a digest.
      .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]*:(?!\d{1,5}\/)[^\s/@]*\/\S*@(?!sha\d+:)/gi, '$1***@')
      // Without a scheme, before a host name; but not a tag before its digest.
      .replace(/(?<![\w/.+-])[\w.+-]+:[^\s@/]+@(?=[\w-]+(?:\.[\w-]+)+)/g, '***@')
      // In an ssh address the user is a name. Elsewhere it may be a token.
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
      // A JSON Web Token anywhere in the text.
      .replace(/\beyJ[\w-]{8,}\.[\w.-]+/g, '***')
  )
}

/** Drops the word at the cut: half of a secret is not recognized as one. */
function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/\S*$/, '')}…`
}

/**
 * `text` with all characters escaped that could move a cursor, or hide or reorder text: controls, format characters such as
 * bidirectional marks, line separators and lone surrogates become `\x1b`, `\u202e`. This includes tabs and line feeds: a message is
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

/**
 * Masks secrets in the output of other programs and servers. {@link maskSecrets} removes what looks like a secret or is in the place of
 * one; {@link maskWords} keeps only common words.
 */
import { redact } from './error.ts'
import { knownReasons } from './helper-reasons.ts'
import { WORDS } from './mask-words.ts'

/** Takes one line for `--debug`. The receiver limits its length and makes it printable. */
export type Debug = (line: string) => void

/** Names of settings whose value is always a secret. */
const SECRET = '(?:[a-z]{0,40})(?:pass(?:word|wd|phrase|code)|pwd|secret|cookie|private[_-]?key)|pass|pin|otp'
/** Names of settings that may also precede ordinary words: `failed to fetch token: denied`. */
const MAYBE =
  '(?:[a-z]{0,40})(?:token|session(?:[_-]?id)?|(?:api|access|account|auth|shared)?[_-]?key(?:[_-]?id)?|sig(?:nature)?|auth)|bearer'
/** `AWS_SECRET_ACCESS_KEY`, `x-api-key`, `--password`; but not `keychain` or `passed`. */
const named = (words: string): string =>
  `(?<![A-Za-z])(?:[\\w.-]{0,40}[_.-])?(?:${words})(?![a-z])[\\w-]{0,40}`

const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]{1,60}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,60}-----|$)/g
/** Tokens with a known prefix: GitHub, GitLab, npm, AWS, Google, Slack, Stripe, Docker, PyPI, Hugging Face, Azure. */
const PREFIXED =
  /\b(?:gh[opsur]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-|npm_|A[KS]IA|AIza|ya29\.|1\/\/0|xox[a-z]-|xapp-|[srp]k_(?:live|test)_|dckr_[a-z]+_|pypi-|hf_|eyJ)[\w./+=~-]{4,}/g
const SECRET_ASSIGNED = new RegExp(`(${named(SECRET)}["'\\]]?\\s{0,4}(?:=|:(?!//)))[^\\n]+`, 'gi')
const MAYBE_ASSIGNED = new RegExp(
  `(${named(MAYBE)}["'\\]]?\\s{0,4}(?:=|:(?!//))\\s{0,4})("[^"\\n]*"?|'[^'\\n]*'?|[^\\s,;&]+)`,
  'gi',
)
const BESIDE = new RegExp(
  `(${named(`${SECRET}|${MAYBE}`)}["']?\\s+(?:is\\s+|was\\s+)?)("[^"\\n]*"|'[^'\\n]*'|\\S+)`,
  'gi',
)
/** `-p X`, `-u user:X`, `--password=X`. */
const OPTION =
  /((?:^|[\s"'`])(?:-[pPu]|--?(?:pass\w*|pwd|token|secret|user|username|client-secret|key))(?:\s+|=))("[^"\n]*"|'[^'\n]*'|\S+)/g
/** A helper's output, as Docker's own programs quote it. */
const HELPER = /(\bout: ?`)([^`]*)(`|$)/g
const RUN = /(?<![\w+/=~%-])[\w+/=~%-]{12,}/g

/**
 * `text` from an engine, a registry or a program, without credentials in URLs, headers and JSON, private keys, known kinds of
 * token, values after words such as "password", and long runs that look random. Digests are kept.
 */
export function maskSecrets(text: string): string {
  return redact(text.replace(PRIVATE_KEY, '***'))
    .replace(HELPER, (_, before: string, said: string, after: string) =>
      said.trim() === '' ? before + said + after : `${before}${knownReasons(said) ?? '***'}${after}`,
    )
    .replace(PREFIXED, '***')
    .replace(OPTION, '$1***')
    .replace(SECRET_ASSIGNED, '$1 ***')
    .replace(MAYBE_ASSIGNED, (all, before: string, value: string) =>
      /[:]\s*$/.test(before) && /^[A-Za-z]?[a-z]+[:,.;)]?$/.test(value) ? all : `${before}***`,
    )
    .replace(BESIDE, (all, before: string, value: string) =>
      /^["']|\d|[a-z][A-Z]|^.{20}/.test(value) ? `${before}***` : all,
    )
    .replace(RUN, (run: string, at: number, all: string) =>
      isRandom(run) && !(/^[\da-f]{32,}$/.test(run) && /sha\d{3}:$/.test(all.slice(Math.max(0, at - 7), at)))
        ? '***'
        : run,
    )
}

/** Whether the word looks random: it has all kinds of characters, only upper-case letters, or many digits among letters. */
function isRandom(run: string): boolean {
  if (/\d/.test(run) && /[A-Z]/.test(run) && /[a-z]/.test(run)) return true
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(run)) return true
  return run.split(/[/_=~%-]/).some(part => {
    if (part.length < 16) return false
    const [digits, upper, lower] = [/\d/g, /[A-Z]/g, /[a-z]/g].map(kind => part.match(kind)?.length ?? 0) as [
      number,
      number,
      number,
    ]
    return (digits >= 3 && upper + lower > 0) || (upper >= 5 && lower >= 3)
  })
}

/** Limit for the result of {@link maskWords} in characters. */
const WORDS_MAX = 1000
const NUMBER_AFTER = /^(?:status|code|error|errno|exit|http|line|with)$/

/**
 * `text` from a program that handles passwords. Only common words of error messages, the words in `known`, and short numbers after
 * words like "status" are kept. Anything else becomes `***`.
 */
export function maskWords(text: string, known: readonly string[] = []): string {
  const kept: string[] = []
  let before = ''
  for (const token of maskSecrets(text).split(/\s+/)) {
    const [, word = '', end = ''] =
      /^["'`([{<]*(.*?)["'`)\]}>]*([.,:;!?]?)["'`)\]}>.,:;!?]*$/.exec(token) ?? []
    if (word === '' && end === '') continue
    const plain = /^(?:[a-z'’-]+|[A-Z][a-z'’-]*|[A-Z]+)$/.test(word) && WORDS.has(word.toLowerCase())
    const number = /^\d{1,3}$/.test(word) && NUMBER_AFTER.test(before)
    if (plain || number || known.includes(word)) kept.push(word + end)
    else if (kept.at(-1) !== '***') kept.push('***')
    before = word.toLowerCase()
  }
  const shown = kept.join(' ')
  return shown.length <= WORDS_MAX ? shown : `${shown.slice(0, WORDS_MAX).replace(/\S*$/, '')}…`
}

import { basic, type Credentials, secretOf } from './credentials.ts'

/** The passwords and tokens used so far. A registry may repeat them in messages or redirects. */
export interface Secrets {
  add(secret: Credentials | string): void
  /** `text` without them. Only for text from outside: applied to our own text, it would reveal the password. */
  conceal(text: string): string
}

export function createSecrets(): Secrets {
  const secrets = new Set<string>()
  return {
    add(secret) {
      const texts = typeof secret === 'string' ? [secret] : [secretOf(secret)]
      if (typeof secret !== 'string' && 'password' in secret) texts.push(basic(secret))
      for (const text of texts)
        for (const form of formsOf(text)) if (form.length >= SHORTEST) secrets.add(form)
    },
    conceal(text) {
      // The longest first, because one may contain another.
      const held = [...secrets].filter(({ length }) => length <= text.length)
      // URLs have lower-case hosts.
      return held
        .sort((a, b) => b.length - a.length)
        .reduce((rest, secret) => rest.replace(new RegExp(escaped(secret), 'gi'), '***'), text)
    },
  }
}

/** As base64 without its end, in a URL, and in JSON. URLs cannot contain a lone surrogate. */
function formsOf(text: string): readonly string[] {
  const url = encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))
  return [text, text.replace(/=+$/, ''), url, JSON.stringify(text).slice(1, -1)]
}

/** Characters. Shorter values occur in any text. */
const SHORTEST = 4

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

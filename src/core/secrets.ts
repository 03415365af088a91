import { basic, type Credentials, secretOf } from './credentials.ts'

/** The passwords and tokens that have been used: a registry may send them back in what it says, or in where it sends us. */
export interface Secrets {
  add(secret: Credentials | string): void
  /** `text` without any of them. For what came from outside: in words of ours it would tell what the password is. */
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
      // The longest first: one may hold another.
      const held = [...secrets].filter(({ length }) => length <= text.length)
      // URLs have their hosts in lower case.
      return held
        .sort((a, b) => b.length - a.length)
        .reduce((rest, secret) => rest.replace(new RegExp(escaped(secret), 'gi'), '***'), text)
    },
  }
}

/** In base64 without its end, in a URL, in JSON. A lone surrogate is none of a URL's. */
function formsOf(text: string): readonly string[] {
  const url = encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'))
  return [text, text.replace(/=+$/, ''), url, JSON.stringify(text).slice(1, -1)]
}

/** Characters; what is shorter stands in any text. */
const SHORTEST = 4

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

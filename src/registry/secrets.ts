import { type Credentials, secretOf } from '../core/credentials.ts'
import { basic } from './token.ts'

/** The passwords and tokens that have been used: a registry may send them back in what it says. */
export interface Secrets {
  add(secret: Credentials | string): void
  /** `text` without any of them. */
  conceal(text: string): string
}

export function createSecrets(): Secrets {
  const secrets = new Set<string>()
  return {
    add(secret) {
      if (typeof secret === 'string') secrets.add(secret)
      else {
        secrets.add(secretOf(secret))
        if ('password' in secret) secrets.add(basic(secret))
      }
    },
    conceal(text) {
      let result = text
      for (const secret of secrets) if (secret.length >= 4) result = result.replaceAll(secret, '***')
      return result
    },
  }
}

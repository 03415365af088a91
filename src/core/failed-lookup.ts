import { parseReference, type Reference } from './reference.ts'

/** What BuildKit, and Docker without it, say about an image that they could not look up. */
const FAILED = /\bfailed to resolve (?:source metadata for|reference) "?([^\s"]+?)"?(?=: )/

/** The registry answered, and a later build gets the same answer. */
const ANSWERED = /\bnot found\b|\bdenied\b|\bunauthorized\b|\binsufficient_scope\b|\bno match for platform\b/i

/**
 * The image whose lookup failed, according to the error of a build. Undefined if it is another error, or if a lock would not have
 * helped: the image does not exist, or access is denied.
 */
export function failedLookup(text: string): Reference | undefined {
  const name = FAILED.exec(text)?.[1]
  if (name === undefined || ANSWERED.test(text)) return undefined
  const parsed = parseReference(name)
  return parsed.ok ? parsed.reference : undefined
}

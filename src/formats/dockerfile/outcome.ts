/** What naming an image came to, before it has a place: the part of an occurrence that the rules decide. */
import type { Pin } from '../../core/occurrence.ts'
import { parseReference, type Reference } from '../../core/reference.ts'

export type Outcome =
  | { readonly kind: 'image'; readonly reference: Reference; readonly pin: Pin }
  | { readonly kind: 'stage'; readonly name: string; readonly index?: number }
  | { readonly kind: 'scratch' }
  | { readonly kind: 'variable'; readonly names: readonly string[]; readonly reason: string }
  | { readonly kind: 'invalid'; readonly reason: string }

/** BuildKit would refuse it, in its words. */
export function invalid(reason: string): Outcome {
  return { kind: 'invalid', reason: shortened(reason) }
}

/** An image, or why `text` names none. */
export function image(text: string, pin: Pin | ((text: string) => Pin)): Outcome {
  // What an ARG makes long is quoted wherever it is used.
  if (text.length > MAX_REFERENCE)
    return invalid(`the reference is longer than ${MAX_REFERENCE} characters: "${text.slice(0, 100)}…"`)
  const parsed = parseReference(text)
  if (!parsed.ok) return invalid(`failed to parse stage name "${text}": ${parsed.problem.message}`)
  return { kind: 'image', reference: parsed.reference, pin: typeof pin === 'function' ? pin(text) : pin }
}

/** The longest that there are have a few hundred. */
const MAX_REFERENCE = 4096
const MAX_REASON = 500

/** Many places may quote one long text. */
export function shortened(reason: string): string {
  return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason
}

/** What naming an image came to, before it has a place: the part of an occurrence that the rules decide. */
import type { Pin } from '../../core/occurrence.ts'
import { parseReference, type Reference } from '../../core/reference.ts'

export type Outcome =
  | {
      readonly kind: 'image'
      readonly reference: Reference
      readonly pin: Pin
      readonly unset?: readonly string[]
    }
  | { readonly kind: 'stage'; readonly name: string; readonly index?: number }
  | { readonly kind: 'scratch' }
  | { readonly kind: 'variable'; readonly names: readonly string[]; readonly reason: string }
  | { readonly kind: 'invalid'; readonly reason: string; readonly hint?: string }

/** BuildKit would refuse it, in its words. */
export function invalid(reason: string): Outcome {
  return { kind: 'invalid', reason }
}

/** An image, or why `text` names none. */
export function image(text: string, pin: Pin | ((text: string) => Pin)): Outcome {
  const parsed = parseReference(text)
  if (!parsed.ok) return invalid(`failed to parse stage name "${text}": ${parsed.problem.message}`)
  return { kind: 'image', reference: parsed.reference, pin: typeof pin === 'function' ? pin(text) : pin }
}

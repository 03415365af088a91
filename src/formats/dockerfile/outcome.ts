/** The result of reading a reference, before it has a place. */
import type { Pin, TagPart } from '../../core/occurrence.ts'
import { parseReference, type Reference, type ReferenceProblem } from '../../core/reference.ts'
import { withoutUserinfo } from '../../core/userinfo.ts'

/** An ARG that a name comes from, and the offset of its definition. */
export interface ArgOrigin {
  readonly name: string
  readonly offset?: number
}

export type Outcome =
  | {
      readonly kind: 'image'
      readonly reference: Reference
      readonly pin: Pin
      readonly tag?: readonly TagPart[]
      readonly unset?: readonly string[]
      readonly args?: readonly ArgOrigin[]
    }
  | { readonly kind: 'stage'; readonly name: string; readonly index?: number; readonly isContext?: true }
  | { readonly kind: 'scratch' }
  | { readonly kind: 'variable'; readonly names: readonly string[]; readonly reason: string }
  | { readonly kind: 'invalid'; readonly reason: string; readonly hint?: string; readonly ifNeeded?: true }

/** BuildKit would refuse it, in its words. */
export function invalid(reason: string): Outcome {
  return { kind: 'invalid', reason: shortened(reason) }
}

/** The problems of a reference without its text. */
const PLAIN: Readonly<Record<ReferenceProblem['code'], string>> = {
  empty: 'the reference is empty',
  uppercase: 'the repository name must be lower case',
  identifier: 'it is an image ID, not a name',
  'too-long': 'the repository name is too long',
  'bad-digest': 'it does not end in a digest (sha256: and 64 lower-case hex digits)',
  'bad-tag': 'it does not end in a tag',
  format: 'its value is not an image reference',
}
/** The longest name in a reason, in characters. */
const SHOWN_MAX = 300

/** Where the digest goes, and where the tag is written. */
export interface Site {
  readonly pin: Pin
  readonly tag?: readonly TagPart[] | undefined
}

/** An image, or why `text` names none. `instead`: what to quote in the reason if `text` contains values of build args. */
export function image(text: string, site: Site | ((text: string) => Site), instead?: string): Outcome {
  // A long value of an ARG would be quoted at every use.
  if (text.length > MAX_REFERENCE)
    return invalid(
      `the reference is longer than ${MAX_REFERENCE} characters: "${withoutUserinfo(instead ?? text).slice(0, 100)}…"`,
    )
  const parsed = parseReference(text)
  if (!parsed.ok) {
    const shown = withoutUserinfo(instead ?? text).slice(0, SHOWN_MAX)
    const problem = instead === undefined ? parsed.problem.message : PLAIN[parsed.problem.code]
    return invalid(`failed to parse stage name "${shown}": ${problem}`)
  }
  const { pin, tag } = typeof site === 'function' ? site(text) : site
  return { kind: 'image', reference: parsed.reference, pin, ...(tag !== undefined && { tag }) }
}

/** The longest references have a few hundred characters. */
const MAX_REFERENCE = 4096
const MAX_REASON = 500

/** Many places may quote one long text. */
export function shortened(reason: string): string {
  return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason
}

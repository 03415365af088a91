import { DockLockError } from '../../core/error.ts'
import { matchImages } from '../../core/image-pattern.ts'
import { compareNatural } from '../../core/natural.ts'
import { familiarName, familiarRepository, type Reference } from '../../core/reference.ts'
import { nearest } from '../../lib/nearest.ts'

/** Names that are suggested for one that matches nothing. */
const MAX_SUGGESTIONS = 3
/** The longest operand that is compared with all names. */
const MAX_LENGTH = 300

/**
 * The images that one of the operands names; all if there are none.
 * @throws DockLockError with this code for one that names none
 */
export function selectImages<Named extends { readonly reference: Reference }>(
  images: readonly Named[],
  operands: readonly string[],
  code: 'usage' | 'not-found' = 'usage',
): readonly Named[] {
  const { images: matched, unmatched } = matchImages(operands, images)
  const [first] = unmatched
  if (first !== undefined) throw unknownImage(first, images, code)
  return matched
}

function unknownImage(
  operand: string,
  images: readonly { readonly reference: Reference }[],
  code: 'usage' | 'not-found',
): DockLockError {
  const [tagged, plain] = [familiarName, familiarRepository].map(
    name => new Set(images.map(({ reference }) => name(reference))),
  ) as [Set<string>, Set<string>]
  const shown = operand.slice(0, MAX_LENGTH)
  const most = Math.max(2, Math.floor(shown.length / 4))
  // The last part of a long name is what people remember.
  const whole = nearest(shown, new Set([...plain, ...tagged]), most)
  const close =
    whole.length > 0
      ? whole
      : [...plain].filter(name => nearest(shown, [name.slice(name.lastIndexOf('/') + 1)], most).length > 0)
  const names = (close.length > 0 ? close : [...tagged].sort(compareNatural)).slice(0, MAX_SUGGESTIONS)
  const more = close.length === 0 && tagged.size > MAX_SUGGESTIONS ? ', …' : ''
  return new DockLockError(code, `no image of the files matches "${shown}"`, {
    hint:
      images.length === 0
        ? 'The files name no images'
        : close.length > 0
          ? `Did you mean ${names.join(' or ')}?`
          : `Images: ${names.join(', ')}${more}`,
  })
}

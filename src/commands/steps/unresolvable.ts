/** Errors of registries about one image become findings, so that they do not stop the others. */
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { Image } from '../../core/images.ts'
import type { Place } from '../../core/place.ts'
import { familiarName } from '../../core/reference.ts'

/** An image, as findings and notices name it. */
export interface NamedAt {
  readonly places: readonly Place[]
  readonly image: string
  readonly key: string
}

export function imageAt({ key, reference, occurrences }: Image): NamedAt {
  return { places: occurrences.map(({ place }) => place), image: familiarName(reference), key }
}

export function unresolvable(
  image: NamedAt,
  { code: cause, message, reason, hint }: DockLockError,
): Extract<Finding, { code: 'unresolvable' }> {
  return {
    code: 'unresolvable',
    ...image,
    cause,
    message,
    ...(reason !== undefined && { reason }),
    ...(hint !== undefined && { hint }),
  }
}

/** @throws the error, if it is not about one image: an invalid config affects all images, and is reported once */
export function aboutImage(error: unknown): DockLockError {
  if (error instanceof DockLockError && error.code !== 'interrupted' && error.code !== 'config') return error
  throw error
}

export function byKey(a: Finding, b: Finding): number {
  return 'key' in a && 'key' in b && a.key < b.key ? -1 : 1
}

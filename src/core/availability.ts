/**
 * What a store has of an image for one platform. Whatever cannot be told is never `present`.
 * - `present`: the content is there under the name that a build looks for, its tag: it needs no network, also after a prune.
 * - `untagged`: the content is there, without that name.
 * - `tag-elsewhere`: as `untagged`, and the tag is on another image.
 * - `cache-only`: in the build cache alone, until the next prune or garbage collection.
 * - `wrong-platform`: there for other platforms only.
 * - `incomplete`: named, but part of its content is missing.
 * - `unlabelled`: complete, but not known to come from its registry, as after `docker load`: a build fetches it again.
 * - `absent`: not there.
 * - `unknown`: the engine does not tell.
 */
export type AvailabilityState =
  | 'present'
  | 'untagged'
  | 'tag-elsewhere'
  | 'cache-only'
  | 'wrong-platform'
  | 'incomplete'
  | 'unlabelled'
  | 'absent'
  | 'unknown'

/**
 * What a build does that names the image as the files do.
 * - `none`: it sends no request to a registry.
 * - `optional`: it sends one, and works without the answer. It passes where connections fail, and waits where they hang.
 * - `required`: it sends one, and fails without the answer.
 * - `wrong-image`: it takes another image, which has the tag.
 * - `unknown`: the engine does not tell.
 */
export type RegistryUse = 'none' | 'optional' | 'required' | 'wrong-image' | 'unknown'

/**
 * Whether it counts as verified: a build works with the registry gone. `strict`: it also sends no request, and a prune does not
 * remove the image.
 */
export function isVerified(
  { state, registryUse }: { readonly state: AvailabilityState; readonly registryUse: RegistryUse },
  { strict }: { readonly strict: boolean },
): boolean {
  // Podman also builds from an image of another platform, without asking the registry.
  if (state === 'wrong-platform') return false
  if (strict) return state === 'present' && registryUse === 'none'
  return registryUse === 'none' || registryUse === 'optional'
}

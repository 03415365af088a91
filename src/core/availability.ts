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
 * - `offline`: asks no registry.
 * - `tries`: asks one, and does without the answer: it passes where connections fail, and waits where they hang.
 * - `asks`: asks one and fails without.
 * - `other`: takes another image, which has the tag.
 * - `unknown`: nobody can tell.
 */
export type RegistryUse = 'none' | 'optional' | 'required' | 'wrong-image' | 'unknown'

/**
 * Whether it counts as verified: a build asks no registry now; `strict`: nor after a prune. `best` is the most that its store can have.
 * Having that, a build may do that only tries a registry: a builder that keeps no images but a cache can have no more than
 * `cache-only`, and Podman always tries when a build names its platform.
 */
export function isVerified(
  { state, registryUse }: { readonly state: AvailabilityState; readonly registryUse: RegistryUse },
  { strict, best }: { readonly strict: boolean; readonly best: AvailabilityState },
): boolean {
  // Podman builds offline from another platform's image, too.
  if (state === 'wrong-platform') return false
  if (registryUse === 'none') return state === 'present' || !strict
  return !strict && state === best && registryUse === 'optional'
}

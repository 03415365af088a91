/**
 * What a store has of an image for one platform. An unknown state is never `present`.
 * - `present`: the content has the tag that a build looks up. A build needs no network, even after a prune.
 * - `untagged`: the content is there without the tag.
 * - `tag-elsewhere`: like `untagged`, and another image has the tag.
 * - `cache-only`: only in the build cache, until the next prune or garbage collection.
 * - `wrong-platform`: there for other platforms only.
 * - `incomplete`: named, but part of its content is missing.
 * - `unlabelled`: complete, but its registry is unknown, as after `docker load`. A build fetches it again.
 * - `absent`: not there.
 * - `unknown`: the engine does not report it.
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
 * Whether a build that names the image as the files do contacts a registry.
 * - `none`: it sends no request to a registry.
 * - `optional`: it sends one, and works without a response. It succeeds if connections fail, and waits if they hang.
 * - `required`: it sends one, and fails without a response.
 * - `wrong-image`: it uses another image, which has the tag.
 * - `unknown`: the engine does not report it.
 */
export type RegistryUse = 'none' | 'optional' | 'required' | 'wrong-image' | 'unknown'

/**
 * More about a state.
 * - `tag-holder`: the tag is on another image
 * - `platforms`: the platforms that are there
 * - `digest-only`: the file names no tag, so BuildKit asks the registry
 * - `builder-cache`: a builder has only a cache, so this is the best state
 * - `syntax-line`: only the line `# syntax=` makes BuildKit ask the registry
 * - `named-context`: only `docker-image://` in a build's contexts makes BuildKit ask the registry
 * - `pull-never`: with `--pull=never`, Podman asks no registry
 * - `platform-hidden`: the engine does not report the platform of this image
 * - `content-hidden`: BuildKit does not let dock-lock read its content
 */
export type AvailabilityDetail =
  | { readonly code: 'tag-holder'; readonly image: string }
  | { readonly code: 'platforms'; readonly platforms: readonly string[] }
  | {
      readonly code:
        | 'digest-only'
        | 'builder-cache'
        | 'syntax-line'
        | 'named-context'
        | 'pull-never'
        | 'platform-hidden'
        | 'content-hidden'
    }

/** The platforms that are there, for a message about `wrong-platform`. */
export function otherPlatform(detail: AvailabilityDetail | undefined): string {
  return detail?.code === 'platforms' ? detail.platforms.join(', ') : 'another one'
}

/**
 * Whether the image counts as verified: a build works without the registry. With `strict`, the build must not send a request, and a prune must not
 * remove the image.
 */
export function isVerified(
  { state, registryUse }: { readonly state: AvailabilityState; readonly registryUse: RegistryUse },
  { strict }: { readonly strict: boolean },
): boolean {
  // Podman also builds from an image for another platform, without contacting the registry.
  if (state === 'wrong-platform') return false
  if (strict) return state === 'present' && registryUse === 'none'
  return registryUse === 'none' || registryUse === 'optional'
}

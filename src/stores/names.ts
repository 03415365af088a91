/** Names of images as stores have them, with nothing left out that goes without saying: `docker.io/library/alpine`. */
import type { Digest } from '../core/digest.ts'
import { type Reference, repositoryName } from '../core/reference.ts'

/** `docker.io/library/alpine:3.20@sha256:…`, whatever the reference has of tag and digest. */
export function recordName(reference: Reference): string {
  const { tag, digest } = reference
  return `${repositoryName(reference)}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** `docker.io/library/alpine@sha256:…` of a wanted image, whatever its tag. */
export function digestName({ reference, digest }: { reference: Reference; digest: Digest }): string {
  return `${repositoryName(reference)}@${digest}`
}

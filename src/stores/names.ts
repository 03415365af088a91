/** Full image names as stores use them: `docker.io/library/alpine`. */
import type { Digest } from '../core/digest.ts'
import { type Reference, repositoryName } from '../core/reference.ts'

/** `docker.io/library/alpine:3.20@sha256:…`, with the tag and digest that the reference has. */
export function recordName(reference: Reference): string {
  const { tag, digest } = reference
  return `${repositoryName(reference)}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** `docker.io/library/alpine@sha256:…` for a wanted image, without its tag. */
export function digestName({ reference, digest }: { reference: Reference; digest: Digest }): string {
  return `${repositoryName(reference)}@${digest}`
}

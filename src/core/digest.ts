declare const brand: unique symbol

/**
 * A content digest, `algorithm:hex`, in a validated form. Only {@link parseDigest} creates one.
 * @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
export type Digest = string & { readonly [brand]: 'Digest' }

/** Registered algorithms and the length of their hex part. BuildKit rejects any other (go-digest). */
const HEX_LENGTH: Readonly<Record<string, number>> = {
  sha256: 64,
  sha384: 96,
  sha512: 128,
}

/** Parses a digest; undefined for an unknown algorithm, wrong length, or upper-case hex. */
export function parseDigest(text: string): Digest | undefined {
  const colon = text.indexOf(':')
  const length = HEX_LENGTH[text.slice(0, colon)]
  const hex = text.slice(colon + 1)
  return length !== undefined && hex.length === length && /^[0-9a-f]+$/.test(hex)
    ? (text as Digest)
    : undefined
}

/** The algorithm of a digest by its name in `node:crypto`: `sha256`, `sha384` or `sha512`. */
export function digestAlgorithm(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':'))
}

/** The form for display: `sha256:` and the first twelve hex digits. */
export function shortDigest(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':') + 13)
}

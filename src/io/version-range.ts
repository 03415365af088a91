/** Whether a version is in a range, in the syntax of package.json. semver is loaded when the config has a range. */
export interface RangeCheck {
  isRange(range: string): boolean
  includes(range: string, version: string): boolean
}

export async function loadRangeCheck(): Promise<RangeCheck> {
  const [{ default: validRange }, { default: satisfies }] = await Promise.all([
    import('semver/ranges/valid.js'),
    import('semver/functions/satisfies.js'),
  ])
  return {
    isRange: range => validRange(range) !== null,
    // Pre-releases are only for users who are on one, which core/tag.ts decides.
    includes: (range, version) => satisfies(version, range, { includePrerelease: true }),
  }
}

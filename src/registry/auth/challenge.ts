/** The `WWW-Authenticate` header. */

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string
  /** Names in lower case: `realm`, `service`, `scope`, `error`. */
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
/** Some schemes have one such value in place of parameters: `Negotiate abcd==`. Only the next challenge may follow it. */
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/y

/**
 * All challenges of the header, in order: `Bearer realm="a",scope="b,c", Basic realm="d"` has two. Parsing stops at a syntax error and
 * keeps what came before it. Never throws.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  let position = 0
  const skip = (characters: RegExp): void => {
    while (position < header.length && characters.test(header[position]!)) position += 1
  }
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    const match = pattern.exec(header)
    if (match !== null) position = pattern.lastIndex
    return match
  }

  for (;;) {
    skip(/[\s,]/)
    const name = take(TOKEN)?.[0]
    if (name === undefined) return challenges
    skip(/[ \t]/)
    if (header[position] === '=' && challenges.length > 0) {
      position += 1
      skip(/[ \t]/)
      const quoted = take(QUOTED)
      const value = quoted === null ? take(TOKEN)?.[0] : quoted[1]!.replace(/\\(.)/g, '$1')
      if (value === undefined) return challenges
      const { parameters } = challenges.at(-1)!
      if (!Object.hasOwn(parameters, name.toLowerCase())) parameters[name.toLowerCase()] = value
    } else {
      challenges.push({
        scheme: name.toLowerCase(),
        parameters: Object.create(null) as Record<string, string>,
      })
      take(TOKEN68)
    }
  }
}

/** Bearer is preferred to Basic, as in Docker and Podman. */
export function chooseChallenge(header: string): Challenge | undefined {
  const challenges = parseChallenges(header)
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  )
}

/** The parameters for another repository. A scope without a repository, such as `aws` of ECR Public, applies to all of them. */
export function withoutRepository({
  realm,
  service,
  scope,
}: Challenge['parameters']): Challenge['parameters'] {
  return {
    ...(realm !== undefined && { realm }),
    ...(service !== undefined && { service }),
    ...(scope !== undefined && !scope.includes('repository:') && { scope }),
  }
}

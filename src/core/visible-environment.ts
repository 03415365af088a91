/**
 * The environment as files of a repository may use it. A file decides which host is asked for an image, so the value of a variable must not
 * leave through a name when it is a secret.
 */

/** Parts of names that say that the value is a secret, wherever they are. */
const SECRET: ReadonlySet<string> = new Set(
  'password passwd passphrase secret secrets token tokens credential credentials apikey privatekey'.split(
    ' ',
  ),
)
/** The same, as the last part of a name. */
const SECRET_AT_END: ReadonlySet<string> = new Set('key keys pass pwd auth cookie pat pin otp'.split(' '))
/** Last parts of names that are never secrets. */
const HARMLESS: ReadonlySet<string> = new Set(['version', 'image', 'tag'])
/** A password in a URL, and tokens with a known prefix. */
const SECRET_VALUE =
  /:\/\/[^/\s@]*:[^/\s@]*@|^(?:gh[opsur]_|github_pat_|gl[a-z]{2,5}-|npm_|A[KS]IA|AIza|xox[a-z]-|dckr_|pypi-|hf_|eyJ)/

/** The variables, without a prototype. A secret has the value `<NAME>`, which no image can have in its name. */
export function visibleEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const visible: Record<string, string | undefined> = Object.create(null)
  for (const [name, value] of Object.entries(env))
    visible[name] = value === undefined ? undefined : visibleValue(name, value)
  return visible
}

/** The value of one variable, as files may use it. */
export function visibleValue(name: string, value: string): string {
  return isSecret(name, value) ? `<${name}>` : value
}

/** The environment with other variables in it. */
export function withVariables(
  env: Readonly<Record<string, string | undefined>>,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  return Object.assign(Object.create(null), env, more)
}

function isSecret(name: string, value: string): boolean {
  const parts = name.toLowerCase().split(/[^a-z0-9]+/)
  const last = parts.at(-1) ?? ''
  if (SECRET_VALUE.test(value) || name === 'DOCKER_AUTH_CONFIG') return true
  if (HARMLESS.has(last)) return false
  return SECRET_AT_END.has(last) || parts.some(part => SECRET.has(part))
}

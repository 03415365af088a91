/** What an answer that is no success means, as the error that people see; the client adds which image it is about. */
import { DockLockError, type ErrorCode, printable } from '../core/error.ts'
import { maskSecrets } from '../core/mask.ts'
import { DOCKER_HUB } from '../core/reference.ts'
import type { Anonymous } from '../core/trust.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import type { HttpResponse } from './transport/response.ts'
import { retryAfter } from './transport/retry-after.ts'

/** `authenticated`: whether the request was made in somebody's name. `conceal` takes the credentials out of what the answer says. */
export function registryError(
  { registry }: Endpoint,
  answer: HttpResponse,
  authenticated: boolean,
  conceal: (text: string) => string,
): DockLockError {
  const said = quotedReason(answer, conceal)
  const error = (code: ErrorCode, message: string, hint: string): DockLockError =>
    new DockLockError(code, `${registry} ${message}${said}`, { hint })

  switch (answer.status) {
    case 404:
      return error('not-found', 'has no such image', 'Check its name and its tag.')
    case 401: {
      const again = authenticated
        ? `If you may pull it, ${loginAdvice(registry)} again.`
        : `If it is private, ${loginAdvice(registry)}.`
      const hub = ' Docker Hub answers this, too, when a repository does not exist: check the name.'
      return error(
        'unauthorized',
        'does not let us pull it (401)',
        registry === DOCKER_HUB ? again + hub : again,
      )
    }
    case 403:
      return error(
        'denied',
        'denies access (403)',
        // Amazon's ECR answers a password so that has expired.
        authenticated
          ? `Ask its owner for the right to pull it; if the login may be too old, ${loginAdvice(registry)} again.`
          : `If it is private, ${loginAdvice(registry)}.`,
      )
    case 429:
      return error(
        'rate-limited',
        `limits requests (429)${limits(answer.headers)}`,
        authenticated
          ? 'Try again later.'
          : `Try again later, or ${loginAdvice(registry)}: that may raise the limit.`,
      )
    default:
      return error(
        'unreachable',
        `answered with status ${answer.status}${comeBack(answer.headers)}`,
        'Try again later.',
      )
  }
}

/** For a refusal by an endpoint that gets no credentials: says so, and what to do. Always throws. */
export function explainAnonymous({ registry, anonymous }: Endpoint): (error: unknown) => never {
  return error => {
    if (anonymous === undefined || !(error instanceof DockLockError)) throw error
    if (error.code !== 'unauthorized' && error.code !== 'denied') throw error
    const { why, hint } = WITHOUT_CREDENTIALS[anonymous](registry)
    throw new DockLockError(
      error.code,
      `${error.message}; stored credentials were not sent to it, because ${why}`,
      { hint },
    )
  }
}

const WITHOUT_CREDENTIALS: Readonly<
  Record<Anonymous, (registry: string) => { readonly why: string; readonly hint: string }>
> = {
  'insecure-by-repository': registry => ({
    why: `only .dock-lock.yaml declares ${registry} insecure`,
    hint: `If you trust the network to it, declare ${registry} insecure in ~/.config/dock-lock/config.yaml too.`,
  }),
  'http-mirror-of-repository': registry => ({
    why: `.dock-lock.yaml names ${registry} as a mirror over plain http`,
    hint: `Write the mirror with https, or name it in ~/.config/dock-lock/config.yaml too.`,
  }),
  'http-docker-hub': registry => ({
    why: `${registry} is Docker Hub, and the mirror is named with plain http`,
    hint: 'Write the mirror with https.',
  }),
}

/** `run "docker login HOST"`. */
export function loginAdvice(registry: string): string {
  return registry === DOCKER_HUB ? 'run "docker login"' : `run "docker login ${registry}"`
}

/** `; 100 are allowed per 6 h; 0 are left; …`, as far as the headers say. */
function limits(headers: HttpResponse['headers']): string {
  const limit = /^(\d{1,9})(?:;w=(\d{1,9}))?/.exec(headers['ratelimit-limit'] ?? '')
  const remaining = /^\d{1,9}/.exec(headers['ratelimit-remaining'] ?? '')?.[0]
  return [
    limit && `; ${limit[1]} are allowed${limit[2] === undefined ? '' : ` per ${duration(Number(limit[2]))}`}`,
    remaining && `; ${remaining} are left`,
    comeBack(headers),
  ]
    .filter(Boolean)
    .join('')
}

function comeBack(headers: HttpResponse['headers']): string {
  const seconds = Math.ceil(retryAfter(headers['retry-after']) / 1000)
  return seconds === 0 ? '' : `; it says to come back in ${duration(seconds)}`
}

function duration(seconds: number): string {
  if (seconds >= 365 * 86_400) return 'more than a year'
  if (seconds >= 3600) return `${Math.round(seconds / 360) / 10} h`
  return seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`
}

/** `: "what the answer says"`, to end a message with; empty when it says nothing. */
export function quotedReason(answer: HttpResponse, conceal: (text: string) => string): string {
  const reason = maskSecrets(conceal(reasonOf(answer)))
  return reason === '' ? '' : `: "${printable(reason).slice(0, 200)}"`
}

/**
 * The message, or else the code, of the first of a body's `errors`; empty when there is none. As it came.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
function reasonOf(answer: HttpResponse): string {
  try {
    const { errors } = JSON.parse(answer.body.toString()) as { errors?: unknown }
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined
    const { message, code } = (first ?? {}) as { message?: unknown; code?: unknown }
    const text = [message, code].find(value => typeof value === 'string' && value !== '')
    return String(text ?? '')
  } catch {
    return ''
  }
}

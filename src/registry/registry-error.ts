/** Turns a response that is not a success into an error. The resolver adds the name of the image. */
import { DockLockError, type ErrorCode, printable } from '../core/error.ts'
import { maskSecrets } from '../core/mask.ts'
import { DOCKER_HUB } from '../core/reference.ts'
import type { Anonymous } from '../core/trust.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import type { HttpResponse } from './transport/response.ts'
import { retryAfter } from './transport/retry-after.ts'

/** `authenticated`: whether credentials were used. `conceal` removes credentials from what the error quotes. */
export function registryError(
  { registry }: Endpoint,
  answer: HttpResponse,
  authenticated: boolean,
  conceal: (text: string) => string,
): DockLockError {
  const reason = quotedReason(answer, conceal)
  const error = (code: ErrorCode, message: string, hint: string): DockLockError =>
    new DockLockError(code, `${registry} ${message}${reason}`, { hint })

  switch (answer.status) {
    case 404:
      return error('not-found', 'has no such image', 'Check its name and its tag')
    case 401: {
      const again = authenticated
        ? `If you may pull it, ${loginAdvice(registry)} again`
        : `If it is private, ${loginAdvice(registry)}`
      const hub = '. Docker Hub also answers this if a repository does not exist: check the name'
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
        // ECR answers 403 to a password that has expired.
        authenticated
          ? `Ask its owner for permission to pull it. If the login may have expired, ${loginAdvice(registry)} again`
          : `If it is private, ${loginAdvice(registry)}`,
      )
    case 429:
      return error(
        'rate-limited',
        `limits requests (429)${limits(answer.headers)}`,
        authenticated
          ? 'Try again later'
          : `Try again later, or ${loginAdvice(registry)}: that may raise the limit`,
      )
    default:
      return error(
        'unreachable',
        `answered with status ${answer.status}${retryNote(answer.headers)}`,
        'Try again later',
      )
  }
}

/** The hint of all errors about a list of tags. */
export const NO_LIST = 'Without a list of tags, only the same tag can be looked up'

/**
 * Like {@link registryError}, for the list of tags. A registry may serve images and not list their tags: `denied` if it refuses, and
 * `unsupported` if it has no such list.
 */
export function listError(
  endpoint: Endpoint,
  answer: HttpResponse,
  authenticated: boolean,
  conceal: (text: string) => string,
): DockLockError {
  const { registry } = endpoint
  const { status } = answer
  const refuses = status === 401 || status === 403
  const code = errorCodeOf(answer)
  const lacks =
    status === 404 || status === 405 || status === 501 || code === 'UNSUPPORTED' || code === PAGE_REFUSED
  if (!refuses && !lacks) return registryError(endpoint, answer, authenticated, conceal)
  return new DockLockError(
    lacks ? 'unsupported' : 'denied',
    `${registry} does not list its tags (${status})${quotedReason(answer, conceal)}`,
    {
      hint: refuses ? `If it is private, ${loginAdvice(registry)}. ${NO_LIST}` : NO_LIST,
    },
  )
}

/** Rethrows. If an endpoint that gets no credentials denies access, the error says why none were sent and what to do. */
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
    hint: `If you trust the network to it, declare ${registry} insecure in ~/.config/dock-lock/config.yaml too`,
  }),
  'http-mirror-of-repository': registry => ({
    why: `.dock-lock.yaml names ${registry} as a mirror over plain http`,
    hint: `Write the mirror with https, or name it in ~/.config/dock-lock/config.yaml too`,
  }),
  'http-docker-hub': registry => ({
    why: `${registry} is Docker Hub, and the mirror is named with plain http`,
    hint: 'Write the mirror with https',
  }),
}

/** `run "docker login HOST"`. */
export function loginAdvice(registry: string): string {
  return registry === DOCKER_HUB ? 'run "docker login"' : `run "docker login ${registry}"`
}

/** `; 100 are allowed per 6 h; 0 are left; …`, from the headers. */
function limits(headers: HttpResponse['headers']): string {
  const limit = /^(\d{1,9})(?:;w=(\d{1,9}))?/.exec(headers['ratelimit-limit'] ?? '')
  const remaining = /^\d{1,9}/.exec(headers['ratelimit-remaining'] ?? '')?.[0]
  return [
    limit && `; ${limit[1]} are allowed${limit[2] === undefined ? '' : ` per ${duration(Number(limit[2]))}`}`,
    remaining && `; ${remaining} are left`,
    retryNote(headers),
  ]
    .filter(Boolean)
    .join('')
}

function retryNote(headers: HttpResponse['headers']): string {
  const seconds = Math.ceil(retryAfter(headers['retry-after']) / 1000)
  return seconds === 0 ? '' : `; try again in ${duration(seconds)}`
}

function duration(seconds: number): string {
  if (seconds >= 365 * 86_400) return 'more than a year'
  if (seconds >= 3600) return `${Math.round(seconds / 360) / 10} h`
  return seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`
}

/** `: "reason"`, for the end of a message; empty if the response gives none. */
export function quotedReason(answer: HttpResponse, conceal: (text: string) => string): string {
  const reason = maskSecrets(conceal(reasonOf(answer)))
  return reason === '' ? '' : `: "${printable(reason).slice(0, 200)}"`
}

/**
 * The message, or else the code, of the first of the body's `errors`, unchanged. Empty if there is none.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
function reasonOf(answer: HttpResponse): string {
  const { message, code } = firstError(answer)
  const text = [message, code].find(value => typeof value === 'string' && value !== '')
  return String(text ?? '')
}

const PAGE_REFUSED = 'PAGINATION_NUMBER_INVALID'

/**
 * Whether a page of tags has more than the registry allows. It should send fewer, but some refuse.
 * @see https://github.com/distribution/distribution/pull/4856
 */
export function isPageRefused(answer: HttpResponse): boolean {
  return answer.status === 400 && errorCodeOf(answer) === PAGE_REFUSED
}

function errorCodeOf(answer: HttpResponse): string {
  return String(firstError(answer).code ?? '')
}

function firstError(answer: HttpResponse): { readonly message?: unknown; readonly code?: unknown } {
  try {
    const { errors } = JSON.parse(answer.body.toString()) as { errors?: unknown }
    const first: unknown = Array.isArray(errors) ? errors[0] : undefined
    return (first ?? {}) as { message?: unknown; code?: unknown }
  } catch {
    return {}
  }
}

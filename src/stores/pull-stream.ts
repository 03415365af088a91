/**
 * One pull through the Docker API: a progress stream, which may report an error long after status 200.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Image/operation/ImageCreate
 */
import type { Credentials } from '../core/credentials.ts'
import { DockLockError } from '../core/error.ts'
import { maskSecrets } from '../core/mask.ts'
import { DOCKER_HUB, type Reference } from '../core/reference.ts'
import { createSecrets } from '../core/secrets.ts'
import type { Wanted } from '../core/wanted.ts'
import { field, numberField, textField } from '../lib/json.ts'
import type { ApiResponse, DockerApi } from './connection/docker-api.ts'
import { TimedOut } from './connection/failure.ts'
import { tellLayer } from './pull-all.ts'
import { pullError } from './pull-error.ts'
import { createPullLimit } from './pull-limit.ts'
import type { PullOptions } from './store.ts'

export interface Puller extends PullOptions {
  readonly api: DockerApi
  readonly host: string
  /** The X-Registry-Auth for the reference, if there are credentials. By default Docker's format, for its registry only. */
  readonly authorize?: (reference: Reference) => Promise<string | undefined>
}

/** Until the engine reports anything about a pull, which is after the registry's first response. */
const ANSWER_TIMEOUT = 60_000
/** Between two lines of progress. Unpacking a big layer reports nothing. */
const IDLE_TIMEOUT = 300_000

/**
 * Reads the stream of `POST /images/create?query` to its end. Unless this throws, the engine then has the image.
 * @throws DockLockError `unreachable`, `engine`, `not-found`, `unauthorized`, `denied`, `rate-limited`, `untrusted`, `unsupported`,
 *   `interrupted`
 */
export async function pullThrough(
  { api, host, signal, onProgress, credentials, authorize, limits }: Puller,
  wanted: Wanted,
  query: string,
): Promise<void> {
  if (query.includes('&platform=') && !(await api.speaks(32, signal))) {
    throw new DockLockError('unsupported', 'this engine is too old to pull for another platform than its own')
  }
  const secrets = createSecrets()
  const noted: PullOptions['credentials'] = async (registry, repository) => {
    const known = await credentials?.(registry, repository)
    if (known !== undefined) secrets.add(known)
    return known
  }
  // An engine may repeat the credentials that it got.
  const masked = (said: string): string => maskSecrets(secrets.conceal(said))
  const auth = await (authorize ?? registryAuth(noted))(wanted.reference)
  if (auth !== undefined) secrets.add(auth)
  let reply: ApiResponse
  let begun = false
  const limit = createPullLimit(limits)
  try {
    reply = await api.stream(
      {
        method: 'POST',
        path: `/images/create?${query}`,
        headers: auth === undefined ? {} : { 'x-registry-auth': auth },
        signal,
        answerTimeout: ANSWER_TIMEOUT,
        idleTimeout: IDLE_TIMEOUT,
      },
      message => {
        // Status 200 came long before the error.
        const wrong = masked(
          textField(message, 'error') || textField(field(message, 'errorDetail'), 'message'),
        )
        if (wrong !== '') throw begun && OTHER_ENDPOINT.test(wrong) ? failedBefore(wrong) : failedPull(wrong)
        begun = true
        const layer = textField(message, 'id')
        const sizes = field(message, 'progressDetail')
        limit(`${layer} ${textField(message, 'status')}`, numberField(sizes, 'current'))
        if (!/^[0-9a-f]{12,64}$/.test(layer)) return
        tellLayer(onProgress, wanted, { layer, status: textField(message, 'status'), sizes })
      },
    )
  } catch (error) {
    const isSilent = error instanceof DockLockError && error.cause instanceof TimedOut
    if (!isSilent && !(error instanceof TimedOut)) throw error
    const problem = isSilent
      ? `reports nothing: ${(error.cause as Error).message}`
      : `makes no progress: ${error.message}`
    throw new DockLockError('unreachable', `the engine at ${host} is pulling, but ${problem}`, {
      hint: 'The registry may be hanging. The engine contacts it, not dock-lock: check the network and proxy of the daemon',
      cause: error,
    })
  }
  if (reply.status !== 200)
    throw failedPull(masked(textField(reply.document, 'message')) || `HTTP status ${reply.status}`)
}

/** The message of a graphdriver engine that cannot reach the next endpoint after the first one failed. */
const OTHER_ENDPOINT =
  /^(?:Get|Head) "?https?:\/\/[^\s"]+\/v2\/"?: (?:dial|read|EOF|context|net\/http|http|tls|x509|remote)\b/

/** Why the engine went on to the next endpoint is only in its log. The first had answered, so the reason is not temporary. */
function failedBefore(message: string): DockLockError {
  return new DockLockError(
    'engine',
    `it failed after it had started, and so did the next endpoint: ${message}`,
    {
      hint: "Only the engine's log tells why the first one failed: a full disk, a platform that the image does not have",
    },
  )
}

function failedPull(message: string): DockLockError {
  const { code, hint } = pullError(message)
  return new DockLockError(code, message, { hint })
}

function registryAuth(credentials: PullOptions['credentials']): NonNullable<Puller['authorize']> {
  return async ({ registry, repository }) => {
    const known = await credentials?.(registry, repository)
    if (known === undefined) return undefined
    const serveraddress = registry === DOCKER_HUB ? 'https://index.docker.io/v1/' : registry
    return authHeader({ ...authConfig(known), serveraddress })
  }
}

/** Credentials in the format of the Docker API. */
export function authConfig(credentials: Credentials): Readonly<Record<string, string>> {
  if ('identityToken' in credentials) return { identitytoken: credentials.identityToken }
  if ('registryToken' in credentials) return { registrytoken: credentials.registryToken }
  return { username: credentials.username, password: credentials.password }
}

/** base64url with padding, which Go's decoder requires. */
export function authHeader(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

/**
 * Credentials from a credential helper, the program `docker-credential-NAME`.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
import type { Credentials } from '../../core/credentials.ts'
import { DockLockError, interrupted } from '../../core/error.ts'
import { knownReasons } from '../../core/helper-reasons.ts'
import { type Debug, maskWords } from '../../core/mask.ts'
import { collectOutput } from '../../lib/spawn.ts'
import { fieldInAnyCase, parseLenientJson } from './lenient-json.ts'

export type RunHelper = (name: string, server: string) => Promise<Credentials | undefined>

/** Milliseconds: enough time to unlock a key store. */
const TIMEOUT = 30_000
const OUTPUT_MAX = 64 * 1024
/** Characters of the output in which known reasons are searched. */
const REASON_MAX = 4096
/** What helpers print, usually on stdout, when they have no credentials. */
const NOTHING = /credentials not found in native keychain|no credentials (?:server URL|username)/i

/**
 * Runs `docker-credential-NAME get` from the PATH of `env`, without a shell. If the helper fails, the error shows known reasons only.
 * `debug` gets the common words of its output.
 * @throws DockLockError `unauthorized` if the helper cannot be run, fails, hangs, prints something else than credentials, or has a
 *   name that is not a plain file name; `interrupted`
 */
export function createHelperRunner(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  timeout: number = TIMEOUT,
  debug: Debug = () => {},
): RunHelper {
  return async (name, server) => {
    if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
      const message = `no credentials for ${server}: "${name.slice(0, 50)}" cannot be the name of a credential helper`
      throw new DockLockError('unauthorized', message, {
        hint: 'Correct "credsStore" or "credHelpers" in the Docker config file',
      })
    }
    const program = `docker-credential-${name}`
    const failure = (reason: string): DockLockError =>
      new DockLockError('unauthorized', `${program} gave no credentials for ${server}: ${reason}`, {
        hint: `Try: echo ${server} | ${program} get`,
      })
    const { code, stdout, stderr } = await run(program, server, { env, signal, timeout, failure })
    if (code !== 0) {
      if (NOTHING.test(stdout) || NOTHING.test(stderr)) return undefined
      const output = `${stderr.slice(0, REASON_MAX)}\n${stdout.slice(0, REASON_MAX)}`
      const words = maskWords(output, [program, name, server])
      debug(`${program} ended with ${code} and said${words === '' ? ' nothing' : `: ${words}`}`)
      const hidden = words === '' ? '' : '; its output is not shown, as it may contain a secret'
      throw failure(knownReasons(output) ?? `it ended with ${code}${hidden}`)
    }
    const answer = readAnswer(stdout)
    if (answer === undefined) throw failure('its answer is not {"Username":…,"Secret":…}')
    // Some helpers answer with empty strings if they have no credentials.
    const { username, secret } = answer
    if (username === '' || secret === '') return undefined
    return username === '<token>' ? { identityToken: secret } : { username, password: secret }
  }
}

async function run(
  command: string,
  server: string,
  {
    env,
    signal,
    timeout,
    failure,
  }: {
    env: Readonly<Record<string, string | undefined>>
    signal: AbortSignal
    timeout: number
    failure: (reason: string) => DockLockError
  },
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const options = { signal, timeout, stdoutMax: OUTPUT_MAX, input: `${server}\n` }
  const ran = await collectOutput({ command, args: ['get'], env }, options)
  switch (ran.status) {
    case 'exited':
      return { code: ran.code, stdout: ran.stdout.toString(), stderr: ran.stderr }
    case 'aborted':
      throw interrupted()
    case 'timed-out':
      throw failure(`it did not answer within ${timeout / 1000} s`)
    case 'too-long':
      throw failure('its answer is too long')
    case 'not-started':
      throw failure(ran.reason)
    case 'not-found':
      throw failure('there is no such program')
  }
}

function readAnswer(stdout: string): { readonly username: string; readonly secret: string } | undefined {
  try {
    const answer = parseLenientJson(stdout)
    const username = fieldInAnyCase(answer, 'Username')
    const secret = fieldInAnyCase(answer, 'Secret')
    return typeof username === 'string' && typeof secret === 'string' ? { username, secret } : undefined
  } catch {
    return undefined
  }
}

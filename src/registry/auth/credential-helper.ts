/**
 * Credentials from a program of the user's, `docker-credential-NAME`.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
import type { Credentials } from '../../core/credentials.ts'
import { DockLockError, interrupted } from '../../core/error.ts'
import { knownReasons } from '../../core/helper-reasons.ts'
import { type Debug, maskWords } from '../../core/mask.ts'
import { collectOutput } from '../../lib/spawn.ts'

export type RunHelper = (name: string, server: string) => Promise<Credentials | undefined>

/** Milliseconds: long enough for somebody to unlock a key store. */
const TIMEOUT = 30_000
const OUTPUT_MAX = 64 * 1024
/** Characters that are looked through. */
const REASON_MAX = 4096
/** How the helpers say it, on stdout. */
const NOTHING = /credentials not found in native keychain|no credentials (?:server URL|username)/i

/**
 * Runs `docker-credential-NAME get` from the PATH of `env`, without a shell. What a helper says when it fails is shown as far as it is
 * one of the known reasons; `debug` gets its common words.
 * @throws DockLockError `unauthorized` when the helper cannot be run, fails, hangs, answers nonsense, or has a name that could be
 *   something else than a name; `interrupted`
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
        hint: 'Correct "credsStore" or "credHelpers" in the Docker config file.',
      })
    }
    const program = `docker-credential-${name}`
    const failure = (why: string): DockLockError =>
      new DockLockError('unauthorized', `${program} gave no credentials for ${server}: ${why}`, {
        hint: `Try: echo ${server} | ${program} get`,
      })
    const { code, stdout, stderr } = await run(program, server, { env, signal, timeout, failure })
    if (code !== 0) {
      if (NOTHING.test(stdout) || NOTHING.test(stderr)) return undefined
      const said = `${stderr.slice(0, REASON_MAX)}\n${stdout.slice(0, REASON_MAX)}`
      const words = maskWords(said, [program, name, server])
      debug(`${program} ended with ${code} and said${words === '' ? ' nothing' : `: ${words}`}`)
      const hidden = words === '' ? '' : '; its output is not shown, as it may contain a secret'
      throw failure(knownReasons(said) ?? `it ended with ${code}${hidden}`)
    }
    const answer = readAnswer(stdout)
    if (answer === undefined) throw failure('its answer is not {"Username":…,"Secret":…}')
    // So some say that they have nothing.
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
    failure: (why: string) => DockLockError
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
    const { Username: username, Secret: secret } = JSON.parse(stdout) as {
      Username?: unknown
      Secret?: unknown
    }
    return typeof username === 'string' && typeof secret === 'string' ? { username, secret } : undefined
  } catch {
    return undefined
  }
}

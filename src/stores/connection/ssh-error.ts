import { maskSecrets } from '../../core/mask.ts'
import type { Explained, ProgramFailed } from './failure.ts'
import { type SshTarget, sshByHand } from './ssh.ts'

/** Why there is no connection through ssh, by what `ssh`, or the docker command over there, said. */
export function explainSsh(host: string, target: SshTarget, { ended, said }: ProgramFailed): Explained {
  if (ended === 'ENOENT') {
    return {
      message: `no engine at ${host}: there is no ssh here`,
      hint: 'Install an ssh client (openssh-client), or forward the socket and set DOCKER_HOST=unix:///…',
    }
  }
  const byHand = sshByHand(target)
  const { command = 'docker' } = target
  return {
    message: `no engine at ${host}: ssh ended with ${ended}${ended === 255 || said.trim() === '' ? '' : ', over there'}: ${lastWords(said)}`,
    hint:
      REASONS.find(([pattern]) => pattern.test(said))?.[1](byHand, command) ??
      `Try: ${byHand} ${command} version`,
  }
}

/** In this order: the first that fits. What ssh asks at a terminal, it cannot ask here. */
const REASONS: readonly (readonly [said: RegExp, hint: (byHand: string, command: string) => string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    byHand => `Its key is not the known one: find out why before anything else. Then: ${byHand}`,
  ],
  [
    /host key verification failed|host key is known/i,
    byHand => `Connect once by hand, compare its fingerprint and accept it: ${byHand}`,
  ],
  [
    /permission denied \(|too many authentication failures/i,
    byHand =>
      `Nobody can be asked for a password here: give ssh a key that it may use alone (ssh-agent, ssh-copy-id), until this asks nothing: ${byHand}`,
  ],
  [/could not resolve hostname/i, () => 'Check the name.'],
  [
    /kex_exchange_identification|connection (?:closed|reset) by/i,
    () =>
      'The server drops logins when many come at once (MaxStartups in its sshd_config); a shared connection helps (ControlMaster auto in ~/.ssh/config).',
  ],
  [
    /connection (?:refused|timed out)|no route to host|network is unreachable|operation timed out/i,
    byHand => `Is it up, and is that its port? Try: ${byHand}`,
  ],
  [
    /dial-stdio' is not a docker command|unknown command/i,
    () => 'The docker command over there is older than 18.09.',
  ],
  [
    /dial unix .*permission denied|permission denied while trying to connect/i,
    () => 'That user may not use the socket over there: it must be a member of the group that owns it.',
  ],
  [
    /cannot connect to (?:the docker daemon|podman)|dial unix|dial tcp/i,
    (_, command) =>
      `The ${command} command over there finds no engine: is it running, and where is its socket? ssh://host/path/to/the.sock names one.`,
  ],
  [
    /not found|not recognized|no such file/i,
    (byHand, command) =>
      `There must be a ${command} command in the PATH of shells that are not interactive: ${byHand} ${command} version`,
  ],
]

/** The last two lines, which tell more than the first. */
function lastWords(said: string): string {
  const lines = maskSecrets(said)
    .split(/[\r\n]+/)
    .map(line => line.trim())
    .filter(line => line !== '')
  return lines.slice(-2).join('; ').slice(-300) || 'it said nothing'
}

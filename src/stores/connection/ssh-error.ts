import { maskSecrets } from '../../core/mask.ts'
import type { Explained, ProgramFailed } from './failure.ts'
import { type SshTarget, sshByHand } from './ssh.ts'

/** Explains a failed ssh connection, from what `ssh` or the remote docker command printed. */
export function explainSsh(host: string, target: SshTarget, { ended, said }: ProgramFailed): Explained {
  if (ended === 'ENOENT') {
    return {
      message: `no engine at ${host}: ssh was not found`,
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

/** The first match counts. ssh's questions at a terminal cannot be answered here. */
const REASONS: readonly (readonly [said: RegExp, hint: (byHand: string, command: string) => string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    byHand => `Its key has changed. Find out why before you connect again with: ${byHand}`,
  ],
  [
    /host key verification failed|host key is known/i,
    byHand => `Connect once by hand, compare its fingerprint and accept it: ${byHand}`,
  ],
  [
    /permission denied \(|too many authentication failures/i,
    byHand =>
      `ssh cannot ask for a password here. Set up a key (ssh-agent, ssh-copy-id) until this command asks for nothing: ${byHand}`,
  ],
  [/could not resolve hostname/i, () => 'Check the name'],
  [
    /kex_exchange_identification|connection (?:closed|reset) by/i,
    () =>
      'The server drops logins when many come at once (MaxStartups in its sshd_config); a shared connection helps (ControlMaster auto in ~/.ssh/config)',
  ],
  [
    /connection (?:refused|timed out)|no route to host|network is unreachable|operation timed out/i,
    byHand => `Is it up, and is that its port? Try: ${byHand}`,
  ],
  [
    /dial-stdio' is not a docker command|unknown command/i,
    () => 'Update the docker command on that host to 18.09 or newer',
  ],
  [
    /dial unix .*permission denied|permission denied while trying to connect/i,
    () => 'Add that user to the group that owns the socket on that host',
  ],
  [
    /cannot connect to (?:the docker daemon|podman)|dial unix|dial tcp/i,
    (_, command) =>
      `The ${command} command on that host finds no engine. Start it, or name its socket: ssh://host/path/to/the.sock`,
  ],
  [
    /not found|not recognized|no such file/i,
    (byHand, command) =>
      `There must be a ${command} command in the PATH of shells that are not interactive: ${byHand} ${command} version`,
  ],
]

/** The last two lines, which say more than the first. */
function lastWords(said: string): string {
  const lines = maskSecrets(said)
    .split(/[\r\n]+/)
    .map(line => line.trim())
    .filter(line => line !== '')
  return lines.slice(-2).join('; ').slice(-300) || 'it gave no reason'
}

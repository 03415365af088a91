/**
 * Engines behind ssh, reached as the docker CLI does: the user's own `ssh`, with its configuration, keys and known hosts, runs
 * `docker system dial-stdio` on the host, which forwards stdin and stdout to the engine. Podman has the same command.
 * @see https://github.com/docker/cli/tree/master/cli/connhelper
 */
import type { Program } from '../../lib/spawn.ts'

/** `ssh://[user@]host[:port][/path/to.sock]` */
export interface SshTarget {
  readonly user?: string
  /** As passed to `ssh`: a name in its configuration, a host name, or an address without brackets. */
  readonly host: string
  readonly port?: number
  /** The engine's socket on that host; absent: the default of the command there. */
  readonly path?: string
  /** The command that forwards; absent: docker. A Podman machine may not have a docker command. */
  readonly command?: 'podman'
}

/** Seconds until ssh stops connecting, as with the docker CLI. */
const CONNECT_TIMEOUT = 30

/**
 * Undefined if the address is invalid or unsafe: it has a password or a query, or a name that ssh could take for an option or that its
 * configuration could expand in a shell (`%h` in a ProxyCommand). `rest` is the part after `ssh://`.
 */
export function parseSsh(rest: string): SshTarget | undefined {
  const found = /^(?:([^/@:]+)@)?(\[[0-9a-f:.]+(?:%\w+)?\]|[^/@:[\]]+)(?::(\d{1,5}))?(\/[^?#]*)?$/i.exec(rest)
  if (found === null) return undefined
  const [user, path] = [decode(found[1]), decode(found[4])]
  const host = found[2]!.replace(/^\[|\]$/g, '')
  const port = found[3] === undefined ? undefined : Number(found[3])
  if (user === null || path === null || !/^[\w.:%~][\w.:%~-]*$/.test(host)) return undefined
  if (user !== undefined && !/^[\w.~][\w.@+~\\-]*\$?$/.test(user)) return undefined
  if (port !== undefined && (port === 0 || port > 65535)) return undefined
  return {
    host,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
    ...(path !== undefined && /[^/]/.test(path) && { path }),
  }
}

/** Null: it cannot be decoded, or has characters that no name or path has. */
function decode(text: string | undefined): string | undefined | null {
  if (text === undefined) return undefined
  try {
    const decoded = decodeURIComponent(text)
    return /\p{Cc}/u.test(decoded) ? null : decoded
  } catch {
    return null
  }
}

/** `ssh://me@host:22/run/docker.sock` */
export function formatSsh({ user, host, port, path }: SshTarget): string {
  const name = host.includes(':') ? `[${host}]` : host
  return `ssh://${user === undefined ? '' : `${user}@`}${name}${port === undefined ? '' : `:${port}`}${path ?? ''}`
}

export function sshProgram(target: SshTarget, env: Program['env']): Program {
  const { path, command = 'docker', host } = target
  const flag = command === 'podman' ? '--url' : '--host'
  const socket = path === undefined ? [] : [quote(`${flag}=unix://${path}`)]
  // The form that `podman --remote` uses.
  const key = command === 'podman' && env.CONTAINER_SSHKEY ? ['-i', env.CONTAINER_SSHKEY] : []
  // A terminal on the remote side would change the data.
  const options = ['-o', `ConnectTimeout=${CONNECT_TIMEOUT}`, '-T', ...key, ...loginOf(target)]
  return { command: 'ssh', args: [...options, '--', host, command, ...socket, 'system', 'dial-stdio'], env }
}

/** The command with which a person can test the login. */
export function sshByHand(target: SshTarget): string {
  const { user, port, host } = target
  return `ssh ${port === undefined ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${host}`
}

function loginOf({ user, port }: SshTarget): string[] {
  return [...(user === undefined ? [] : ['-l', user]), ...(port === undefined ? [] : ['-p', `${port}`])]
}

/** Quotes one word for the remote shell: ssh joins all words with spaces. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { atProcessEnd } from './scratch.ts'

export interface Daemon {
  /** Asks it to end in order, and makes it after `graceMs`. */
  stop(graceMs: number): Promise<void>
  readonly running: () => boolean
  /** To the daemon's own process, and not to what it started. */
  signal(name: NodeJS.Signals): void
  /** What to put before a command that shall run where the daemon runs: on its root and mounts, among its processes. */
  readonly inside: () => readonly [string, ...string[]]
}

export interface DaemonOptions {
  readonly command: readonly [string, ...string[]]
  /** Root of the file system that it runs on; default: this machine's. */
  readonly root?: string
  /** Directory that it sees under its own path, whatever its root. */
  readonly shared: string
  /** What it prints is appended there. */
  readonly log: string
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Starts a daemon in a mount and a process namespace of its own, so that nothing that it mounts or starts can
 * outlive it; and it cannot outlive this process, not even when this one is killed.
 */
export function startDaemon(options: DaemonOptions): Daemon {
  const log = openSync(options.log, 'a')
  const namespaces = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child']
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      ...namespaces,
      'sh',
      '-euc',
      script,
      'sh',
      options.root ?? '/',
      options.shared,
      ...options.command,
    ],
    { stdio: ['ignore', log, log], detached: true, env: { PATH: process.env.PATH, ...options.env } },
  )
  closeSync(log)
  child.on('error', () => {})
  const cancel = atProcessEnd(() => killNow(child))
  const ended = once(child, 'exit').then(cancel, cancel)
  const running = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  return {
    running,
    inside() {
      const init = initOf(child)
      if (init === undefined) throw new Error('the daemon has ended')
      return ['nsenter', '--target', `${init}`, '--mount', '--pid', '--wd=/']
    },
    signal(name) {
      const init = initOf(child)
      const own = init === undefined ? undefined : firstChild(init)
      if (own === undefined) throw new Error('the daemon has ended')
      process.kill(own, name)
    },
    async stop(graceMs) {
      if (!running()) return
      const init = initOf(child)
      if (init === undefined || graceMs === 0) killNow(child)
      else process.kill(init, 'SIGTERM')
      const timer = setTimeout(() => killNow(child), graceMs)
      await ended
      clearTimeout(timer)
    },
  }
}

/** A name for this machine that is not one of loopback, so that neither proxies nor TLS are passed by; daemons know it. */
export const exampleHost = 'registry.example'
/** Another one, which only daemons know: who wants to go there needs a proxy. */
export const hiddenHost = 'behind.example'

/**
 * A plain chroot is not enough: the daemon unpacks layers with pivot_root, which needs a root that is a mount. /run is
 * emptied, so that no containerd of the machine is taken for the daemon's own. No name but localhost is known, so that
 * a mirror that fails is never replaced by the real registry. The shell stays as process 1 of the
 * namespace to reap what the daemon leaves.
 */
const script = `
root=$1 shared=$2; shift 2
if [ "$root" != / ]; then
  mkdir -p "$root$shared"
  mount --bind "$root" "$root"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount --rbind "$shared" "$root$shared"
  mount -t proc proc "$root/proc"
  cd "$root"
  pivot_root . mnt
  umount -l /mnt
else
  mount -t proc proc /proc
fi
mount -t tmpfs tmpfs /run
mkdir /run/lock
printf '127.0.0.1 localhost auth.docker.io index.docker.io registry-1.docker.io ${exampleHost} ${hiddenHost}\n' >/run/hosts
printf 'nameserver 127.255.255.254\n' >/run/resolv.conf
for file in hosts resolv.conf; do
  [ ! -e "/etc/$file" ] || mount --bind "/run/$file" "/etc/$file"
done
"$@" &
daemon=$!
trap 'kill -TERM $daemon' TERM
code=0; wait $daemon || code=$?
while kill -0 $daemon 2>/dev/null; do wait $daemon || code=$?; done
exit $code
`

/** The first process of the namespace: the only child of unshare. Its end ends all in it. */
function initOf(child: ChildProcess): number | undefined {
  return child.pid === undefined ? undefined : firstChild(child.pid)
}

function firstChild(pid: number): number | undefined {
  try {
    const [first = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return first === '' ? undefined : Number(first)
  } catch {
    return undefined
  }
}

/** Kills the namespace and waits, blocking, until the kernel has taken it down: its files can be removed then. */
function killNow(child: ChildProcess): void {
  const init = initOf(child)
  const victim = init ?? child.pid
  if (victim === undefined) return
  try {
    process.kill(victim, 'SIGKILL')
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let waited = 0; waited < 5000 && isAlive(victim); waited += 10) Atomics.wait(pause, 0, 0, 10)
  } catch {
    // It is gone already.
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

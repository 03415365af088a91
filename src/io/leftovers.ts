/** Temporary names that say whose they are, so that what a killed run left behind can be told from what a run still needs. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds. What a process on another machine or in another container left cannot be asked for; no run takes as long to write. */
const STALE = 24 * 60 * 60 * 1000

const OWNER = '([0-9a-f]{8})-(\\d+)-(\\d+)-[0-9a-f]{8}'
/** Files beside those that are written, and folders in the system's folder for temporary files. */
type Kind = 'file' | 'folder'
const NAMES: Readonly<Record<Kind, RegExp>> = {
  file: new RegExp(`^\\.dock-lock-${OWNER}\\.(?:tmp|old)$`),
  folder: new RegExp(`^dock-lock-${OWNER}$`),
}

/** `dock-lock-` and: which machine and container, which process, when that started, and something random. */
export async function temporaryName(): Promise<string> {
  // Loaded late: most runs write nothing, and it costs 2 ms.
  const { randomBytes } = await import('node:crypto')
  const owner = [await machine(), process.pid, startOf(process.pid) ?? 0]
  return `dock-lock-${owner.join('-')}-${randomBytes(4).toString('hex')}`
}

/** Removes from `folders` what runs that have ended left there. What belongs to a live process, or to another user, stays. */
export async function removeLeftovers(kind: Kind, folders: Iterable<string>): Promise<void> {
  for (const folder of new Set(folders)) {
    for (const name of namesIn(folder)) {
      const [, where, pid, start] = NAMES[kind].exec(name) ?? []
      if (pid === undefined) continue
      const path = join(folder, name)
      try {
        const stats = lstatSync(path)
        // The time of the last change of the entry: a second name for an old file has the file's own time of modification.
        const isOver =
          where === (await machine())
            ? !isAlive(Number(pid), Number(start))
            : stats.ctimeMs + STALE < Date.now()
        if (!isOver || !isOwn(kind, stats.uid)) continue
        if (kind === 'file' && stats.isFile()) unlinkSync(path)
        if (kind === 'folder' && stats.isDirectory()) rmSync(path, { recursive: true })
      } catch {
        // Another run was faster, or the folder is read-only: it is no worse than before.
      }
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => name.includes('dock-lock-'))
  } catch {
    return []
  }
}

/** A file that root writes has the owner of the one that it replaces. */
function isOwn(kind: Kind, uid: number): boolean {
  const own = process.getuid?.()
  return own === undefined || own === uid || (own === 0 && kind === 'file')
}

function isAlive(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // The number may have been given to another process since.
  const now = startOf(pid)
  return now === undefined || start === 0 || now === start
}

/** When that process started, in ticks since the machine did; undefined where the system does not say. */
function startOf(pid: number): number | undefined {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The second field, the name of the program, is in parentheses and may hold anything.
  const start = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return start === undefined ? undefined : Number(start)
}

/** Processes are known by their numbers within one start of one machine, and there within one container. */
async function machine(): Promise<string> {
  const { createHash } = await import('node:crypto')
  const boot = textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  const container = textOf(() => readlinkSync('/proc/self/ns/pid'))
  const name = boot === undefined ? (await import('node:os')).hostname() : `${boot} ${container}`
  return createHash('sha256').update(name).digest('hex').slice(0, 8)
}

function textOf(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

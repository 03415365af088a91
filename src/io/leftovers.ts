/** Temporary names contain their process, so that files of killed runs can be told from files in use. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds. A process on another machine or in another container cannot be looked up. No run writes for that long. */
const STALE = 24 * 60 * 60 * 1000

const OWNER = '([0-9a-f]{8})-(\\d+)-(\\d+)-[0-9a-f]{8}'
/** Files beside their targets, and folders in the system's folder for temporary files. */
type Kind = 'file' | 'folder'
const NAMES: Readonly<Record<Kind, RegExp>> = {
  file: new RegExp(`^\\.dock-lock-${OWNER}\\.(?:tmp|old)$`),
  folder: new RegExp(`^dock-lock-${OWNER}$`),
}

/** `dock-lock-`, then the machine and container, the process, its start time and random characters. */
export async function temporaryName(): Promise<string> {
  // Loaded lazily: most runs write nothing, and it takes 2 ms.
  const { randomBytes } = await import('node:crypto')
  const owner = [await machine(), process.pid, startOf(process.pid) ?? 0]
  return `dock-lock-${owner.join('-')}-${randomBytes(4).toString('hex')}`
}

/** Removes leftovers of ended runs from `folders`. Files of running processes and of other users stay. */
export async function removeLeftovers(kind: Kind, folders: Iterable<string>): Promise<void> {
  for (const folder of new Set(folders)) {
    for (const name of namesIn(folder)) {
      const [, where, pid, start] = NAMES[kind].exec(name) ?? []
      if (pid === undefined) continue
      const path = join(folder, name)
      try {
        const stats = lstatSync(path)
        // The change time of the inode: a hard link keeps the modification time of the old file.
        const isOver =
          where === (await machine())
            ? !isAlive(Number(pid), Number(start))
            : stats.ctimeMs + STALE < Date.now()
        if (!isOver || !isOwn(kind, stats.uid)) continue
        if (kind === 'file' && stats.isFile()) unlinkSync(path)
        if (kind === 'folder' && stats.isDirectory()) rmSync(path, { recursive: true })
      } catch {
        // Another run was faster, or the folder is read-only. Nothing is lost.
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

/** A file written by root gets the owner of the file that it replaces. */
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
  // The process ID may have been reused.
  const now = startOf(pid)
  return now === undefined || start === 0 || now === start
}

/** The start time of a process, in ticks since boot. Undefined if the system does not report it. */
function startOf(pid: number): number | undefined {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The second field, the program's name, is in parentheses and may contain anything.
  const start = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return start === undefined ? undefined : Number(start)
}

/** Process IDs are unique within one boot of a machine and one container. */
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

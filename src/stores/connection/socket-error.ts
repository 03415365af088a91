/** Explains why access to an engine's socket is denied. */
import { readFileSync, type Stats, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Explained } from './failure.ts'

interface Group {
  readonly name: string
  readonly members: readonly string[]
}

/** The current user; absent on Windows. */
export interface User {
  readonly name: string
  readonly uid: number | undefined
  readonly groups: readonly number[]
}

/** `path` is absent if it is not a socket on this machine. */
export function explainSocket(host: string, path: string | undefined, user: User = thisUser()): Explained {
  const message = `no permission to use the engine's socket ${host}`
  if (host.startsWith('npipe:')) {
    return { message, hint: 'Join the group docker-users, or run dock-lock as administrator' }
  }
  const rootless = 'or point DOCKER_HOST to the socket of your own rootless engine'
  const found = path === undefined ? undefined : look(path)
  if (found === undefined) {
    return {
      message,
      hint: `Join the group that owns it (for Docker: sudo usermod -aG docker "$USER", then log in again), ${rootless}`,
    }
  }
  const { gid, uid, mode } = found
  const group = groupOf(gid)
  const name = group?.name ?? `${gid}`
  const belongs = `${message}: it belongs to ${uid === 0 ? 'root' : `user ${uid}`}:${name}`
  if (isAllowed(found, user)) {
    return {
      message: belongs,
      hint: `Its mode allows access, so something else denies it (SELinux, AppArmor, a container). Change that, ${rootless}`,
    }
  }
  // Users should not join the group root, and a group without write permission does not help.
  if (gid === 0 || (mode & 0o020) === 0) {
    return { message: belongs, hint: `Run dock-lock as that user, ${rootless}` }
  }
  return group?.members.includes(user.name) === true
    ? {
        message: belongs,
        hint: `You joined ${name} after you logged in. Log in again, or run: newgrp ${name}`,
      }
    : {
        message: belongs,
        hint: `Join that group (sudo usermod -aG ${name} "$USER", then log in again), ${rootless}`,
      }
}

/** Whether owner, group and mode allow the user to write. */
function isAllowed({ uid, gid, mode }: Stats, user: User): boolean {
  if (user.uid === 0) return true
  const bit = user.uid === uid ? 0o200 : user.groups.includes(gid) ? 0o020 : 0o002
  return (mode & bit) !== 0
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Reads /etc/group only; other sources of groups are not queried. */
function groupOf(gid: number): Group | undefined {
  try {
    for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
      const [name = '', , id, members = ''] = line.split(':')
      if (id === `${gid}`) return { name, members: members.split(',') }
    }
  } catch {
    // This system has no such file.
  }
  return undefined
}

function thisUser(): User {
  const own = process.getegid?.()
  const groups = [...(own === undefined ? [] : [own]), ...(process.getgroups?.() ?? [])]
  const user = { uid: process.geteuid?.(), groups }
  try {
    return { ...user, name: userInfo().username }
  } catch {
    // The user has no entry, as in many containers.
    return { ...user, name: '' }
  }
}

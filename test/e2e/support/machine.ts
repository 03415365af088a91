import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Changed when setup.ts makes the tree in another way, so that an old one is made anew. */
export const recipe = '1\n'

/** Where everything that outlives or belongs to a run is kept. */
export function e2eDirectory(): string {
  return resolve(process.env.DOCK_LOCK_E2E_DIR || '/var/cache/dock-lock-e2e')
}

/** The root of the Debian tree that holds Docker 28. */
export function treeDirectory(): string {
  return join(e2eDirectory(), 'docker-28')
}

/** What the tree was made by, or undefined when there is none. */
export function treeRecipe(): string | undefined {
  return readText(join(treeDirectory(), '.dock-lock-e2e'))
}

/** Why engines cannot run on this machine at all, or undefined. */
export function hostProblem(): string | undefined {
  const release = readText('/etc/os-release') ?? ''
  if (!/^ID="?debian"?$/m.test(release) || !/^VERSION_ID="?12"?$/m.test(release)) {
    return 'real engines need Debian 12: Docker 20.10 comes from its packages'
  }
  return process.getuid?.() === 0 ? undefined : 'real engines need root'
}

/** Whether setup.ts has done all of its work here. */
export function isSetUp(): boolean {
  const programs = ['/usr/sbin/dockerd', '/usr/bin/docker-registry', '/bin/busybox']
  return treeRecipe() === recipe && programs.every(program => existsSync(program))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

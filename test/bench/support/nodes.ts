/** The versions of Node that a start is measured with. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm } from '../../support/npm.ts'

export interface NodeVersion {
  /** `22.23.3` */
  readonly version: string
  readonly path: string
}

/** This one, and others from npm's package `node`, which stay in the folder of temporary files; those that could not be had are left out. */
export async function findNodes(): Promise<readonly NodeVersion[]> {
  const nodes = [{ version: process.versions.node, path: process.execPath }]
  for (const major of ['20', '22', '24']) {
    if (nodes.some(({ version }) => version.startsWith(`${major}.`))) continue
    const folder = join(tmpdir(), `dock-lock-bench-node-${major}`)
    const path = join(folder, 'node_modules/node/bin/node')
    if (!existsSync(path)) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
      await npm(folder, ['install', '--no-audit', '--no-fund', `node@${major}`])
    }
    if (existsSync(path)) nodes.push({ version: versionOf(path), path })
  }
  return nodes
}

function versionOf(path: string): string {
  return execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1)
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCli } from '../../support/cli.ts'

/** The engine that answers a user of this machine, as dock-lock itself finds it: its address; undefined when there is none. */
export async function ownEngine(): Promise<string | undefined> {
  const project = mkdtempSync(join(tmpdir(), 'dock-lock-own-'))
  try {
    writeFileSync(join(project, 'docker-images.lock'), 'lockfileVersion: 1\nimages: {}\n')
    const { code, stdout } = await runCli(['verify', '--json'], { cwd: project })
    if (code !== 0) return undefined
    return (JSON.parse(stdout) as { stores: [{ host: string }] }).stores[0].host
  } finally {
    rmSync(project, { recursive: true })
  }
}

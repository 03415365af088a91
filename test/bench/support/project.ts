import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A git repository with these files, in a temporary folder. */
export interface Project {
  readonly path: string
  remove(): void
}

export function makeProject(files: Readonly<Record<string, string>>): Project {
  const path = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-bench-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  for (const args of [
    ['init', '--quiet'],
    ['add', '.'],
  ]) {
    const { status, stderr } = spawnSync('git', args, { cwd: path, encoding: 'utf8' })
    if (status !== 0) throw new Error(`git ${args.join(' ')} exited with ${status}: ${stderr}`)
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { decodeSource, type Source } from './source.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The files of the index that `matches` picks, sorted. @throws DockLockError `usage` outside of a git repository. */
export async function listStaged(
  root: string,
  matches: (path: string) => boolean,
  env: Env,
): Promise<readonly string[]> {
  const output = await new Promise<string>((done, fail) => {
    execFile(
      'git',
      ['ls-files', '-z', '-c', '--', '.'],
      { cwd: root, env, maxBuffer: 1 << 30 },
      (error, stdout) =>
        error
          ? fail(new DockLockError('usage', '--staged needs a git repository', { cause: error }))
          : done(stdout),
    )
  })
  return output
    .split('\0')
    .filter(path => path !== '' && matches(path))
    .sort()
}

/** Reads files as they stand in the index, all through one `git cat-file --batch`; undefined for one that is not there. */
export function readStaged(
  root: string,
  files: readonly string[],
  env: Env,
): (file: string) => Promise<Source | undefined> {
  const contents = catFiles(root, files, env)
  contents.catch(() => {})
  return async file => {
    const bytes = (await contents).get(file)
    return bytes === undefined ? undefined : decodeSource(file, join(root, file), bytes)
  }
}

/** @see https://git-scm.com/docs/git-cat-file#_batch_output */
function catFiles(root: string, files: readonly string[], env: Env): Promise<ReadonlyMap<string, Buffer>> {
  return new Promise((done, fail) => {
    const git = spawn('git', ['cat-file', '--batch'], { cwd: root, env, stdio: ['pipe', 'pipe', 'ignore'] })
    const chunks: Buffer[] = []
    git.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    git.on('error', fail)
    git.stdin.on('error', () => {})
    git.on('close', () => {
      const output = Buffer.concat(chunks)
      const contents = new Map<string, Buffer>()
      let position = 0
      for (const file of files) {
        const end = output.indexOf(0x0a, position)
        const header = output.toString('utf8', position, end)
        position = end + 1
        const size = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1]
        if (size === undefined) continue
        contents.set(file, output.subarray(position, position + Number(size)))
        position += Number(size) + 1
      }
      done(contents)
    })
    git.stdin.end(files.map(file => `:./${file}\n`).join(''))
  })
}

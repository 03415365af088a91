/** `main` in this process, with a host that records: what a run costs is measured without the start of a process. */
import { tmpdir } from 'node:os'
import { main } from '../../src/cli/main.ts'

export interface Recorded {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** `dock-lock ARGS` in the folder `root`; by default, no engine can be reached. */
export async function runMain(
  root: string,
  args: readonly string[],
  host = 'unix:///nonexistent/docker.sock',
): Promise<Recorded> {
  const out: string[] = []
  const err: string[] = []
  const code = await main({
    argv: ['node', 'dock-lock', ...args],
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      TMPDIR: tmpdir(),
      DOCKER_HOST: host,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      // A temporary folder may be in somebody's repository.
      GIT_CEILING_DIRECTORIES: root.slice(0, root.lastIndexOf('/')),
    },
    stdout: { write: text => out.push(text) },
    stderr: { write: text => err.push(text) },
    cwd: () => root,
    on: () => {},
    off: () => {},
  })
  return { code, stdout: out.join(''), stderr: err.join('') }
}

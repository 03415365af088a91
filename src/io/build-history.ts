import { field, textField } from '../lib/json.ts'
import { collectOutput } from '../lib/spawn.ts'

export interface HistoryRun {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Milliseconds. */
const TIMEOUT = 5000
/** Milliseconds since the end of a build. An older one is not the build that has just failed. */
const RECENT = 60_000

/**
 * The error of the last build, if it has just failed; undefined if it did not, or if buildx keeps no history (before 0.21). Docker
 * tells hooks only the exit code of a build.
 * @see https://docs.docker.com/reference/cli/docker/buildx/history/inspect/
 */
export async function lastBuildError({ cwd, env, signal }: HistoryRun): Promise<string | undefined> {
  const program = {
    // As the docker command was called.
    command: env.DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND || 'docker',
    args: ['buildx', 'history', 'inspect', '--format', 'json'],
    cwd,
    env: { ...env, DOCKER_CLI_HOOKS: 'false' },
  }
  const ran = await collectOutput(program, { signal, timeout: TIMEOUT })
  if (ran.status !== 'exited' || ran.code !== 0) return undefined
  const record = parse(ran.stdout.toString('utf8'))
  const age = Date.now() - Date.parse(textField(record, 'CompletedAt'))
  if (textField(record, 'Status') !== 'failed' || !(Math.abs(age) < RECENT)) return undefined
  return textField(field(record, 'Error'), 'Message')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

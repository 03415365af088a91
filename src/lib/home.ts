import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The home folder as the docker command finds it: HOME in `env`, on Windows USERPROFILE. If that is not set or empty, the system's
 * answer.
 * @see https://github.com/docker/cli/blob/master/cli/config/config.go
 * @see https://pkg.go.dev/os#UserHomeDir
 */
export function homeFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): string {
  return env[platform === 'win32' ? 'USERPROFILE' : 'HOME'] || homedir()
}

/** The folder of the docker command's configuration: `~/.docker`, unless `DOCKER_CONFIG` names another. */
export function dockerFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env.DOCKER_CONFIG || join(homeFolder(env), '.docker')
}

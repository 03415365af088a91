import { homedir } from 'node:os'

/**
 * The home folder as the docker command finds it: HOME, on Windows USERPROFILE, of this environment; where that is not set or is empty,
 * what the system says.
 * @see https://github.com/docker/cli/blob/master/cli/config/config.go
 * @see https://pkg.go.dev/os#UserHomeDir
 */
export function homeFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): string {
  return env[platform === 'win32' ? 'USERPROFILE' : 'HOME'] || homedir()
}

import type { Context } from '../../context.ts'
import type { BuildOptions } from '../../core/build.ts'
import { DockLockError } from '../../core/error.ts'
import { distinctPlatforms, normalizePlatform, type Platform } from '../../core/platform.ts'
import { parsePlatformSpecifier } from '../../core/platform-specifier.ts'
import type { Config } from '../../io/config.ts'
import type { Options } from '../command.ts'

/** What config, options and environment say about every build. @throws DockLockError `usage` for an invalid platform */
export function buildOptions(config: Config, options: Options, context: Context): BuildOptions {
  const { target } = options
  return {
    args: { ...config.buildArgs, ...options.buildArgs },
    platforms: targetPlatforms(config, options, context),
    ...(target !== undefined && { target }),
  }
}

/** The platforms that builds are made for: `--platform`, else DOCKER_DEFAULT_PLATFORM, else the config; none: the engine's own. */
export function targetPlatforms(config: Config, options: Options, { env }: Context): readonly Platform[] {
  if (options.platforms.length > 0) return distinctPlatforms(options.platforms)
  const { DOCKER_DEFAULT_PLATFORM: text } = env
  return text ? [defaultPlatform(text)] : distinctPlatforms(config.platforms)
}

function defaultPlatform(text: string): Platform {
  const platform = parsePlatformSpecifier(text, hostPlatform())
  if (platform !== undefined) return platform
  throw new DockLockError('usage', `DOCKER_DEFAULT_PLATFORM=${text.slice(0, 100)} is not a platform`, {
    hint: 'Set it to os/architecture, as in linux/arm64, or unset it',
  })
}

/** This machine's Linux platform, for which an engine on it builds. */
export function hostPlatform(): Platform {
  const architectures: Record<string, string> = { x64: 'amd64', ia32: '386' }
  return normalizePlatform({ os: 'linux', architecture: architectures[process.arch] ?? process.arch })
}

/** The format of Dockerfiles, with platforms and build args as a test writes them. */
import type { Occurrence } from '../../src/core/occurrence.ts'
import { parsePlatform } from '../../src/core/platform.ts'
import { parsePlatformSpecifier } from '../../src/core/platform-specifier.ts'
import { dockerfile as format } from '../../src/formats/dockerfile/index.ts'

export interface ExtractOptions {
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  readonly buildPlatform: string
  readonly targetPlatform: string
  readonly target?: string
}

export function extract(source: string, path: string, options: ExtractOptions): readonly Occurrence[] {
  const { buildArgs, target } = options
  const buildPlatform = parsePlatform(options.buildPlatform)
  const targetPlatform = buildPlatform && parsePlatformSpecifier(options.targetPlatform, buildPlatform)
  if (buildPlatform === undefined || targetPlatform === undefined) throw new Error('no platform')
  return format.extract(source, path, {
    args: buildArgs,
    buildPlatform,
    targetPlatform,
    ...(target !== undefined && { target }),
  })
}

export const dockerfile = { extract } as const

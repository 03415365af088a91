/**
 * The corpus: Dockerfiles that are each named after what they show, and beside each what BuildKit makes of it, `NAME.images`:
 *
 *     --build-arg NAME=value     given to the build; one name several times: each combination of values counts
 *     docker.io/library/a:1      looked up; behind it, where `--platform` is written, the platform it is looked up for
 *     syntax KEY                 the frontend image
 *     onbuild KEY                named for builds that start from this image; not looked up by this one
 *     refused LINE               BuildKit refuses the file, and what is wrong starts in that line
 *     refused                    BuildKit refuses the file for something that has nothing to do with images
 *
 * test/e2e/differential.test.ts lets BuildKit itself read them.
 */

import { readdirSync, readFileSync } from 'node:fs'
import type { Occurrence } from '../../../src/core/occurrence.ts'
import { formatPlatform } from '../../../src/core/platform.ts'
import { referenceKey } from '../../../src/core/reference.ts'

export interface Case {
  readonly name: string
  /** Path of the Dockerfile. */
  readonly path: string
  readonly source: string
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  /** The lines that name images, as {@link imageLine} writes them. */
  readonly images: readonly string[]
  /** The line, or true for one that does not matter; false: BuildKit accepts the file. */
  readonly refused: number | boolean
}

const directory = new URL('./cases/', import.meta.url)

/** All cases, by name. */
export function readCases(): readonly Case[] {
  return readdirSync(directory)
    .filter(file => file.endsWith('.Dockerfile'))
    .sort()
    .map(file => {
      const name = file.slice(0, -'.Dockerfile'.length)
      const { pathname } = new URL(file, directory)
      const lines = readFileSync(new URL(`${name}.images`, directory), 'utf8')
        .split('\n')
        .filter(Boolean)
      const refusal = lines.find(line => /^refused\b/.test(line))
      return {
        name,
        path: pathname,
        source: readFileSync(pathname, 'utf8'),
        buildArgs: readBuildArgs(lines),
        images: lines.filter(line => !/^(?:refused\b|--build-arg )/.test(line)),
        refused: refusal === undefined ? false : Number(refusal.split(' ')[1] ?? 0) || true,
      }
    })
}

function readBuildArgs(lines: readonly string[]): Record<string, string[]> {
  const args: Record<string, string[]> = {}
  for (const line of lines) {
    const [, name, value] = /^--build-arg (\w+)=(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    args[name] = [...(args[name] ?? []), value]
  }
  return args
}

/** An image as the cases write it; undefined for what is none. */
export function imageLine(occurrence: Occurrence): string | undefined {
  if (occurrence.kind !== 'image') return undefined
  const { role, onbuild, platform, reference } = occurrence
  const kind = role === 'syntax' ? 'syntax ' : onbuild ? 'onbuild ' : ''
  return `${kind}${referenceKey(reference)}${platform === undefined ? '' : ` ${formatPlatform(platform)}`}`
}

import { DEFAULT_OPTIONS, type Options } from './commands/command.ts'
import { type Context, createContext } from './context.ts'
import type { Resolution } from './core/descriptor.ts'
import { applyEdits } from './core/edit.ts'
import { DockLockError } from './core/error.ts'
import type { Lockfile } from './core/lockfile.ts'
import type { Occurrence } from './core/occurrence.ts'
import { pinEdits, unpinEdits } from './core/pin.ts'
import { type Platform, parsePlatform } from './core/platform.ts'
import { parseReference } from './core/reference.ts'
import type {
  CheckReport,
  LockReport,
  OutdatedReport,
  PullReport,
  UpdateReport,
  VerifyReport,
} from './core/report.ts'
import type { Format } from './formats/format.ts'
import type { RegistryOptions } from './registry/resolver.ts'

/** The options of the command line, and where and how to run. All have defaults: this folder, this environment. */
export interface RunOptions extends Partial<Omit<Options, 'platforms'>> {
  /** Each `os/arch[/variant]`. */
  readonly platforms?: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

/** What a build would be given, as far as it decides which images are named. */
export interface ExtractOptions {
  /** `--build-arg`: the values of each ARG, never expanded. If there are several, every combination counts. */
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  /** `os/arch[/variant]` of the engine and of the result, for `$BUILDPLATFORM` and `$TARGETPLATFORM`. */
  readonly buildPlatform: string
  readonly targetPlatform: string
  /** `--target`: only what this stage needs; absent: all stages, since somebody may build them. */
  readonly target?: string
}

/**
 * Every place in the text of a Dockerfile that names an image, or looks like it, in order. `path` decides the kind of file.
 * Bad input does not throw: it is an occurrence of kind `invalid`.
 * @throws DockLockError `usage` for a platform that is none
 */
export async function findOccurrences(
  text: string,
  path = 'Dockerfile',
  options: Partial<ExtractOptions> = {},
): Promise<readonly Occurrence[]> {
  const { buildArgs = {}, buildPlatform = 'linux/amd64', targetPlatform = 'linux/amd64', target } = options
  const { formats } = await import('./formats/index.ts')
  const format = formats.find(one => one.matches(path)) ?? (formats[0] as Format)
  return format.extract(text, path, {
    args: buildArgs,
    buildPlatform: toPlatform(buildPlatform),
    targetPlatform: toPlatform(targetPlatform),
    ...(target !== undefined && { target }),
  })
}

/**
 * Looks up the digests and platforms of `references` (`alpine:3.20`), in order: all that a `LockedImage` holds. Asks for all
 * at once, with the credentials of the Docker config.
 * @throws DockLockError `usage` for text that is not a reference, else as `Resolver.resolve`.
 */
export async function resolve(
  references: readonly string[],
  options: Partial<RegistryOptions> = {},
): Promise<readonly Resolution[]> {
  const parsed = references.map(text => {
    const result = parseReference(text)
    if (!result.ok) throw new DockLockError('usage', result.problem.message)
    return result.reference
  })
  const { createResolver } = await import('./registry/resolve.ts')
  const resolver = await createResolver({
    env: process.env,
    signal: new AbortController().signal,
    ...options,
  })
  try {
    return await Promise.all(parsed.map(reference => resolver.resolve(reference, () => false)))
  } finally {
    await resolver.close()
  }
}

/** The images in the `docker-images.lock` of a folder; empty if there is none. @throws DockLockError `malformed` */
export async function readLockfile(folder: string = process.cwd()): Promise<Lockfile> {
  return (await (await import('./io/lockfile.ts')).readLockfileSource(folder)).images
}

/** The text with `@digest` after every image that `lockfile` contains and that can be pinned. The rest is unchanged. */
export async function pin(text: string, lockfile: Lockfile, path = 'Dockerfile'): Promise<string> {
  return applyEdits(text, pinEdits(await findOccurrences(text, path), lockfile))
}

/** The text without the digests that are in `lockfile`. */
export async function unpin(text: string, lockfile: Lockfile, path = 'Dockerfile'): Promise<string> {
  return applyEdits(text, unpinEdits(await findOccurrences(text, path), lockfile))
}

/** `dock-lock lock`. @throws DockLockError when it cannot run. */
export async function lock(options: RunOptions = {}): Promise<LockReport> {
  return (await import('./commands/lock.ts')).lockCommand(...toRun(options))
}

/** `dock-lock check`: no network, no engine. @throws DockLockError when it cannot run. */
export async function check(options: RunOptions = {}): Promise<CheckReport> {
  return (await import('./commands/check.ts')).checkCommand(...toRun(options))
}

/** `dock-lock outdated`. @throws DockLockError when it cannot run. */
export async function outdated(options: RunOptions = {}): Promise<OutdatedReport> {
  return (await import('./commands/outdated.ts')).outdatedCommand(...toRun(options))
}

/** `dock-lock update`. @throws DockLockError when it cannot run. */
export async function update(options: RunOptions = {}): Promise<UpdateReport> {
  return (await import('./commands/update.ts')).updateCommand(...toRun(options))
}

/** `dock-lock verify`. @throws DockLockError `unreachable` without an engine. */
export async function verify(options: RunOptions = {}): Promise<VerifyReport> {
  return (await import('./commands/verify.ts')).verifyCommand(...toRun(options))
}

/** `dock-lock pull`. @throws DockLockError `unreachable` without an engine. */
export async function pull(options: RunOptions = {}): Promise<PullReport> {
  return (await import('./commands/pull.ts')).pullCommand(...toRun(options))
}

function toRun(given: RunOptions): readonly [Context, Options] {
  const { cwd = process.cwd(), env = process.env, signal, platforms = [], ...options } = given
  return [
    createContext({ cwd, env, ...(signal !== undefined && { signal }) }),
    { ...DEFAULT_OPTIONS, ...options, platforms: platforms.map(toPlatform) },
  ]
}

function toPlatform(text: string): Platform {
  const platform = parsePlatform(text)
  if (platform !== undefined) return platform
  throw new DockLockError('usage', `"${text}" is not a platform: write os/architecture, as in linux/arm64`)
}

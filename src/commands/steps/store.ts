import type { Context } from '../../context.ts'
import { isVerified } from '../../core/availability.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import { type Image, keyReference } from '../../core/images.ts'
import type { LockedImage, Lockfile } from '../../core/lockfile.ts'
import { parsePlatform, samePlatform } from '../../core/platform.ts'
import { familiarName } from '../../core/reference.ts'
import type { ImageInStore, StoreReport, StoreState } from '../../core/report.ts'
import type { Availability, PullOutcome, Store, StoreInfo, Wanted } from '../../stores/store.ts'
import type { Options } from '../command.ts'

/** An engine that answered, or why none did. */
export type Engine =
  | { readonly reached: true; readonly store: Store; readonly info: StoreInfo }
  | { readonly reached: false; readonly error: DockLockError }

/** Who the engine is. `soon` is the lockfile of which all images will be asked for; the engine may begin to look for them. */
export async function reachEngine(
  context: Context,
  options: Options,
  soon?: Promise<Lockfile>,
): Promise<Engine> {
  // What is wrong with the lockfile is said by whoever reads it.
  const locked = soon?.catch(() => undefined)
  let store: Store | undefined
  try {
    store = await context.store(options)
    const { expect } = store
    locked?.then(lockfile => {
      if (lockfile !== undefined) expect?.([...lockfile.keys()].map(keyReference), context.signal)
    })
    return { reached: true, store, info: await store.info(context.signal) }
  } catch (error) {
    store?.close()
    if (!(error instanceof DockLockError) || error.code === 'interrupted' || error.code === 'usage')
      throw error
    return { reached: false, error }
  }
}

/** What builds will want of the locked images: each once per platform that the files or the user name. */
export function wantedImages(
  lockfile: Lockfile,
  images: readonly Image[],
  platforms: readonly string[],
): readonly Wanted[] {
  const byKey = new Map(images.map(image => [image.key, image]))
  return [...lockfile].flatMap(([key, locked]) => {
    const asked = new Set(
      byKey.get(key)?.occurrences.flatMap(({ platform }) => platform ?? platforms) ?? platforms,
    )
    const all: readonly (string | undefined)[] =
      asked.size === 0 || needsNative(byKey.get(key), platforms) ? [undefined, ...asked] : [...asked]
    return all.map(platform => ({
      key,
      reference: keyReference(key),
      digest: locked.digest,
      ...ofPlatform(locked, platform),
    }))
  })
}

/** What the lockfile has of `images` alone. */
export function lockedOnly(lockfile: Lockfile, images: readonly Image[]): Lockfile {
  const keys = new Set(images.map(image => image.key))
  return new Map([...lockfile].filter(([key]) => keys.has(key)))
}

/** Whether some place names the image without saying for which platform, and the user did not say either. */
function needsNative(image: Image | undefined, platforms: readonly string[]): boolean {
  return (
    platforms.length === 0 && (image?.occurrences.some(({ platform }) => platform === undefined) ?? false)
  )
}

function ofPlatform(
  { platforms }: LockedImage,
  platform: string | undefined,
): Pick<Wanted, 'platform' | 'platformDigest'> {
  if (platform === undefined) return {}
  const asked = parsePlatform(platform)
  const match = Object.entries(platforms ?? {}).find(([name]) => {
    const offered = parsePlatform(name)
    return asked !== undefined && offered !== undefined && samePlatform(asked, offered)
  })
  return { platform, ...(match !== undefined && { platformDigest: match[1] }) }
}

/** What the store has, after pulling if `pull` says so. */
export interface StoreResult {
  readonly states: ReadonlyMap<string, readonly ImageInStore[]>
  readonly findings: readonly Finding[]
  readonly report: StoreReport
}

export async function bringImages(
  context: Context,
  { store, info }: { readonly store: Store; readonly info: StoreInfo },
  wanted: readonly Wanted[],
  options: {
    readonly pull: boolean
    readonly moveTags: boolean
    readonly dryRun: boolean
    /** Want also what a prune would leave. */
    readonly strict: boolean
  },
): Promise<StoreResult> {
  const before = await store.availability(wanted, context.signal)
  const missing = before.filter(({ state }) => options.pull && !options.dryRun && state !== 'present')
  const outcomes = missing.length === 0 ? [] : await pullImages(context, store, missing, options.moveTags)
  const after = missing.length === 0 ? before : await store.availability(wanted, context.signal)

  const states = new Map<string, ImageInStore[]>()
  const findings: Finding[] = []
  after.forEach((availability, index) => {
    const { wanted: image, platform, state, build, detail } = availability
    const was = before[index]?.state
    const now: StoreState =
      state !== 'present' || was === 'present'
        ? state
        : was === 'untagged' || was === 'tag-elsewhere'
          ? 'tagged'
          : 'pulled'
    states.set(image.key, [...(states.get(image.key) ?? []), { platform, state: now, build }])
    if (isVerified(availability, { strict: options.strict, best: info.best })) return
    // What a pull will bring is nothing to complain of.
    if (options.dryRun && options.pull && (state !== 'tag-elsewhere' || options.moveTags)) return
    const outcome = outcomes.find(one => one.wanted === before[index]?.wanted)
    const common = { image: familiarName(image.reference), key: image.key, digest: image.digest, platform }
    findings.push(
      outcome?.ok === false
        ? {
            code: 'pull-failed',
            ...common,
            cause: outcome.code,
            message: outcome.message,
            ...(outcome.hint !== undefined && { hint: outcome.hint }),
          }
        : { code: state === 'present' ? 'unknown' : state, build, ...common, ...(detail !== undefined && { detail }) },
    )
  })
  const platforms = [...new Set(after.map(({ platform }) => platform))]
  return {
    states,
    findings,
    report: { reached: true, name: info.name, host: info.host, imageStore: info.imageStore, platforms },
  }
}

async function pullImages(
  context: Context,
  store: Store,
  missing: readonly Availability[],
  moveTags: boolean,
): Promise<readonly PullOutcome[]> {
  const { progress, signal } = context
  // The others need a tag alone.
  const download = missing.filter(({ state }) => state === 'absent' || state === 'wrong-platform')
  for (const { wanted, platform } of download)
    progress.pulling(familiarName(wanted.reference), platform, wanted.key)
  try {
    const keychain = await context.keychain()
    const outcomes = await store.pull(
      missing.map(({ wanted }) => wanted),
      {
        signal,
        moveTags,
        credentials: keychain,
        onProgress: layer => progress.layer(layer),
      },
    )
    for (const { wanted, ok } of outcomes)
      if (download.some(one => one.wanted === wanted)) progress.pulled(familiarName(wanted.reference), ok)
    return outcomes
  } finally {
    progress.end()
  }
}

/** What is said of an engine that does not answer. */
export function unreached(error: DockLockError): StoreReport {
  return { reached: false, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) }
}

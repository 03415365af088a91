import type { Context } from '../../context.ts'
import { isVerified } from '../../core/availability.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { Notice, StoreNotice } from '../../core/notice.ts'
import { formatPlatform, type Platform } from '../../core/platform.ts'
import { familiarName } from '../../core/reference.ts'
import type { ImageInStore, ImageReport, StoreReport } from '../../core/report-parts.ts'
import type { Wanted } from '../../core/wanted.ts'
import type { WantedOnEngine } from '../../core/wanted-images.ts'
import type { Availability, PullOutcome } from '../../stores/store.ts'
import type { Options } from '../command.ts'
import type { Engine } from './engines.ts'
import { pullCredentials } from './pull-credentials.ts'
import { asBuilt, stateNow, tagOf } from './store-state.ts'

/** What the stores have. If `pull` is set, missing images are pulled first. */
export interface StoresResult {
  readonly states: ReadonlyMap<string, readonly ImageInStore[]>
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
  readonly reports: readonly StoreReport[]
}

export interface EnsureOptions extends Pick<Options, 'moveTags' | 'dryRun' | 'strict'> {
  readonly pull: boolean
  /** Whether a failed pull is reported even for an image that builds can do without for now. */
  readonly insist: boolean
  /** Whether a store that does not answer is a finding even if it is the only one. */
  readonly required: boolean
}

/** What an engine of this platform should have, and what no engine can have; without a platform, as far as it is known. */
export type WantedOf = (platform: Platform | undefined) => WantedOnEngine

/**
 * Checks all stores concurrently, pulls what is missing, and checks again. With several engines, one that does not answer is a finding.
 * @throws DockLockError if the only engine stops answering
 */
export async function ensureImages(
  context: Context,
  engines: readonly Engine[],
  wantedOf: WantedOf,
  options: EnsureOptions,
): Promise<StoresResult> {
  const several = engines.length > 1
  const results = await Promise.allSettled(
    engines.map(async (engine): Promise<StoresResult> => {
      if (!engine.reached) return unreached(engine.label, engine.error, wantedOf, several || options.required)
      try {
        return await ensureIn(context, engine, wantedOf(engine.info.platform), options, several)
      } catch (error) {
        if (!several || !(error instanceof DockLockError) || error.code === 'interrupted') throw error
        return unreached(engine.label, error, wantedOf, true)
      }
    }),
  ).finally(() => context.progress.end())
  const states = new Map<string, readonly ImageInStore[]>()
  const findings: Finding[] = []
  const notices: Notice[] = []
  const reports: StoreReport[] = []
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason
    for (const [key, entries] of result.value.states)
      states.set(key, [...(states.get(key) ?? []), ...entries])
    for (const finding of result.value.findings) findings.push(finding)
    for (const notice of result.value.notices) notices.push(notice)
    reports.push(...result.value.reports)
  }
  return { states, findings: distinct(findings), notices, reports }
}

/** What no store can have is reported once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const said = new Set<string>()
  return findings.filter(finding => {
    if (finding.code !== 'not-offered') return true
    const what = `${finding.key} ${finding.platform}`
    return !said.has(what) && said.add(what)
  })
}

function unreached(label: string, error: DockLockError, wantedOf: WantedOf, required: boolean): StoresResult {
  const { code: cause, message, hint } = error
  // An engine that is not there differs from a server that answers and is not an engine.
  const isFinding = required || cause !== 'unreachable'
  const said = { message, ...(hint !== undefined && { hint }) }
  return {
    states: new Map(),
    findings: [
      ...wantedOf(undefined).findings,
      ...(isFinding ? [{ code: 'unreached' as const, store: label, cause, ...said }] : []),
    ],
    notices: [],
    reports: [{ reached: false, label, ...said }],
  }
}

async function ensureIn(
  context: Context,
  engine: Engine & { readonly reached: true },
  { offered: wanted, findings: notOffered, placesOf }: WantedOnEngine,
  options: EnsureOptions,
  several: boolean,
): Promise<StoresResult> {
  const { store, info, label } = engine
  const { strict } = options
  const { maxState } = info
  const look = async () => (await store.availability(wanted, context.signal)).map(asBuilt)
  const before = await look()
  const missing = before.filter(
    one =>
      options.pull &&
      !options.dryRun &&
      one.state !== 'present' &&
      !(one.state === maxState && isVerified(one, { strict: false })),
  )
  const into = several ? label : undefined
  const outcomes =
    missing.length === 0 ? [] : await pullImages(context, engine, missing, options.moveTags, into)
  const after = missing.length === 0 ? before : await look()

  const states = new Map<string, ImageInStore[]>()
  const findings: Finding[] = [...notOffered]
  const notices: Notice[] = []
  const outcomeOf = new Map(outcomes.map(one => [one.wanted as Wanted | undefined, one]))
  after.forEach((availability, index) => {
    const { wanted: image, state, registryUse, detail, tagHolder } = availability
    const platform = formatPlatform(availability.platform)
    const verified = isVerified(availability, { strict })
    const entry = {
      store: label,
      platform,
      state: stateNow(before[index], availability, maxState),
      registryUse,
      verified,
      ...tagOf(before[index], availability),
    }
    states.set(image.key, [...(states.get(image.key) ?? []), entry])
    const outcome = outcomeOf.get(before[index]?.wanted)
    const failed = outcome?.ok === false ? outcome : undefined
    const ignoresFailure = failed === undefined || !options.insist
    if (isVerified(availability, { strict: true }) && ignoresFailure) return
    // If an image is there but the engine does not show what a build does with it, it is only reported.
    const isOpen = registryUse === 'unknown' && (state === 'untagged' || state === 'tag-elsewhere')
    const isNotice =
      (isVerified(availability, { strict: false }) && ignoresFailure) || (isOpen && failed === undefined)
    // A pull would fix this.
    const tagMoves = options.moveTags || tagHolder?.pulled === true
    if (options.dryRun && options.pull && (state !== 'tag-elsewhere' || tagMoves)) return
    const common = {
      ...(several && { store: label }),
      places: placesOf(image.key, availability.platform),
      image: familiarName(image.reference),
      key: image.key,
      digest: image.digest,
      platform,
    }
    if (failed !== undefined && !(isNotice && !strict)) {
      findings.push({
        code: 'pull-failed',
        ...common,
        cause: failed.code,
        message: failed.message,
        ...(failed.hint !== undefined && { hint: failed.hint }),
      })
      return
    }
    const said: StoreNotice = {
      code: state === 'present' ? 'registry-contacted' : state,
      registryUse,
      ...common,
      ...(detail !== undefined && { detail }),
      ...(state === 'tag-elsewhere' && tagHolder?.pulled === true && { tagMoves: true }),
    }
    if (isNotice) notices.push(said)
    else findings.push(said)
  })
  const { name, host, imageStore, note } = info
  const platforms = [...new Set(after.map(({ platform }) => formatPlatform(platform)))]
  return {
    states,
    findings,
    notices,
    reports: [
      {
        reached: true,
        label,
        name,
        host,
        imageStore,
        maxState,
        platforms,
        ...(note !== undefined && { note }),
      },
    ],
  }
}

async function pullImages(
  context: Context,
  { store, info, source }: Engine & { readonly reached: true },
  missing: readonly Availability[],
  moveTags: boolean,
  into: string | undefined,
): Promise<readonly PullOutcome[]> {
  const { progress, signal } = context
  // The others only need a tag.
  const download = missing.filter(({ state }) => state !== 'untagged' && state !== 'tag-elsewhere')
  const pullOf = ({ key, reference }: Wanted) => ({
    key,
    image: familiarName(reference),
    ...(into !== undefined && { store: into }),
  })
  for (const { wanted, platform } of download) progress.pulling(pullOf(wanted), formatPlatform(platform))
  const { credentials, explained } = pullCredentials(
    source === 'user' ? await context.keychain(info) : async () => undefined,
  )
  const outcomes = await store.pull(
    missing.map(({ wanted }) => wanted),
    {
      signal,
      moveTags,
      credentials,
      onProgress: layer => progress.layer(layer, into),
    },
  )
  for (const { wanted, ok } of outcomes)
    if (download.some(one => one.wanted === wanted)) progress.pulled(pullOf(wanted), ok)
  return explained(outcomes)
}

export function withStates(image: ImageReport, states: StoresResult['states']): ImageReport {
  const stores = states.get(image.key)
  return stores === undefined ? image : { ...image, stores }
}

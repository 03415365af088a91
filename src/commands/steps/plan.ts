import type { Context } from '../../context.ts'
import { undecidedImages } from '../../core/compare.ts'
import type { Image } from '../../core/images.ts'
import { localImages, type Origins, partUnresolved } from '../../core/local-images.ts'
import {
  frozenPlan,
  imagesWithNewDigest,
  type LockAnswers,
  type LockPlan,
  lockPlan,
  type NewDigest,
  offlineAnswers,
} from '../../core/lock-plan.ts'
import type { StoreInfo } from '../../stores/store.ts'
import type { Options } from '../command.ts'
import type { Engines } from './engines.ts'
import type { Project } from './load-project.ts'
import { originsOf } from './local.ts'
import type { ProjectRead } from './read-project.ts'
import { resolveImages } from './resolve.ts'

/** A plan, and the requests to registries that it took. */
export interface AskedPlan extends LockPlan {
  readonly requests: number
}

/** What locking asks engines. */
interface PlanEngines {
  info(): Promise<StoreInfo | undefined>
  origins(images: readonly Image[]): Promise<Origins>
}

/** Asks registries and engines about the images that the lockfile does not decide, and makes the plan. */
export async function planLock(
  context: Context,
  options: Options,
  input: ProjectRead,
  reached: Engines | undefined,
): Promise<AskedPlan> {
  const engines: PlanEngines = {
    info: async () => reached?.first(),
    origins: async images =>
      originsOf(options.noVerify ? [] : ((await reached?.all()) ?? []), images, context.signal),
  }
  const undecided = undecidedImages(input.images, input.lockfile.images)
  if (options.frozen || options.offline) {
    const local = localImages(undecided, await engines.origins(undecided))
    const plan = options.frozen
      ? frozenPlan(input, local)
      : lockPlan(input, offlineAnswers(undecided, local, input))
    return { ...plan, requests: 0 }
  }
  const adopted = imagesWithNewDigest(input.images, input.lockfile.images)
  const { requests, ...answers } = await askRegistries(context, undecided, adopted, input.project, engines)
  return { ...lockPlan(input, answers), requests }
}

async function askRegistries(
  context: Context,
  undecided: readonly Image[],
  adopted: readonly NewDigest[],
  project: Project,
  engines: PlanEngines,
): Promise<LockAnswers & { readonly requests: number }> {
  if (undecided.length === 0 && adopted.length === 0)
    return { resolutions: new Map(), findings: [], notices: [], requests: 0 }
  const { lockfile } = project
  const answer = await resolveImages(
    context,
    undecided,
    adopted,
    lockfile.images,
    project,
    await engines.info(),
  )
  const failed = undecided.filter(({ key }) => !answer.resolutions.has(key))
  const { findings, notices } = partUnresolved(failed, answer.findings, await engines.origins(failed))
  return { ...answer, findings, notices: [...answer.notices, ...notices] }
}

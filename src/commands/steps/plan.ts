import type { Context } from '../../context.ts'
import type { Image } from '../../core/images.ts'
import { localImages, type Origins, partUnresolved } from '../../core/local-images.ts'
import {
  frozenPlan,
  type LockAnswers,
  type LockInput,
  type LockPlan,
  lockPlan,
  offlineAnswers,
  undecidedImages,
} from '../../core/lock-plan.ts'
import type { Options } from '../command.ts'
import type { Project } from './load-project.ts'
import { resolveImages } from './resolve.ts'

/** A plan, and the requests to registries that it took. */
export interface AskedPlan extends LockPlan {
  readonly requests: number
}

/** The part of the engines that locking needs. */
export interface PlanEngines {
  info(): Promise<Parameters<typeof resolveImages>[4]>
  origins(images: readonly Image[]): Promise<Origins>
}

/** Asks registries and engines about the images that neither files nor lockfile decide, and makes the plan. */
export async function planLock(
  context: Context,
  options: Options,
  project: Project,
  input: LockInput,
  engines: PlanEngines,
): Promise<AskedPlan> {
  const undecided = undecidedImages(input.images, input.lockfile.images)
  if (options.frozen || options.offline) {
    const local = localImages(undecided, await engines.origins(undecided))
    const plan = options.frozen
      ? frozenPlan(input, local)
      : lockPlan(input, offlineAnswers(undecided, local, input))
    return { ...plan, requests: 0 }
  }
  const { requests, ...answers } = await askRegistries(context, undecided, project, engines)
  return { ...lockPlan(input, answers), requests }
}

async function askRegistries(
  context: Context,
  undecided: readonly Image[],
  project: Project,
  engines: PlanEngines,
): Promise<LockAnswers & { readonly requests: number }> {
  if (undecided.length === 0) return { resolutions: new Map(), findings: [], notices: [], requests: 0 }
  const answer = await resolveImages(
    context,
    undecided,
    project.lockfile.images,
    project,
    await engines.info(),
  )
  const failed = undecided.filter(({ key }) => !answer.resolutions.has(key))
  return { ...answer, ...partUnresolved(failed, answer.findings, await engines.origins(failed)) }
}

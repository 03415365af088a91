import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import type { UpdateReport } from '../core/report.ts'
import type { UpdatedImage } from '../core/update-report.ts'
import type { Options } from './command.ts'
import { lockProject } from './lock.ts'
import { applyUpdates } from './steps/apply-updates.ts'
import { chooseUpdates } from './steps/choose-updates.ts'
import { lookUpUpdates } from './steps/look-up.ts'

/**
 * `dock-lock update [IMAGE…]`: moves digests to what the tags mean now, and tags to newer ones if that is asked for. Then does what
 * `lock` does. It writes all files or none.
 */
export async function updateCommand(context: Context, options: Options): Promise<UpdateReport> {
  if (options.interactive && context.choose === undefined)
    throw new DockLockError('usage', '--interactive needs a terminal', {
      hint: 'Run it in a terminal, or name the images: dock-lock update IMAGE',
    })
  let updates: readonly UpdatedImage[] = []
  const report = await lockProject(context, options, async (project, scan, engines) => {
    const choices = { choices: options.interactive }
    const looked = await lookUpUpdates(context, options, project, scan, await engines?.first(), choices)
    const chosen = await chooseUpdates(context, options, looked.lookups)
    const pinMode = options.noPin ? 'policy' : project.config.pin
    const applied = applyUpdates(project.lockfile.images, scan, chosen, pinMode)
    updates = applied.updates
    const { findings, notices, requests } = looked
    return { scan: applied.scan, locked: applied.lockfile, findings, notices, requests }
  })
  const previous = new Map(updates.map(({ newKey, change }) => [newKey, change.digest.old]))
  return {
    ...report,
    command: 'update',
    images: report.images.map(image => {
      if (!previous.has(image.key) || image.source !== 'locked') return image
      const was = previous.get(image.key)
      return { ...image, source: 'updated', ...(was !== undefined && { previous: was }) }
    }),
    updates,
  }
}

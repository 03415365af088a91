/** Runs the pulls of one call for any store: concurrently, without duplicates, with retries, one outcome per image. */
import { DockLockError, printable } from '../core/error.ts'
import type { Wanted } from '../core/wanted.ts'
import { numberField } from '../lib/json.ts'
import { mapLimited } from '../lib/limit.ts'
import { onceFor } from '../lib/once.ts'
import { createPullRetry } from './pull-retry.ts'
import type { PullOptions, PullOutcome } from './store.ts'

const PULLED_AT_ONCE = 3

/** A pull that several images may share, such as two tags of one digest. `id` identifies the content, `registry` the source. */
export type SharedPull = (id: string, registry: string, pull: () => Promise<void>) => Promise<void>

/** Outcomes in the order of the items. A failed item does not stop the others. @throws DockLockError `interrupted` */
export function pullAll<T extends { readonly wanted: Wanted }>(
  items: readonly T[],
  options: PullOptions,
  pullImage: (item: T, shared: SharedPull) => Promise<void>,
): Promise<readonly PullOutcome[]> {
  const retry = createPullRetry(options)
  const pulls = new Map<string, Promise<void>>()
  const shared: SharedPull = (id, registry, pull) => onceFor(pulls, id, () => retry(registry, pull))
  return mapLimited(items, PULLED_AT_ONCE, async item => {
    try {
      await pullImage(item, shared)
      return { wanted: item.wanted, ok: true }
    } catch (error) {
      return failure(item.wanted, error)
    }
  })
}

/** The same failure for all of them, from before the first pull. @throws anything that is not an outcome, such as an interruption */
export function failures(wanted: readonly Wanted[], error: unknown): readonly PullOutcome[] {
  return wanted.map(one => failure(one, error))
}

function failure(wanted: Wanted, error: unknown): PullOutcome {
  if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
  const { code, message, hint } = error
  return { wanted, ok: false, code, message, ...(hint !== undefined && { hint }) }
}

/** Reports the progress of one layer. `sizes` has its `current` and `total` bytes, if known. */
export function tellLayer(
  onProgress: PullOptions['onProgress'],
  { key }: Wanted,
  { layer, status, sizes }: { readonly layer: string; readonly status: string; readonly sizes: unknown },
): void {
  const [current, total] = [numberField(sizes, 'current'), numberField(sizes, 'total')]
  onProgress?.({
    key,
    layer,
    status: printable(status),
    ...(current !== undefined && { current }),
    ...(total !== undefined && total > 0 && { total }),
  })
}

import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import type { ParsedLockfile } from '../../core/lockfile.ts'
import { distinctSelectors, type StoreSelector, storeLabels } from '../../core/selector.ts'
import { reportedBy, type SettingSource, type SourcedSelector } from '../../core/trust.ts'
import type { Store, StoreInfo } from '../../stores/store.ts'
import { meansAll, type Options } from '../command.ts'
import type { Opening } from './load-project.ts'

/** An engine that answered, or why it did not. `label` tells it from the others. */
export type Engine =
  | {
      readonly reached: true
      readonly label: string
      readonly store: Store
      readonly info: StoreInfo
      /** Who named it. An engine that the repository names gets no credentials. */
      readonly source: SettingSource
    }
  | { readonly reached: false; readonly label: string; readonly error: DockLockError }

/** The engines whose stores are checked. They are contacted in the background. */
export interface Engines {
  /** The first engine that answers, in the order given. @throws DockLockError as `all` */
  first(): Promise<StoreInfo | undefined>
  /** All of them, each once. @throws DockLockError `usage`, `config`, `interrupted` */
  all(): Promise<readonly Engine[]>
  /** Whether any engine was named, even by DOCKER_HOST. @throws DockLockError as `all` */
  named(): Promise<boolean>
  close(): Promise<void>
}

/** Contacts the engines of the options, else those of the config, else the docker CLI's default. */
export function reachEngines(
  context: Context,
  options: Options,
  { project, stores: configured }: Opening,
): Engines {
  const { stores: given, noVerify } = options
  // If all images of the lockfile will be checked, the engines may start to look them up.
  const soon = noVerify || !meansAll(options) ? undefined : project.then(({ lockfile }) => lockfile.images)
  const naming = given.length > 0 ? Promise.resolve(given.map(ofUser)) : configured()
  const asking = naming.then(begin)
  const all = asking.then(async asked => labelled(await Promise.all(asked)))
  // Callers get the error when they await this.
  for (const each of [naming, asking, all, soon]) each?.catch(() => {})

  function begin(stores: readonly SourcedSelector[]): readonly Promise<Asked>[] {
    const asked = (stores.length === 0 ? [ofUser({})] : distinctStores(stores)).map(store =>
      reach(context, store, soon),
    )
    for (const each of asked) each.catch(() => {})
    return asked
  }

  return {
    async first() {
      for (const each of await asking) {
        const engine = await each
        if (engine.info !== undefined) return engine.info
      }
      return undefined
    },
    all: () => all,
    named: async () => (await naming).length > 0 || (context.env.DOCKER_HOST ?? '').trim() !== '',
    async close() {
      const asked = await asking.catch(() => [])
      for (const each of await Promise.allSettled(asked))
        if (each.status === 'fulfilled') each.value.store?.close()
    },
  }
}

function ofUser(selector: StoreSelector): SourcedSelector {
  return { selector, source: 'user' }
}

function distinctStores(stores: readonly SourcedSelector[]): readonly SourcedSelector[] {
  const selectors = distinctSelectors(stores.map(({ selector }) => selector))
  return stores.filter(({ selector }) => selectors.includes(selector))
}

interface Asked extends SourcedSelector {
  readonly store?: Store
  readonly info?: StoreInfo
  readonly error?: DockLockError
}

async function reach(
  context: Context,
  named: SourcedSelector,
  soon: Promise<ParsedLockfile> | undefined,
): Promise<Asked> {
  // An invalid lockfile is reported by the code that reads it.
  const locked = soon?.catch(() => undefined)
  let store: Store | undefined
  try {
    const opened = await context.store(named.selector, named.source, named.place)
    store = opened
    locked?.then(lockfile => {
      if (lockfile !== undefined)
        opened.prefetch?.(
          [...lockfile.values()].map(({ reference }) => reference),
          context.signal,
        )
    })
    return { ...named, store, info: reportedBy(named.source, await store.info(context.signal)) }
  } catch (error) {
    store?.close()
    // A wrong setting is not an unreachable engine.
    if (!(error instanceof DockLockError) || ['interrupted', 'usage', 'config'].includes(error.code))
      throw error
    return { ...named, error }
  }
}

/** An engine may have several names. Its store is checked once. */
function labelled(asked: readonly Asked[]): readonly Engine[] {
  const distinct = asked.filter(
    ({ info }, index) =>
      info === undefined ||
      asked.findIndex(one => one.info?.host === info.host && one.info.imageStore === info.imageStore) ===
        index,
  )
  const labels = storeLabels(
    distinct.map(({ selector, info }) => ({ selector, host: info?.host ?? selector.host ?? 'default' })),
  )
  return distinct.map(({ store, info, source, error }, index): Engine => {
    const label = labels[index] ?? ''
    return store !== undefined && info !== undefined
      ? { reached: true, label, store, info, source }
      : { reached: false, label, error: error ?? new DockLockError('unreachable', 'no engine answered') }
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Ran, Started } from '../../support/spawn.ts'

/** Waits until something has come of a run that goes on; an error when it has ended before. */
export async function untilOf(run: Started, condition: () => boolean): Promise<void> {
  let early: Ran | undefined
  run.ended.then(
    ran => {
      early = ran
    },
    () => {},
  )
  while (!condition()) {
    if (early !== undefined) throw new Error(`it ended too soon:\n${early.stdout}${early.stderr}`)
    await sleep(20)
  }
}

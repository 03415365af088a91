import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { Built } from './client.ts'
import type { Engine } from './engines.ts'
import type { Gate } from './gate.ts'

/**
 * What a build does, as a `registryUse`. The daemon is restarted before, for it remembers which repositories it has lately reached. `found`:
 * whether the build got past looking up the image.
 */
export async function outlookOf(
  engine: Engine,
  gate: Gate,
  build: () => Promise<Built>,
  found: (built: Built) => boolean,
): Promise<string> {
  await engine.restart()
  gate.clear()
  await gate.setMode('hang')
  const building = build()
  if (!(await isAsked(gate, building))) {
    const built = await building
    assert.ok(found(built), built.output)
    return 'none'
  }
  // Its request, and the build with it, ends with the daemon.
  await engine.restart()
  await building
  await gate.setMode('refuse')
  return found(await build()) ? 'optional' : 'required'
}

/** Whether the registry is asked anything before the build ends. */
async function isAsked(gate: Gate, building: Promise<unknown>): Promise<boolean> {
  let ended = false
  building.finally(() => {
    ended = true
  })
  while (!ended && gate.requests().length === 0) await sleep(20)
  return gate.requests().length > 0
}

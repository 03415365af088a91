import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { Built } from './client.ts'
import type { Gate } from './gate.ts'

/**
 * What a build does, as a `registryUse`: it starts with a registry that never answers, and loses even that once it has asked. The daemon
 * must be fresh, for it remembers which repositories it has lately reached. `found`: whether the build got past looking up the image.
 */
export async function outlookOf(
  gate: Gate,
  build: () => Promise<Built>,
  found: (built: Built) => boolean,
): Promise<string> {
  gate.clear()
  await gate.setMode('hang')
  const building = build()
  const asked = await isAsked(gate, building)
  if (asked) await gate.setMode('refuse')
  const built = await building
  assert.not.ok(built.timedOut, built.output)
  if (asked) return found(built) ? 'optional' : 'required'
  assert.ok(found(built), built.output)
  return 'none'
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

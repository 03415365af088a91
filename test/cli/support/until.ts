import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until it holds, or fails after `seconds`. */
export async function until(holds: () => boolean, what: string, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`)
    await sleep(5)
  }
}

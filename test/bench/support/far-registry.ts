/** A registry some way off, in a process of its own: it must not share the event loop of whoever asks it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startRegistry } from '../../support/registry/index.ts'

export interface FarRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** What it saw since the last time it was asked. */
  seen(): Promise<{ readonly requests: number; readonly connections: number }>
  stop(): void
}

/** Holds the images `team/image-0:1` and so on. Each answer comes `latencyMs` after its request; connections stand at once. */
export async function startFarRegistry(images: number, latencyMs: number): Promise<FarRegistry> {
  const child = fork(fileURLToPath(import.meta.url), ['serve', String(images), String(latencyMs)])
  const [host] = (await once(child, 'message')) as [string]
  return {
    host,
    async seen() {
      child.send('seen?')
      const [seen] = await once(child, 'message')
      return seen as { requests: number; connections: number }
    },
    stop: () => void child.kill(),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === 'serve') {
  const registry = await startRegistry({ latencyMs: Number(process.argv[4]) })
  for (let number = 0; number < Number(process.argv[3]); number++)
    registry.addImage(`team/image-${number}`, '1')
  let before = 0
  process.on('message', () => {
    process.send?.({ requests: registry.requests.length, connections: registry.connections - before })
    registry.clear()
    before = registry.connections
  })
  process.on('disconnect', () => process.exit())
  process.send?.(registry.host)
}

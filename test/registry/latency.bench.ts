/**
 * Wall time of resolving many images, cold, on one registry some way off, beside the time that bare round trips would take:
 *
 *     node --import tsx test/registry/latency.bench.ts [images=100] [milliseconds=50] [none|basic|bearer] [concurrency]
 *
 * The registry runs in a process of its own. Its latency comes before each answer; connections on loopback stand at once.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseReference, type Reference } from '../../src/core/reference.ts'
import { createResolver } from '../../src/registry/client.ts'
import { startRegistry } from '../support/registry/index.ts'

const [images = '100', latency = '50', kind = 'none', concurrency] = process.argv.slice(2)

if (process.send === undefined) await measure()
else await serve()

async function serve(): Promise<void> {
  const registry = await startRegistry({
    latencyMs: Number(latency),
    auth: { kind: kind as 'none' | 'basic' | 'bearer' },
    answerAnything: true,
  })
  for (let number = 0; number < Number(images); number++) registry.addImage(`team/image-${number}`, '1')
  process.send!(registry.host)
  await once(process, 'message')
  process.send!({ requests: registry.requests.length, connections: registry.connections })
  await registry.close()
  process.disconnect()
}

async function measure(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), process.argv.slice(2))
  const [host] = (await once(server, 'message')) as [string]
  const references = Array.from({ length: Number(images) }, (_, number): Reference => {
    const parsed = parseReference(`${host}/team/image-${number}:1`)
    if (!parsed.ok) throw new Error(parsed.problem.message)
    return parsed.reference
  })
  const start = performance.now()
  const { user, system } = process.cpuUsage()
  const resolver = createResolver({
    env: { DOCKER_CONFIG: '/nonexistent', HOME: '/nonexistent' },
    signal: new AbortController().signal,
    ...(concurrency !== undefined && { concurrency: Number(concurrency) }),
  })
  await Promise.all(references.map(reference => resolver.resolve(reference, () => false)))
  const wall = performance.now() - start
  const cpu = process.cpuUsage({ user, system })
  await resolver.close()
  server.send('end')
  const [seen] = await once(server, 'message')
  const trips = wall / Number(latency)
  console.log(
    `${images} images, ${latency} ms, ${kind}: ${wall.toFixed(0)} ms (${trips.toFixed(1)} round trips), ` +
      `${((cpu.user + cpu.system) / 1000).toFixed(0)} ms CPU; ${JSON.stringify(seen)}`,
  )
}

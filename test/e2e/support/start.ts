/**
 * Starts a registry with some images and all engines for a developer, says how to reach them, and stays until Ctrl-C:
 * `node --import tsx test/e2e/support/start.ts`, as root on Debian 12.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { engineKinds, startEngine } from './engines.ts'
import { type Gate, type GateMode, startGate } from './gate.ts'
import { seedImages } from './images.ts'
import { mirrorOf, podmanKinds, startPodman } from './podman.ts'
import { startRegistry } from './registry.ts'
import { setUp } from './setup.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)

await setUp(say)
const registry = await startRegistry()
const gate = await startGate({
  upstream: registry.port,
  port: Number(process.env.DOCK_LOCK_E2E_PORT ?? 0),
})
const images = await seedImages(registry, [
  'library/alpine:3.23',
  'library/alpine:latest',
  'library/busybox:1.37',
  'library/node:24-alpine',
])
say(`registry  http://${gate.address}, holding`)
for (const [reference, { digest }] of Object.entries(images)) say(`  ${reference}@${digest}`)
const control = await startControl(gate)
say(`network   curl -X PUT http://${control}/pass     or /refuse, /hang, /pass?latency=700 (ms)`)
say(`          curl http://${control}/requests        what was asked; -X DELETE forgets it`)
const engines = await Promise.all(
  engineKinds.map(kind => startEngine(kind, { registryMirrors: [`http://${gate.address}`] })),
)
for (const { id, version, store, env } of engines) {
  say(`\n# ${id}: Docker ${version}, ${store} store`)
  say(`export DOCKER_HOST=${env.DOCKER_HOST} DOCKER_CONFIG=${env.DOCKER_CONFIG} DOCKER_BUILDKIT=1`)
  say(`export PATH=${env.PATH?.split(':')[0]}:$PATH`)
}
const podmans = await Promise.all(
  podmanKinds.map(kind => startPodman(kind, { registries: mirrorOf(gate.address) })),
)
for (const { id, version, host } of podmans) {
  say(
    `\n# ${id}: Podman ${version}, its service; a podman command of your own takes CONTAINER_HOST and --remote`,
  )
  say(`export DOCKER_HOST=${host} CONTAINER_HOST=${host}`)
}
say("\nDocker's builds need --network=none. Ctrl-C stops all of it and removes its files.")

/** Answers with the address at which the gate can be switched from another terminal. */
async function startControl(gate: Gate): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost')
    const name = url.pathname.slice(1)
    if (name === 'requests') {
      outgoing.end(`${JSON.stringify(gate.requests(), undefined, 2)}\n`)
      if (incoming.method === 'DELETE') gate.clear()
    } else if (incoming.method === 'PUT' && isMode(name)) {
      await gate.setMode(name, Number(url.searchParams.get('latency') ?? 0))
      outgoing.end(`${name}\n`)
    } else {
      outgoing.writeHead(404).end(`mode is ${gate.mode()}\n`)
    }
  })
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function isMode(text: string): text is GateMode {
  return text === 'pass' || text === 'refuse' || text === 'hang'
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Engine, engineKinds, enginesAvailable, startEngine } from './support/engines.ts'
import { type Gate, startGate } from './support/gate.ts'
import { seedImages } from './support/images.ts'
import { type Registry, startRegistry } from './support/registry.ts'

interface Bench {
  context: string
  registry: Registry
  gate: Gate
  digest: string
  engines: readonly Engine[]
}

const engines = suite<Bench>('engines')

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
engines('they start', async bench => {
  const available = enginesAvailable()
  if (!available.ok) throw new Error(available.reason)
  bench.context = mkdtempSync(join(tmpdir(), 'dock-lock-engines-'))
  bench.registry = await startRegistry()
  bench.gate = await startGate({ upstream: bench.registry.socket })
  bench.digest = (await seedImages(bench.registry, ['library/alpine:3.23']))['library/alpine:3.23'].digest
  const options = { registryMirrors: [`http://${bench.gate.address}`] }
  bench.engines = await Promise.all(engineKinds.map(kind => startEngine(kind, options)))
})

engines.after(async bench => {
  await Promise.all([...(bench.engines ?? []), bench.gate, bench.registry].map(each => each?.stop()))
  if (bench.context !== undefined) rmSync(bench.context, { recursive: true })
})

const reset = async ({ gate }: Bench, engine: Engine) => {
  await gate.setMode('pass')
  gate.clear()
  await engine.pruneAll()
}

for (const [index, kind] of engineKinds.entries()) {
  const engineOf = ({ engines }: Bench) => {
    const engine = engines?.[index]
    assert.ok(engine, 'no engine: see the first test')
    return engine!
  }

  const build = (bench: Bench, from: string) => {
    writeFileSync(join(bench.context, 'Dockerfile'), `FROM ${from}\nRUN ["/bin/sh", "-c", "cat /image"]\n`)
    return engineOf(bench).build({ context: bench.context, timeoutMs: 30_000 })
  }

  engines(`${kind}: a base image known by its tag needs the registry for each build`, async bench => {
    const engine = engineOf(bench)
    await reset(bench, engine)
    const online = await build(bench, 'alpine:3.23')
    assert.is(online.code, 0, online.output)
    assert.match(online.output, 'library/alpine:3.23 revision 0')
    assert.ok(bench.gate.requests().length > 0, 'the image came through the gate')

    await engine.pruneBuildCache()
    await engine.restart()
    await bench.gate.setMode('refuse')
    const offline = await build(bench, 'alpine:3.23')
    assert.is.not(offline.code, 0, 'a build by tag passed without a registry: the problem is gone')
    assert.match(offline.output, 'connection refused')
  })

  engines(`${kind}: a pulled and tagged digest needs no registry`, async bench => {
    const engine = engineOf(bench)
    const pinned = `alpine@${bench.digest}`
    await reset(bench, engine)
    const pulled = await engine.docker(['pull', pinned], { timeoutMs: 30_000 })
    assert.is(pulled.code, 0, pulled.output)
    await engine.docker(['tag', pinned, 'alpine:3.23'])

    await engine.pruneBuildCache()
    await engine.restart()
    await bench.gate.setMode(engine.outage)
    bench.gate.clear()
    const offline = await build(bench, `alpine:3.23@${bench.digest}`)
    assert.is(offline.code, 0, offline.output)
    assert.equal(bench.gate.requests(), [])
  })
}

engines.run()

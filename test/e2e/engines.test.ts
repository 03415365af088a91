import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Engine, engineKinds, enginesAvailable, startEngine } from './support/engines.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

interface Bench extends Seeded<'library/alpine:3.23'> {
  engines: readonly Engine[]
}

const engines = suite<Bench>('engines')

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
engines('they start', async bench => {
  const available = enginesAvailable()
  if (!available.ok) throw new Error(available.reason)
  Object.assign(bench, await startSeeded(['library/alpine:3.23']))
  bench.engines = await Promise.all(
    engineKinds.map(kind => bench.use(startEngine(kind, bench.engineOptions))),
  )
})

engines.after(bench => bench.stop?.())

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
    writeFileSync(join(bench.directory, 'Dockerfile'), `FROM ${from}\nRUN ["/bin/sh", "-c", "cat /image"]\n`)
    return engineOf(bench).build({ context: bench.directory, timeoutMs: 30_000 })
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
    const pinned = `alpine@${bench.images['library/alpine:3.23'].digest}`
    await reset(bench, engine)
    const pulled = await engine.docker(['pull', pinned], { timeoutMs: 30_000 })
    assert.is(pulled.code, 0, pulled.output)
    await engine.docker(['tag', pinned, 'alpine:3.23'])

    await engine.pruneBuildCache()
    await engine.restart()
    await bench.gate.setMode(engine.outage)
    bench.gate.clear()
    const offline = await build(bench, `alpine:3.23@${bench.images['library/alpine:3.23'].digest}`)
    assert.is(offline.code, 0, offline.output)
    assert.equal(bench.gate.requests(), [])
  })
}

engines.run()

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VerifyReport } from '../../src/index.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import { type Engine, enginesAvailable, startEngine } from './support/engines.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

interface Bench extends Seeded {
  old: Engine
  graphdriver: Engine
  containerd: Engine
}

const several = suite<Bench>('several engines')
const NAMES = ['alpine:3.23', 'busybox:1.37'] as const

const run = ({ directory }: Bench, command: string, more: readonly string[] = []) =>
  runProgram(process.execPath, [CLI, command, ...more], {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', HOME: directory, NO_COLOR: '1' },
  })
const reportOf = async (bench: Bench, command: string): Promise<VerifyReport> =>
  JSON.parse((await run(bench, command, ['--json'])).stdout) as VerifyReport
/** Per image: its state in each store that answered, in order. */
const statesOf = ({ images }: VerifyReport) =>
  images.map(({ stores = [] }) => stores.map(({ state }) => state))
/** In one order: the engine sorts by the images' time, and some share it. */
const idsOf = async (engine: Engine) =>
  (await engine.docker(['image', 'ls', '-aq', '--no-trunc'])).output.split('\n').sort()

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
several('three start, and all that is locked is brought to all three', async bench => {
  const available = enginesAvailable()
  if (!available.ok) throw new Error(available.reason)
  Object.assign(bench, await startSeeded(['library/alpine:3.23', 'library/busybox:1.37']))
  ;[bench.old, bench.graphdriver, bench.containerd] = await Promise.all([
    bench.use(startEngine('docker-20.10', bench.engineOptions)),
    bench.use(startEngine('docker-28-graphdriver', bench.engineOptions)),
    bench.use(startEngine('docker-28-containerd', bench.engineOptions)),
  ])
  writeFileSync(join(bench.directory, 'Dockerfile'), NAMES.map(name => `FROM ${name}\n`).join(''))
  const hosts = [bench.old, bench.graphdriver, bench.containerd].map(({ host }) => `  - host: ${host}\n`)
  writeFileSync(join(bench.directory, '.dock-lock.yaml'), `stores:\n${hosts.join('')}`)
  const { code, stdout, stderr } = await run(bench, 'lock')
  assert.is(code, 0, stdout + stderr)
  const { exitCode, stores } = await reportOf(bench, 'verify')
  assert.is(exitCode, 0)
  assert.equal(
    stores.map(store => store.reached && store.host),
    [bench.old, bench.graphdriver, bench.containerd].map(({ host }) => host),
  )
})

several.after(bench => bench.stop?.())

several('what one lacks is told of that one, and a pull brings it there alone', async bench => {
  const removed = await bench.graphdriver.docker(['image', 'rm', 'busybox:1.37'])
  assert.is(removed.code, 0, removed.output)
  await bench.graphdriver.docker(['image', 'prune', '-f'])
  const before = await reportOf(bench, 'verify')
  assert.is(before.exitCode, 1)
  assert.equal(statesOf(before), [
    ['present', 'present', 'present'],
    ['present', 'absent', 'present'],
  ])
  const [finding, ...others] = before.findings
  assert.equal(others, [])
  assert.is(finding?.code === 'absent' && finding.store, before.stores[1]?.label)

  const [kept, keptToo] = [await idsOf(bench.old), await idsOf(bench.containerd)]
  const pulled = await run(bench, 'pull')
  assert.is(pulled.code, 0, pulled.stdout + pulled.stderr)
  assert.match(pulled.stderr, `into ${before.stores[1]?.label}`)
  assert.equal([await idsOf(bench.old), await idsOf(bench.containerd)], [kept, keptToo])
  assert.is((await run(bench, 'verify')).code, 0)
})

several(
  'one that is down, and one that lacks an image: both are told, and the third is verified',
  async bench => {
    await bench.containerd.docker(['image', 'rm', 'alpine:3.23'])
    await bench.old.kill()
    const { code, stdout } = await run(bench, 'verify')
    assert.is(code, 3, stdout)
    assert.match(stdout, / {2}unreached {2}/)
    assert.match(stdout, /(absent|cache-only) {2}alpine:3\.23/)
    assert.match(stdout, /1 of 3 engines verified; 2 findings/)
    const report = await reportOf(bench, 'pull')
    assert.is(report.exitCode, 3)
    assert.equal(
      report.stores.map(({ reached }) => reached),
      [false, true, true],
    )
    assert.equal(statesOf(report), [
      ['present', 'pulled'],
      ['present', 'present'],
    ])
    await bench.old.restart()
    assert.is((await run(bench, 'verify')).code, 0)
  },
)

several('one is killed while it pulls: the other gets all of it', async bench => {
  for (const engine of [bench.graphdriver, bench.containerd]) await engine.pruneAll()
  await bench.gate.setMode('hang')
  bench.gate.clear()
  const running = reportOf(bench, 'pull')
  // Both have asked the registry, and wait.
  for (let tries = 0; tries < 200 && bench.gate.requests().length < 2; tries++)
    await new Promise(resolve => setTimeout(resolve, 50))
  assert.ok(bench.gate.requests().length >= 2)
  await bench.containerd.kill()
  await bench.gate.setMode('pass')
  const report = await running
  assert.is(report.exitCode, 3)
  assert.equal(
    report.stores.map(({ reached }) => reached),
    [true, true, false],
  )
  assert.is(report.findings.at(-1)?.code, 'unreached')
  await bench.containerd.restart()
  const again = await run(bench, 'pull')
  assert.is(again.code, 0, again.stdout + again.stderr)
  assert.is((await run(bench, 'verify')).code, 0)
})

several.run()

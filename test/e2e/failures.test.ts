/** What happens to a run when its engine fails: an error that says what, the right exit code, and nothing green. */
import { chmodSync, chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, runCli } from '../support/cli.ts'
import { makeImage } from '../support/registry/images.ts'
import { type Ran, runProgram, type Started, startProgram } from '../support/spawn.ts'
import { type Engine, engineKinds, startEngine } from './support/engines.ts'
import { pushImage } from './support/images.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'
import { untilOf } from './support/until.ts'

const MIB = 1024 * 1024
/** The size of the image that takes long, or does not fit. */
const BIG = 64 * MIB

interface Bench extends Seeded {
  engines: readonly Engine[]
}

const failures = suite<Bench>('failures')

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
failures('engines and registry start', async bench => {
  Object.assign(bench, await startSeeded(['library/alpine:3.23']))
  const files = { image: 'big\n', bytes: Buffer.alloc(BIG, 'dock-lock') }
  await pushImage(bench.registry, makeImage('library/big', '1', { files, platforms: ['linux/amd64'] }))
  bench.engines = await Promise.all(
    engineKinds.map(kind => bench.use(startEngine(kind, bench.engineOptions))),
  )
})

failures.after(bench => bench.stop?.())

/** A lockfile of these images; the engine has none of them. */
async function lockOf(bench: Bench, engine: Engine, images: readonly string[]): Promise<void> {
  const { directory: project, gate } = bench
  await gate.setMode('pass')
  writeFileSync(join(project, 'Dockerfile'), images.map(image => `FROM ${image}\n`).join(''))
  rmSync(join(project, 'docker-images.lock'), { force: true })
  const locked = await dockLock(bench, engine, 'lock', '--no-pull', '--no-verify')
  assert.is(locked.code, 0, told(locked))
}

function start({ directory }: Bench, engine: Engine, args: readonly string[], timeoutMs = 60_000): Started {
  const env = { ...process.env, ...engine.env, FORCE_COLOR: undefined }
  return startProgram(process.execPath, [CLI, ...args], { cwd: directory, env, timeoutMs })
}

function dockLock(bench: Bench, engine: Engine, ...args: string[]): Promise<Ran> {
  return start(bench, engine, args).ended
}

const asksBlob = ({ gate }: Bench) => gate.requests().some(({ url }) => /\/library\/big\/blobs\//.test(url))

for (const [index, kind] of engineKinds.entries()) {
  const engineOf = ({ engines }: Bench): Engine => {
    const engine = engines?.[index]
    assert.ok(engine, 'no engine: see the first test')
    return engine!
  }

  failures(`${kind}: killed in mid-pull: exit code 3, and the next run repairs it`, async bench => {
    const engine = engineOf(bench)
    await lockOf(bench, engine, ['big:1', 'alpine:3.23'])
    await bench.gate.setMode('stall')
    bench.gate.clear()
    const pulling = start(bench, engine, ['pull'])
    await untilOf(pulling, () => asksBlob(bench))
    await sleep(500)
    await engine.kill()
    const ran = await pulling.ended
    assert.is(ran.code, 3, told(ran))
    assert.match(told(ran), /broke off|no engine at|nothing listens/)
    noTrace(ran)

    await bench.gate.setMode('pass')
    await engine.restart()
    assert.match(told(await dockLock(bench, engine, 'verify')), /absent +big:1/)
    const repaired = await dockLock(bench, engine, 'pull')
    assert.is(repaired.code, 0, told(repaired))
    const verified = await dockLock(bench, engine, 'verify')
    assert.is(verified.code, 0, told(verified))
  })

  failures(
    `${kind}: killed by Ctrl-C in mid-pull: the run ends, and the engine pulls no more`,
    async bench => {
      const engine = engineOf(bench)
      await engine.pruneAll()
      await lockOf(bench, engine, ['big:1'])
      await bench.gate.setMode('stall')
      bench.gate.clear()
      const pulling = start(bench, engine, ['pull'])
      await untilOf(pulling, () => asksBlob(bench))
      pulling.child.kill('SIGINT')
      const ran = await pulling.ended
      assert.is(ran.code, 130, told(ran))
      await bench.gate.setMode('pass')
      assert.is((await dockLock(bench, engine, 'verify')).code, 1)
    },
  )

  failures(`${kind}: a registry that is down for a moment is tried again`, async bench => {
    const engine = engineOf(bench)
    await engine.pruneAll()
    await lockOf(bench, engine, ['alpine:3.23'])
    await bench.gate.setMode('refuse')
    // The engine itself gives up at once.
    const query = new URLSearchParams({ fromImage: 'docker.io/library/alpine', tag: '3.23' })
    const refused = await engine.api({ method: 'POST', path: `/images/create?${query}` })
    assert.match(refused.text, 'connection refused')
    const pulling = start(bench, engine, ['pull'])
    await sleep(1500)
    await bench.gate.setMode('pass')
    const ran = await pulling.ended
    assert.is(ran.code, 0, told(ran))
  })

  failures(`${kind}: two runs that pull at once do not hinder each other`, async bench => {
    const engine = engineOf(bench)
    await engine.pruneAll()
    await lockOf(bench, engine, ['big:1', 'alpine:3.23'])
    const both = await Promise.all([dockLock(bench, engine, 'pull'), dockLock(bench, engine, 'pull')])
    for (const ran of both) assert.is(ran.code, 0, told(ran))
    assert.is((await dockLock(bench, engine, 'verify')).code, 0)
  })

  failures(`${kind}: an engine that is slow is waited for, one that hangs is not`, async bench => {
    const engine = engineOf(bench)
    await engine.pruneAll()
    await lockOf(bench, engine, ['alpine:3.23'])
    assert.is((await dockLock(bench, engine, 'pull')).code, 0)
    engine.signal('SIGSTOP')
    try {
      const waiting = start(bench, engine, ['verify'])
      await sleep(3000)
      engine.signal('SIGCONT')
      const ran = await waiting.ended
      assert.is(ran.code, 0, told(ran))

      engine.signal('SIGSTOP')
      const interrupted = start(bench, engine, ['verify'])
      // Time to start, also on a busy machine: before that, the signal ends it without an exit code.
      await sleep(3000)
      interrupted.child.kill('SIGINT')
      assert.is((await interrupted.ended).code, 130)

      const hanging = await dockLock(bench, engine, 'verify')
      assert.is(hanging.code, 3, told(hanging))
      assert.match(hanging.stderr, /does not answer \(GET \/_ping: no answer in 10 s\)/)
      noTrace(hanging)
    } finally {
      engine.signal('SIGCONT')
    }
  })

  failures(`${kind}: a disk that is full is named, and nothing is claimed`, async bench => {
    const registryMirrors = [`http://${bench.gate.address}`]
    const engine = await startEngine(kind, { registryMirrors, disk: '48m' })
    try {
      const direct = `${bench.gate.address}/library/big:1`
      await lockOf(bench, engine, ['big:1', direct])
      const ran = await dockLock(bench, engine, 'pull')
      assert.match(told(ran), /127\.0\.0\.1.*no space left on device/)
      assert.is(ran.code, 3, told(ran))
      // A graphdriver engine tells of the last endpoint that it tried, which is docker.io and not the mirror.
      const containerd = engine.store === 'containerd'
      assert.match(
        told(ran),
        containerd ? /big:1.*no space left on device/ : /big:1.*failed after it had started/,
      )
      assert.match(told(ran), containerd ? /docker system df/ : /engine's log.*full disk/)
      noTrace(ran)
      const verified = await dockLock(bench, engine, 'verify')
      assert.is(verified.code, 1, told(verified))
      assert.match(told(verified), /absent +big:1/)
    } finally {
      await engine.stop()
    }
  })
}

failures('a socket that one may not use is named with the group that owns it', async bench => {
  const engine = bench.engines[0]!
  const group = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .find(([, , gid]) => Number(gid) > 0)!
  chownSync(engine.socket, 0, Number(group[2]))
  chmodSync(engine.socket, 0o660)
  chmodSync(dirname(engine.socket), 0o755)
  chmodSync(bench.directory, 0o755)
  await lockOf(bench, engine, ['alpine:3.23'])
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, CLI, 'verify']
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', DOCKER_HOST: engine.host }
  const ran = await runProgram('setpriv', nobody, { cwd: bench.directory, env })
  assert.is(ran.code, 3, told(ran))
  assert.match(
    ran.stderr,
    `no permission to use the engine's socket ${engine.host}: it belongs to root:${group[0]}`,
  )
  assert.match(ran.stderr, `usermod -aG ${group[0]}`)
  noTrace(ran)
})

failures('lock writes what it can when there is no engine any more', async bench => {
  const engine = bench.engines[0]!
  await lockOf(bench, engine, ['alpine:3.23'])
  await engine.kill()
  const ran = await runCli([], { cwd: bench.directory, env: { ...process.env, ...engine.env } })
  assert.is(ran.code, 3, told(ran))
  assert.match(told(ran), /not verified|nothing was verified/)
  const verified = await dockLock(bench, engine, 'verify')
  assert.is(verified.code, 3, told(verified))
  assert.match(verified.stderr, 'no engine at unix://')
})

function told({ stdout, stderr }: Ran): string {
  return `${stdout}${stderr}`
}

function noTrace(ran: Ran): void {
  assert.not.match(told(ran), /^\s+at |\.cjs:\d|\.ts:\d|node:internal/m)
}

failures.run()

/** Pinned without rewriting: an ARG in the middle of a reference, built under the policy that dock-lock makes. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { type Engine, type EngineKind, startEngine } from './support/engines.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const DOCKERFILE = `ARG V=22
FROM node:\${V}-alpine
RUN ["/bin/sh", "-c", "cat /image"]
`
const kinds = ['docker-28-graphdriver', 'docker-28-containerd'] as const

interface Bench extends Seeded {
  engines: readonly Engine[]
  old: Engine
}

const policy = suite<Bench>('policy')

policy('engines and registry start', async bench => {
  Object.assign(bench, await startSeeded(['library/node:22-alpine', 'library/node:24-alpine']))
  const start = (kind: EngineKind) => bench.use(startEngine(kind, bench.engineOptions))
  bench.engines = await Promise.all(kinds.map(start))
  bench.old = await start('docker-20.10')
})

policy.after(bench => bench.stop?.())

for (const [index, kind] of kinds.entries()) {
  policy(
    `${kind}: every locked value of an ARG builds with a registry that hangs; without the policy it is asked`,
    async ({ gate, engines }) => {
      const engine = engines?.[index] as Engine
      assert.ok(engine, 'no engine: see the first test')
      const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-policy-'))
      const dockLock = (...args: string[]) =>
        runCli(args, { cwd: project, env: { ...process.env, ...engine.env }, timeoutMs: 60_000 })
      const build = (v: string) => [
        'docker',
        'build',
        '--network=none',
        '--progress=plain',
        '--build-arg',
        `V=${v}`,
        '.',
      ]
      try {
        await gate.setMode('pass')
        writeFileSync(join(project, 'Dockerfile'), DOCKERFILE)
        writeFileSync(join(project, '.dock-lock.yaml'), 'pin: policy\nbuildArgs:\n  V: [22, 24]\n')
        const locked = await dockLock()
        assert.is(locked.code, 0, locked.stdout + locked.stderr)
        assert.is(readFileSync(join(project, 'Dockerfile'), 'utf8'), DOCKERFILE, 'the file was touched')
        const checked = await dockLock('check')
        assert.is(checked.code, 0, checked.stdout + checked.stderr)

        for (const value of ['22', '24']) {
          await engine.pruneBuildCache()
          await engine.restart()
          await gate.setMode('hang')
          gate.clear()
          const built = await dockLock('run', '--', ...build(value))
          assert.is(built.code, 0, built.stdout + built.stderr)
          assert.match(built.stderr + built.stdout, `node:${value}-alpine`)
          assert.equal(gate.requests(), [], 'a registry was asked under the policy')
        }

        await engine.docker(['rmi', '--force', 'node:22-alpine'])
        await engine.pruneBuildCache()
        await engine.restart()
        await gate.setMode('pass')
        gate.clear()
        await engine.build({ context: project, timeoutMs: 60_000 })
        assert.ok(gate.requests().length > 0, 'the same build asks the registry without the policy')
      } finally {
        await gate.setMode('pass')
        rmSync(project, { recursive: true, force: true })
      }
    },
  )
}

policy(
  'the exit code of the build is that of run; a command that there is not is said',
  async ({ engines }) => {
    const engine = engines[0] as Engine
    const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-policy-'))
    const dockLock = (...args: string[]) =>
      runCli(args, { cwd: project, env: { ...process.env, ...engine.env } })
    try {
      writeFileSync(join(project, 'docker-images.lock'), 'lockfileVersion: 1\nimages: {}\n')
      assert.is(
        (await dockLock('run', '--', 'sh', '-c', 'test -s "$EXPERIMENTAL_BUILDKIT_SOURCE_POLICY" && exit 42'))
          .code,
        42,
      )
      assert.is((await dockLock('run', '--', 'sh', '-c', 'kill -TERM $$')).code, 128 + 15)
      const missing = await dockLock('run', '--', 'no-such-program')
      assert.is(missing.code, 2)
      assert.match(missing.stderr, 'no-such-program cannot be run')
    } finally {
      rmSync(project, { recursive: true, force: true })
    }
  },
)

policy('an engine too old to honour a policy is refused', async ({ old }) => {
  assert.ok(old, 'no engine: see the first test')
  const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-policy-'))
  try {
    writeFileSync(join(project, 'docker-images.lock'), 'lockfileVersion: 1\nimages: {}\n')
    const refused = await runCli(['run', '--', 'docker', 'build', '.'], {
      cwd: project,
      env: { ...process.env, ...old.env },
    })
    assert.is(refused.code, 1, refused.stdout + refused.stderr)
    assert.match(refused.stderr, /source polic(?:y|ies)/)
    assert.is(refused.stdout, '')
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
})

policy.run()

/** The main job on real engines and the real distribution registry: the README's walk, and the promise behind it. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import { type Engine, engineKinds, startEngine } from './support/engines.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const DOCKERFILE = `# The images of this file are found in five places.
FROM node:24-alpine AS build
RUN ["/bin/sh", "-c", "cat /image > /tmp/built"]

FROM --platform=$BUILDPLATFORM alpine:3.23
COPY --from=build /tmp/built /built
COPY --from=busybox:1.37 /image /busybox
RUN --mount=type=bind,from=debian:13,target=/debian ["/bin/sh", "-c", "cat /debian/image"]
`
const references = [
  'library/node:24-alpine',
  'library/alpine:3.23',
  'library/busybox:1.37',
  'library/debian:13',
] as const
const names = ['node:24-alpine', 'alpine:3.23', 'busybox:1.37', 'debian:13']

interface Bench extends Seeded<(typeof references)[number]> {
  engines: readonly Engine[]
}

const walk = suite<Bench>('walk')

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
walk('engines and registry start', async bench => {
  Object.assign(bench, await startSeeded(references))
  bench.engines = await Promise.all(
    engineKinds.map(kind => bench.use(startEngine(kind, bench.engineOptions))),
  )
})

walk.after(bench => bench.stop?.())

for (const [index, kind] of engineKinds.entries()) {
  walk(`${kind}: lock, build without a registry, lose an image, pull it again`, async bench => {
    const { gate, images } = bench
    const engine = bench.engines?.[index] as Engine
    assert.ok(engine, 'no engine: see the first test')
    const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-walk-'))
    const dockLock = (...args: string[]) =>
      runCli(args, { cwd: project, env: { ...process.env, ...engine.env } })
    const build = () => engine.build({ context: project, timeoutMs: 60_000 })
    const withoutMemory = async () => {
      await engine.pruneBuildCache()
      await engine.restart()
      gate.clear()
    }
    const dockerfile = () => readFileSync(join(project, 'Dockerfile'), 'utf8')
    try {
      writeFileSync(join(project, 'Dockerfile'), DOCKERFILE)
      await gate.setMode('pass')
      await engine.pruneAll()

      // (a) What the report says: a build that has just worked fails without the registry.
      const online = await build()
      assert.is(online.code, 0, online.output)
      await withoutMemory()
      await gate.setMode('refuse')
      const refused = await build()
      assert.is.not(refused.code, 0, 'a build by tag passed without a registry')

      // (b) Locked, it needs none.
      await gate.setMode('pass')
      await engine.pruneAll()
      const first = await dockLock()
      assert.is(first.code, 0, first.stdout + first.stderr)
      for (const name of names)
        assert.match(
          first.stdout,
          new RegExp(`resolved +${name.replace('.', '\\.')} +sha256:[0-9a-f]{12} +pulled`),
          first.stdout,
        )
      assert.match(first.stdout, 'wrote docker-images.lock (4 images, 4 new)')
      const digest = (reference: keyof typeof images) => images[reference].digest
      assert.is(
        dockerfile(),
        DOCKERFILE.replace('node:24-alpine', `$&@${digest('library/node:24-alpine')}`)
          .replace('alpine:3.23', `$&@${digest('library/alpine:3.23')}`)
          .replace('busybox:1.37', `$&@${digest('library/busybox:1.37')}`)
          .replace('debian:13', `$&@${digest('library/debian:13')}`),
      )
      const lockfile = readFileSync(join(project, 'docker-images.lock'), 'utf8')

      await engine.restart()
      gate.clear()
      const second = await dockLock()
      assert.is(second.code, 0, second.stdout + second.stderr)
      assert.is(second.stdout.trim().split('\n').length, 1, second.stdout)
      assert.match(second.stdout, 'nothing changed, no registry requests')
      assert.equal(gate.requests(), [], 'the second run asked a registry')
      assert.is(readFileSync(join(project, 'docker-images.lock'), 'utf8'), lockfile)

      for (const mode of ['refuse', 'hang'] as const) {
        await withoutMemory()
        await gate.setMode(mode)
        const built = await build()
        assert.is(built.code, 0, `${mode}: ${built.output}`)
        assert.equal(gate.requests(), [], `${mode}: the build asked a registry`)
      }

      // (c) Verify sees what is missing; pull brings it back.
      const lost = await engine.docker([
        'rmi',
        '--force',
        'busybox:1.37',
        `busybox@${digest('library/busybox:1.37')}`,
      ])
      assert.is(lost.code, 0, lost.output)
      const verified = await dockLock('verify')
      if (engine.store === 'containerd' && verified.code === 0) {
        // The builds before still hold its content: a build finds it, after a request to the registry.
        assert.match(verified.stdout, /^! locked {2}busybox:1\.37 .* cache only$/m)
        assert.match(verified.stdout, /builds from 1 send the registry a request first/)
        assert.is((await dockLock('verify', '--strict')).code, 1)
      } else {
        assert.is(verified.code, 1, verified.stdout + verified.stderr)
        assert.match(verified.stdout, 'absent  busybox:1.37 is not in the local store')
      }
      await gate.setMode('pass')
      const pulled = await dockLock('pull')
      assert.is(pulled.code, 0, pulled.stdout + pulled.stderr)
      await gate.setMode('hang')
      gate.clear()
      const again = await dockLock('verify')
      assert.is(again.code, 0, again.stdout + again.stderr)
      await withoutMemory()
      const rebuilt = await build()
      assert.is(rebuilt.code, 0, rebuilt.output)
      assert.equal(gate.requests(), [])

      const back = await dockLock('unpin')
      assert.is(back.code, 0, back.stdout + back.stderr)
      assert.is(dockerfile(), DOCKERFILE)
    } finally {
      rmSync(project, { recursive: true, force: true })
    }
  })
}

walk('git shows only the digests', async bench => {
  const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-walk-'))
  const engine = bench.engines[0] as Engine
  try {
    await bench.gate.setMode('pass')
    writeFileSync(join(project, 'Dockerfile'), DOCKERFILE)
    const git = (...args: string[]) => runProgram('git', args, { cwd: project })
    await git('init', '--quiet')
    await git('add', '.')
    const { code, stdout, stderr } = await runCli([], {
      cwd: project,
      env: { ...process.env, ...engine.env },
    })
    assert.is(code, 0, stdout + stderr)
    const { stdout: words } = await git(
      'diff',
      '--word-diff=porcelain',
      '--word-diff-regex=@sha256:[0-9a-f]+|[^@ ,]+',
      'Dockerfile',
    )
    const changed = words.split('\n').filter(line => /^[-+](?![-+])/.test(line))
    assert.is(changed.length, 4, words)
    for (const line of changed) assert.match(line, /^\+@sha256:[0-9a-f]{64}$/)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
})

walk.run()

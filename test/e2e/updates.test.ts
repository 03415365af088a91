/** Updates with the real docker-registry and Docker 28: what moves, and that builds then need no registry. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { OutdatedReport, UpdateReport } from '../../src/core/report.ts'
import { CLI, runCli } from '../support/cli.ts'
import { type Engine, startEngine } from './support/engines.ts'
import { seedImages } from './support/images.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const updates = suite('updates')
const IMAGES = ['library/web:1.1', 'library/web:1.2', 'library/web:2.0', 'library/base:3'] as const
type Name = (typeof IMAGES)[number]

interface Bench {
  readonly seeded: Seeded<Name>
  readonly engine: Engine
  readonly folder: string
  run(...args: readonly string[]): ReturnType<typeof runCli>
}

/** A project that is locked and pulled. */
async function withBench(
  dockerfile: string | ((address: string) => string),
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const seeded = await startSeeded(IMAGES, { created: '2024-01-01T00:00:00Z' })
  try {
    const engine = await seeded.use(startEngine('docker-28-containerd', seeded.engineOptions))
    const folder = join(seeded.directory, 'project')
    mkdirSync(folder)
    const text = typeof dockerfile === 'string' ? dockerfile : dockerfile(seeded.gate.address)
    writeFileSync(join(folder, 'Dockerfile'), text)
    const run = (...args: readonly string[]) =>
      runCli(args, { cwd: folder, env: { ...process.env, ...engine.env } })
    const locked = await run()
    assert.is(locked.code, 0, locked.stdout + locked.stderr)
    await use({ seeded, engine, folder, run })
  } finally {
    await seeded.stop()
  }
}

/** A build with a registry that never answers. */
async function buildsAlone({ engine, seeded, folder }: Bench): Promise<void> {
  await engine.restart()
  seeded.gate.clear()
  await seeded.gate.setMode('hang')
  const built = await engine.build({ context: folder, timeoutMs: 60_000 })
  assert.is(built.code, 0, built.output)
  assert.equal(seeded.gate.requests(), [])
  await seeded.gate.setMode('pass')
}

const DOCKERFILE = 'ARG V=1.1\nFROM web:${V}\nCOPY --from=base:3 /image /other\n'

updates('a digest moves, then a tag; after each, a build needs no registry', () =>
  withBench(DOCKERFILE, async bench => {
    const { seeded, folder, run } = bench
    const moved = (await seedImages(seeded.registry, ['library/base:3'], { revision: 1 }))['library/base:3']
    const outdated = await run('outdated', '--json')
    assert.is(outdated.code, 1, outdated.stdout + outdated.stderr)
    const report = JSON.parse(outdated.stdout) as OutdatedReport
    assert.equal(
      report.outdated.map(({ image, level, sameTag, latest }) => [
        image,
        level,
        sameTag?.digest,
        latest?.tag,
      ]),
      [
        ['base:3', 'rebuild', moved.digest, undefined],
        ['web:1.1', 'major', undefined, '2.0'],
      ],
    )
    assert.is(report.outdated[0]?.locked.date?.source, 'publisher')

    const updated = await run('update')
    assert.is(updated.code, 0, updated.stdout + updated.stderr)
    assert.match(updated.stdout, /builds need no registry/)
    assert.match(readFileSync(join(folder, 'Dockerfile'), 'utf8'), `base:3@${moved.digest}`)
    await buildsAlone(bench)

    const raised = await run('update', '--semver', 'minor', '--json')
    assert.is(raised.code, 0, raised.stdout + raised.stderr)
    const { digest } = seeded.images['library/web:1.2']
    const [update] = (JSON.parse(raised.stdout) as UpdateReport).updates
    assert.equal([update?.image, update?.tag.new, update?.change.digest.new], ['web:1.1', '1.2', digest])
    assert.match(readFileSync(join(folder, 'Dockerfile'), 'utf8'), `ARG V=1.2@${digest}\nFROM web:\${V}\n`)
    await buildsAlone(bench)
    assert.is((await run('check')).code, 0)
    const again = await run('update', '--semver', 'minor', '--json')
    assert.equal((JSON.parse(again.stdout) as UpdateReport).updates, [])
  }),
)

const gone = (address: string) =>
  `FROM ${address}/library/web:1.1\nCOPY --from=${address}/library/base:3 /image /other\n`

updates('a tag that is gone is reported, and the others are updated; younger images wait', () =>
  withBench(gone, async ({ seeded, folder, run }) => {
    const now = new Date(Date.now() - 3_600_000).toISOString()
    const moved = (await seedImages(seeded.registry, ['library/base:3'], { revision: 1, created: now }))[
      'library/base:3'
    ]
    const repository = join(seeded.registry.storage, 'docker/registry/v2/repositories/library/web')
    rmSync(join(repository, '_manifests/tags/1.1'), { recursive: true })
    const held = await run('update', '--min-age', '7d')
    assert.is(held.code, 1, held.stdout + held.stderr)
    assert.match(held.stdout, /unresolvable {2}\S+\/web:1\.1/)
    assert.match(
      held.stdout,
      /held-back {2}\S+\/base:3 → .*younger than 7 days: \S+ \(built, says the publisher\)/,
    )
    const others = await run('update', '--no-pull', '--no-verify')
    assert.is(others.code, 1)
    assert.match(readFileSync(join(folder, 'Dockerfile'), 'utf8'), `base:3@${moved.digest}`)
    const left = await run('update', '--semver', 'minor')
    assert.is(left.code, 0, left.stdout + left.stderr)
    assert.match(readFileSync(join(folder, 'Dockerfile'), 'utf8'), '/library/web:1.2@sha256:')
  }),
)

updates('5,000 tags: one list, the right tag, and a digest that is gone', () =>
  withBench(
    address => `FROM ${address}/library/web:1.1\n`,
    async bench => {
      const { seeded, folder, run } = bench
      const image = `${seeded.gate.address}/library/web`
      const repository = join(seeded.registry.storage, 'docker/registry/v2/repositories/library/web')
      const { digest } = seeded.images['library/web:1.2']
      for (let number = 0; number < 5000; number++) {
        // Older versions and another variant.
        const tag = number % 2 === 0 ? `0.${number}` : `9.${number}-slim`
        mkdirSync(join(repository, '_manifests/tags', tag, 'current'), { recursive: true })
        writeFileSync(join(repository, '_manifests/tags', tag, 'current/link'), digest)
      }
      const outdated = await run('outdated', '--semver', 'minor', '--json')
      assert.is(outdated.code, 1, outdated.stdout + outdated.stderr)
      const [found] = (JSON.parse(outdated.stdout) as OutdatedReport).outdated
      assert.equal([found?.image, found?.wanted?.tag, found?.latest?.tag], [`${image}:1.1`, '1.2', '2.0'])
      const lists = seeded.registry.requests().filter(line => line.includes('/tags/list'))
      // This registry (distribution 2.8) has no pages: it ignores `n` and sends all tags at once.
      assert.equal(lists, ['GET /v2/library/web/tags/list?n=1000 200'])

      const updated = await run('update', '--semver', 'minor')
      assert.is(updated.code, 0, updated.stdout + updated.stderr)
      assert.match(readFileSync(join(folder, 'Dockerfile'), 'utf8'), `FROM ${image}:1.2@${digest}\n`)
      await buildsAlone(bench)

      assert.is((await run('check', '--registry')).code, 0)
      const hash = digest.replace('sha256:', 'sha256/')
      rmSync(join(repository, '_manifests/revisions', hash), { recursive: true })
      const gone = await run('check', '--registry')
      assert.is(gone.code, 1, gone.stdout + gone.stderr)
      assert.match(gone.stdout, /^Dockerfile:1:6 {2}gone {2}\S+\/library\/web:1\.2 /m)
    },
  ),
)

updates('--interactive on a terminal: space selects, enter confirms, Ctrl-C leaves everything as it is', () =>
  withBench('FROM web:1.1\n', async ({ engine, folder, run }) => {
    const before = readFileSync(join(folder, 'Dockerfile'), 'utf8')
    const cancelled = await onTerminal(folder, engine, ['\u0003'])
    assert.is(cancelled.code, 130, cancelled.output)
    assert.is(readFileSync(join(folder, 'Dockerfile'), 'utf8'), before)
    // Down from the title of the first group to its only image.
    const chosen = await onTerminal(folder, engine, ['\u001b[B', ' ', '\r'])
    assert.is(chosen.code, 0, chosen.output)
    assert.match(chosen.output, /minor.*web:1\.1 → 1\.2/s)
    assert.match(readFileSync(join(folder, 'Dockerfile'), 'utf8'), /^FROM web:1\.2@sha256:/)
    assert.is((await run('check')).code, 0)
  }),
)

/** `dock-lock update -i` on a terminal of its own; the keys are pressed once the list is there. */
function onTerminal(
  cwd: string,
  engine: Engine,
  keys: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const command = `stty cols 100 rows 40; exec '${process.execPath}' '${CLI}' update --interactive --no-verify`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { ...process.env, ...engine.env, TERM: 'xterm', CI: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  let left = [...keys]
  return new Promise((done, fail) => {
    const timer = setTimeout(() => child.kill(), 60_000)
    child.on('error', fail)
    child.on('close', code => {
      clearTimeout(timer)
      done({ code, output })
    })
    child.stdout.on('data', chunk => {
      output += String(chunk)
      // One key at a time: the list is drawn again after each.
      const [key] = left
      if (key === undefined || !output.includes('web:1.1 → 2.0')) return
      left = left.slice(1)
      child.stdin.write(key)
    })
  })
}

updates.run()

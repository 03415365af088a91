/** The shell steps of action.yml on real engines. The runner's cache is a folder here. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runStep, stepsOf } from '../github/steps.ts'
import { CLI, runCli } from '../support/cli.ts'
import { startEngine } from './support/engines.ts'
import { startSeeded } from './support/seeded.ts'

const test = suite('action')
const steps = stepsOf('action.yml')
const IDS = ['engine', 'load', 'pull', 'save']

for (const kind of ['docker-28-containerd', 'docker-28-graphdriver', 'docker-20.10'] as const) {
  test(`${kind}: images come back from the cache`, async () => {
    const platforms = ['linux/amd64', 'linux/arm64']
    const seeded = await startSeeded(['library/alpine:3.23', 'o/n:1'], { platforms })
    try {
      const { gate } = seeded
      const engine = await seeded.use(startEngine(kind, seeded.engineOptions))
      const cwd = join(seeded.directory, 'project')
      const folder = join(seeded.directory, 'runner')
      const cache = join(folder, 'temp/dock-lock-images')
      const env = { ...process.env, ...engine.env }
      await runStep({ run: `mkdir -p '${cwd}'` }, { cwd: seeded.directory, folder, env, values: {} })
      writeFileSync(join(cwd, 'Dockerfile'), `FROM alpine:3.23\nCOPY --from=${gate.address}/o/n:1 / /\n`)
      const locked = await runCli(['--no-verify'], { cwd, env })
      assert.is(locked.code, 0, locked.stderr)

      const runner = {
        cwd,
        folder,
        env,
        values: {
          'runner.temp': join(folder, 'temp'),
          'inputs.command': `${process.execPath} ${CLI}`,
        },
      }
      const job = async () => {
        const isHit = existsSync(cache)
        const keys: string[] = []
        for (const id of IDS) {
          if (id === (isHit ? 'save' : 'load')) continue
          const ran = await runStep(
            steps.find(step => step.id === id),
            runner,
          )
          assert.is(ran.code, 0, `${id}: ${ran.stdout}${ran.stderr}`)
          if (ran.outputs.key !== undefined) keys.push(ran.outputs.key)
        }
        return keys.join()
      }
      const key = await job()
      assert.match(key, /^dock-lock-Linux-X64-\w+-[0-9a-f]{64}$/)
      assert.ok(existsSync(join(cache, 'images.tar')))

      await engine.pruneAll()
      gate.clear()
      // With the containerd store, the archive has all that a build needs.
      if (engine.store === 'containerd') await gate.setMode('refuse')
      assert.is(await job(), key)
      const requests = gate.requests().map(({ url }) => url)
      assert.equal(
        requests.filter(url => url.includes('/blobs/')),
        [],
      )
      // The other store forgets digests: dock-lock asks for them, not for layers.
      if (engine.store === 'graphdriver') assert.ok(requests.some(url => url.includes('/manifests/')))
      await gate.setMode('refuse')
      const verified = await runCli(['verify'], { cwd, env })
      assert.is(verified.code, 0, verified.stdout + verified.stderr)
      const built = await engine.docker(['build', '--quiet', '--network=none', cwd])
      assert.is(built.code, 0, built.output)
      rmSync(cache, { recursive: true })
    } finally {
      await seeded.stop()
    }
  })
}

test.run()

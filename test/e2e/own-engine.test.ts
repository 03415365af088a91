/**
 * The main job on whatever engine answers, with images of the test's own from a registry on loopback: nothing that belongs to
 * the engine's owner is touched. Where engines can be started, one of those is taken.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { startRegistry } from '../support/registry/index.ts'
import { runProgram } from '../support/spawn.ts'
import { enginesAvailable, startEngine } from './support/engines.ts'
import { ownEngine } from './support/own-engine.ts'

const own = suite('own engine')

own('lock, pull, verify, lose and pull again', async () => {
  const started = enginesAvailable().ok ? await startEngine('docker-28-containerd') : undefined
  const env = { ...process.env, ...started?.env }
  const registry = await startRegistry()
  const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-own-'))
  const image = `${registry.host}/dock-lock-test/base:1`
  const docker = (...args: string[]) => runProgram('docker', args, { cwd: project, env })
  try {
    assert.ok(started !== undefined || (await ownEngine()) !== undefined, 'no engine answers')
    registry.addImage('dock-lock-test/base', '1', {})
    writeFileSync(join(project, 'Dockerfile'), `FROM ${image}\n`)
    const locked = await runCli([], { cwd: project, env })
    assert.is(locked.code, 0, locked.stdout + locked.stderr)
    assert.match(locked.stdout, /resolved .* pulled/)
    await registry.down()
    assert.is((await runCli(['verify'], { cwd: project, env })).code, 0)
    assert.is((await docker('rmi', '--force', image)).code, 0)
    assert.is((await runCli(['verify'], { cwd: project, env })).code, 1)
    await registry.up()
    const pulled = await runCli(['pull'], { cwd: project, env })
    assert.is(pulled.code, 0, pulled.stdout + pulled.stderr)
  } finally {
    await docker('rmi', '--force', image)
    await registry.close()
    await started?.stop()
    rmSync(project, { recursive: true })
  }
})

own.run()

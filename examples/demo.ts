/**
 * `npm run demo`: the main job on examples/npm-prebuild, with a registry of its own on loopback, so that it needs no account and
 * no network. The images are made on the spot: tiny, but of the shape that registries serve.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRegistry } from '../test/support/registry/index.ts'
import { spawnAsync } from '../test/support/spawn.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const cli = join(here, '../dist/cli.cjs')

const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-demo-'))
const registry = await startRegistry()
try {
  registry.addImage('library/node', '24-alpine', {})
  registry.addImage('library/alpine', '3.23', {})
  cpSync(join(here, 'npm-prebuild'), project, { recursive: true })
  const dockerfile = readFileSync(join(project, 'Dockerfile'), 'utf8')
  const tagged = dockerfile
    .replace(/@sha256:[0-9a-f]{64}/g, '')
    .replace(/^FROM /gm, `FROM ${registry.host}/library/`)
  writeFileSync(join(project, 'Dockerfile'), tagged)
  rmSync(join(project, 'docker-images.lock'), { force: true })
  await quietly('git', 'init', '--quiet')
  await quietly('git', 'add', '.')
  await quietly(
    'git',
    '-c',
    'user.name=demo',
    '-c',
    'user.email=demo@localhost',
    'commit',
    '--quiet',
    '--message',
    'Start',
  )

  title(`A registry on ${registry.host}, and a project whose Dockerfile names its images by tag`)
  process.stdout.write(tagged)

  title('dock-lock')
  const first = await run(process.execPath, cli)
  title('git diff')
  await run('git', '--no-pager', 'diff', '--', 'Dockerfile')
  title('cat docker-images.lock')
  process.stdout.write(readFileSync(join(project, 'docker-images.lock'), 'utf8'))

  title('dock-lock, again')
  registry.clear()
  await run(process.execPath, cli)
  console.log(`(requests that the registry saw: ${registry.requests.length})`)

  title('the registry is gone: docker build')
  await registry.down()
  const verified = spawnSync(process.execPath, [cli, 'verify', '--json'], { cwd: project, encoding: 'utf8' })
  if (verified.status === 3) {
    console.log('SKIPPED: no Docker engine answers here, so nothing was pulled, verified or built.')
    console.log('Start one, or name it with DOCKER_HOST, and run this again to see the build.')
  } else if (verified.status !== 0) {
    console.log(
      'SKIPPED: the engine that answers cannot reach this registry on loopback (it runs on another machine).',
    )
  } else {
    const build = await run('docker', 'build', '--network=none', '.')
    if (build === 'missing')
      console.log('SKIPPED: an engine answers, but the docker command is not installed.')
    else console.log(build === 0 ? 'Built, with the registry gone.' : 'The build failed: that should not be.')
    process.exitCode = build === 0 || build === 'missing' ? 0 : 1
  }
  if (first !== 0 && first !== 3) process.exitCode = 1
} finally {
  await registry.close()
  rmSync(project, { recursive: true, force: true })
}

function title(text: string): void {
  const bold = process.stdout.isTTY ? (line: string) => `\u001b[1m${line}\u001b[0m` : (line: string) => line
  console.log(`\n${bold(`── ${text}`)}`)
}

/** Runs in the project, shown as it is; the registry of this process goes on answering meanwhile. */
function run(command: string, ...args: string[]): Promise<number | 'missing'> {
  return spawnAsync(command, args, { cwd: project, env: { ...process.env, DOCKER_BUILDKIT: '1' } })
}

async function quietly(command: string, ...args: string[]): Promise<void> {
  const status = await run(command, ...args)
  if (status !== 0) throw new Error(`${command} ${args[0]} failed (${status})`)
}

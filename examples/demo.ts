/**
 * `npm run demo`: the main job on examples/npm-prebuild, with a registry of its own on loopback, so that it needs no account and
 * no network. The images are made on the spot: tiny, but of the shape that registries serve. Leaves nothing behind, in the engine
 * neither.
 */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { CLI, runCli } from '../test/support/cli.ts'
import { startRegistry } from '../test/support/registry/index.ts'
import { runProgram, spawnAsync } from '../test/support/spawn.ts'

const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-demo-'))
const options = { cwd: project, env: { ...process.env, DOCKER_BUILDKIT: '1' } }
const registry = await startRegistry()
const built = `dock-lock-demo:${registry.port}`
const images = (
  [
    ['library/node', '24-alpine'],
    ['library/alpine', '3.23'],
  ] as const
).map(([repository, tag]) => {
  const { digest } = registry.addImage(repository, tag, {})
  return [registry.reference(repository, tag), `${registry.host}/${repository}@${digest}`]
})
try {
  cpSync(fileURLToPath(new URL('npm-prebuild', import.meta.url)), project, { recursive: true })
  rmSync(join(project, 'docker-images.lock'))
  const dockerfile = join(project, 'Dockerfile')
  const byTag = readFileSync(dockerfile, 'utf8')
    .replaceAll(/@sha256:[0-9a-f]{64}/g, '')
    .replaceAll(/^FROM /gm, `FROM ${registry.host}/library/`)
  writeFileSync(dockerfile, byTag)
  await quietly('git', 'init', '--quiet')
  await quietly('git', 'add', '.')

  title(1, 'The Dockerfile names its images by tag, on a registry made for this demo')
  await show('cat', 'Dockerfile')

  title(2, 'dock-lock resolves the tags, pins the file, and pulls the images')
  const first = await dockLock()
  const requests = registry.requests.length

  title(3, 'The Dockerfile: nothing but the digests was added')
  await show('git', '--no-pager', 'diff', '--unified=0', 'Dockerfile')

  title(4, 'The lockfile: what each tag meant (the first of the two)')
  await show('head', '-10', 'docker-images.lock')

  title(5, 'A second run has nothing to do')
  registry.clear()
  const second = await dockLock()
  console.log(
    `\nThe registry saw ${requests} requests in the first run (pulls included), and ${registry.requests.length} in this one.`,
  )

  title(6, 'The registry is stopped; the build starts all the same')
  await registry.down()
  const verified = await runCli(['verify'], options)
  if (verified.code === 3) {
    skipped('No Docker engine answers here, so nothing was pulled, verified or built.')
    console.log('Start one, or name it with DOCKER_HOST, and run this again to see the build.')
  } else if (verified.code !== 0) {
    skipped('The engine that answers cannot reach this registry on loopback: it may run on another machine.')
  } else {
    const started = performance.now()
    const code = await show('docker', 'build', '--quiet', '--network=none', '--tag', built, '.')
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    if (code === 'missing') skipped('An engine answers, but there is no docker command to build with.')
    else if (code === 0) console.log(paint('green', `\nBuilt in ${seconds} s, with the registry stopped.`))
    else console.log(paint('red', '\nThe build failed: that should not be.'))
    if (code !== 0 && code !== 'missing') process.exitCode = 1
  }
  // 3: an engine that is not there, or cannot reach this registry, which the last step has told.
  if ([first, second].some(code => code !== 0 && code !== 3)) process.exitCode = 1
} finally {
  await registry.close()
  await runProgram('docker', ['rmi', '--force', built, ...images.flat()], options).catch(() => {})
  rmSync(project, { recursive: true, force: true })
}

function title(step: number, text: string): void {
  console.log(`\n${paint('bold', `── ${step}. ${text}`)}`)
}

function skipped(why: string): void {
  console.log(paint('yellow', `SKIPPED: ${why}`))
}

function paint(style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text
}

/** Shows a command and what it prints; the registry of this process goes on answering meanwhile. */
function show(command: string, ...args: string[]): Promise<number | 'missing'> {
  console.log(paint('dim', `$ ${[command, ...args].join(' ')}`))
  return spawnAsync(command, args, options)
}

function dockLock(): Promise<number | 'missing'> {
  console.log(paint('dim', '$ dock-lock'))
  return spawnAsync(process.execPath, [CLI], options)
}

async function quietly(command: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runProgram(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`)
}

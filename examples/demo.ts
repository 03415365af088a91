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
import { unifiedDiff } from '../src/core/diff.ts'
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

  title(1, 'The Dockerfile names its images by tag, on a registry made for this demo')
  console.log(byTag.trimEnd())

  title(2, 'dock-lock resolves the tags, pins the file, and pulls the images')
  const first = await dockLock()
  const requests = registry.requests.length

  title(3, 'The Dockerfile: nothing but the digests was added')
  const pinned = readFileSync(dockerfile, 'utf8')
  console.log(unifiedDiff('Dockerfile', byTag, pinned).trimEnd())

  title(4, 'The lockfile: what each tag meant (the first of the two)')
  const lockfile = readFileSync(join(project, 'docker-images.lock'), 'utf8')
  console.log(lockfile.split('\n').slice(0, 10).join('\n'))

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
    explain('No Docker engine answers here. Start one, or set DOCKER_HOST, to see the build.', byTag, pinned)
  } else if (verified.code !== 0) {
    const why = 'The engine cannot reach this registry on loopback. It may run on another machine.'
    explain(why, byTag, pinned)
  } else {
    const started = performance.now()
    const build = await dockerBuild()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    if (build.lacks !== undefined) explain(`The engine has both images, but ${build.lacks}.`, byTag, pinned)
    else if (build.code === 0)
      console.log(paint('green', `\nBuilt in ${seconds} s, with the registry stopped.`))
    else {
      console.log(paint('red', '\nThe build failed: that should not be.'))
      process.exitCode = 1
    }
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

/** What a build asks the registry, where none can be shown. */
function explain(why: string, before: string, now: string): void {
  console.log(`${paint('yellow', `NOT BUILT: ${why}`)}

Before, each build asked the registry what the tags mean, and failed without it:
${lookups(before)
  .map(request => paint('dim', `  ${request}`))
  .join('\n')}
Now it asks for ${lookups(now).length === 0 ? 'none' : lookups(now).join(', ')}: each FROM has a digest, and dock-lock pulls both images into the engine.`)
}

/** The requests by which BuildKit resolves the tags of base images. */
function lookups(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^FROM ([^/\s]+)\/([^\s:@]+):([^\s:@]+)(?=\s|$)/gm)].map(
    ([, host, repository, tag]) => `HEAD http://${host}/v2/${repository}/manifests/${tag}`,
  )
}

/** `lacks`: why docker cannot build at all. */
async function dockerBuild(): Promise<{ readonly code: number | null; readonly lacks?: string }> {
  const args = ['build', '--quiet', '--network=none', '--tag', built, '.']
  console.log(paint('dim', `$ docker ${args.join(' ')}`))
  try {
    const { code, stdout, stderr } = await runProgram('docker', args, { ...options, timeoutMs: 300_000 })
    process.stdout.write(stdout)
    process.stderr.write(stderr)
    return { code, ...(/buildx component is missing/.test(stderr) && { lacks: 'docker has no buildx' }) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { code: null, lacks: 'there is no docker command' }
  }
}

function paint(style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(style, text) : text
}

function dockLock(): Promise<number | 'missing'> {
  console.log(paint('dim', '$ dock-lock'))
  return spawnAsync(process.execPath, [CLI], options)
}

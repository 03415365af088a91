/**
 * Makes this machine ready to run real engines: `node --import tsx test/e2e/support/setup.ts`, as root on Debian 12.
 *
 * Docker 20.10, Podman 4, the registry and the tools come from the machine's own suite; Docker 28 and Podman 5 live in a directory tree
 * made by debootstrap from a later one, whose apt has docker compose, too. Each supported Node comes from npm. Nothing of it is started
 * as a service. A finished set-up is reused.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { debianMirror } from './apt.ts'
import { composeProgram } from './compose.ts'
import { run, runOrThrow } from './exec.ts'
import { e2eDirectory, hostProblem, recipe, treeDirectory, treeRecipe } from './machine.ts'
import { nodeProgram, nodeVersions } from './nodes.ts'
import { atProcessEnd } from './scratch.ts'

const packages = [
  'docker.io',
  'docker-registry',
  'skopeo',
  'debootstrap',
  'busybox-static',
  'iptables',
  'pre-commit',
  'openssl',
  'openssh-client',
  'openssh-server',
  'tinyproxy',
  'podman',
  'crun',
  'netavark',
  'bash',
  'zsh',
  'fish',
  'groff',
  'man-db',
]

export async function setUp(say: (line: string) => void): Promise<void> {
  const problem = hostProblem()
  if (problem !== undefined) throw new Error(problem)
  await installPackages(say)
  await makeTree(say)
  await addPodman(say)
  // Here, and not in the first test that needs them: those run side by side.
  say('looking for docker compose and for each supported Node')
  await composeProgram()
  for (const version of nodeVersions) await nodeProgram(version)
}

async function installPackages(say: (line: string) => void): Promise<void> {
  const asked = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages])
  const installed = asked.stdout.split('\n')
  const missing = packages.filter(name => !installed.includes(`${name} installed`))
  if (missing.length === 0) return
  say(`installing ${missing.join(' ')}`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await withoutServices(async () => {
    await runOrThrow('apt-get', ['update', '-qq'], { env: environment })
    const install = ['install', '-y', '-qq', '--no-install-recommends', ...missing]
    await runOrThrow('apt-get', install, { env: environment })
  })
}

/** Packages ask policy-rc.d whether they may start their service: 101 is no (invoke-rc.d(8)). */
async function withoutServices(action: () => Promise<void>): Promise<void> {
  const path = '/usr/sbin/policy-rc.d'
  const before = existsSync(path) ? readFileSync(path) : undefined
  const restore = () => (before === undefined ? rmSync(path) : writeFileSync(path, before))
  const cancel = atProcessEnd(restore)
  writeFileSync(path, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await action()
  } finally {
    cancel()
    restore()
  }
}

async function makeTree(say: (line: string) => void): Promise<void> {
  const tree = treeDirectory()
  if (treeRecipe() === recipe) return
  await mkdir(e2eDirectory(), { recursive: true })
  const release = await readFile('/etc/os-release', 'utf8')
  const codename = /^VERSION_CODENAME="?(\w+)/m.exec(release)?.[1] ?? 'bookworm'
  const mirror = await debianMirror(codename)
  const failures: string[] = []
  for (const suite of ['forky', 'trixie']) {
    const partial = `${tree}.partial`
    await rm(partial, { recursive: true, force: true })
    say(`making ${tree} from Debian ${suite} (about a minute)`)
    const failure = await debootstrap(suite, partial, mirror, say)
    if (failure === undefined) {
      await writeFile(`${partial}/.dock-lock-e2e`, recipe)
      await rm(tree, { recursive: true, force: true })
      // The tree gets its name only when it is whole: an interrupted set-up is never mistaken for a finished one.
      await rename(partial, tree)
      const made = await run(`${tree}/usr/sbin/dockerd`, ['--version'])
      say(`made: ${made.output.trim()}`)
      return
    }
    await rm(partial, { recursive: true, force: true })
    say(`nothing came of ${suite}: ${failure.slice(-500)}`)
    failures.push(`${suite}: ${failure}`)
  }
  throw new Error(`no directory tree for Docker 28 could be made\n${failures.join('\n')}`)
}

/** Not in debootstrap's own list, where it breaks the configuration of the others. */
async function addPodman(say: (line: string) => void): Promise<void> {
  const tree = treeDirectory()
  if (existsSync(`${tree}/usr/bin/podman`)) return
  say(`installing podman in ${tree}`)
  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'podman', 'crun']
  await runOrThrow('unshare', ['--mount', '--propagation', 'private', 'chroot', tree, ...install], {
    env: await treeEnvironment(),
  })
}

/** The tree's own apt knows nothing of the proxy that this machine's may need. */
async function treeEnvironment(): Promise<NodeJS.ProcessEnv> {
  const proxy = (await run('apt-config', ['dump', '--format', '%v', 'Acquire::http::Proxy'])).stdout
  return {
    ...(proxy === '' ? {} : { http_proxy: proxy }),
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
  }
}

/** Answers with what went wrong, or undefined. */
async function debootstrap(
  suite: string,
  directory: string,
  mirror: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  const env = await treeEnvironment()
  // What it mounts lives in a namespace that ends with it: an interrupted one leaves nothing mounted.
  const inside = (...command: string[]) =>
    run('unshare', ['--mount', '--propagation', 'private', ...command], { env })
  const made = await inside(
    'debootstrap',
    '--variant=minbase',
    '--include=ca-certificates,iptables,docker.io,docker-buildx,docker-cli',
    suite,
    directory,
    mirror,
    // Debian 12 knows no script for the suites after its own; they are all links to this one.
    '/usr/share/debootstrap/scripts/sid',
  )
  if (made.code !== 0) return made.output.slice(-2000)
  const apt = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends']
  const crane = await inside('chroot', directory, ...apt, 'crane')
  if (crane.code !== 0) say(`no crane for the benchmarks: ${crane.output.slice(-500)}`)
  return existsSync(`${directory}/usr/sbin/dockerd`) ? undefined : 'debootstrap left no dockerd'
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setUp(line => process.stderr.write(`${line}\n`))
}

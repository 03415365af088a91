/**
 * Makes this machine ready to run real engines: `node --import tsx test/e2e/support/setup.ts`, as root on Debian 12.
 *
 * Docker 20.10, the registry and the tools come from the machine's own suite; Docker 28 lives in a directory tree
 * made by debootstrap from a later one. Nothing of it is started as a service. A finished set-up is reused.
 */
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { debianMirror } from './apt.ts'
import { run, runOrThrow } from './exec.ts'
import { e2eDirectory, hostProblem, recipe, treeDirectory, treeRecipe } from './machine.ts'

const packages = {
  dockerd: 'docker.io',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  debootstrap: 'debootstrap',
  '/bin/busybox': 'busybox-static',
  iptables: 'iptables',
} as const

export async function setUp(say: (line: string) => void): Promise<void> {
  const problem = hostProblem()
  if (problem !== undefined) throw new Error(problem)
  await installPackages(say)
  await makeTree(say)
}

async function installPackages(say: (line: string) => void): Promise<void> {
  const names = Object.values(packages)
  const asked = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names])
  const installed = new Set(asked.stdout.split('\n'))
  const missing = names.filter(name => !installed.has(`${name} installed`))
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
  const before = await readFile(path).catch(() => undefined)
  await writeFile(path, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await action()
  } finally {
    if (before === undefined) await rm(path)
    else await writeFile(path, before)
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
      return
    }
    await rm(partial, { recursive: true, force: true })
    failures.push(`${suite}: ${failure}`)
  }
  throw new Error(`no directory tree for Docker 28 could be made\n${failures.join('\n')}`)
}

/** Answers with what went wrong, or undefined. Its mounts live in a namespace that ends with it. */
async function debootstrap(
  suite: string,
  directory: string,
  mirror: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  const own = ['unshare', '--mount', '--propagation', 'private']
  const proxy = await run('apt-config', ['dump', '--format', '%v', 'Acquire::http::Proxy'])
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } as Record<string, string | undefined>
  if (proxy.stdout !== '') env.http_proxy ??= proxy.stdout
  const include = 'ca-certificates,iptables,docker.io,docker-buildx,docker-cli'
  const made = await run(
    own[0]!,
    [
      ...own.slice(1),
      'debootstrap',
      '--variant=minbase',
      `--include=${include}`,
      suite,
      directory,
      mirror,
      // Debian 12 knows no script for the suites after its own; they are all links to this one.
      '/usr/share/debootstrap/scripts/sid',
    ],
    { env },
  )
  if (made.code !== 0) return made.output.slice(-2000)
  const crane = await run(
    own[0]!,
    [
      ...own.slice(1),
      'chroot',
      directory,
      'apt-get',
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      'crane',
    ],
    { env },
  )
  if (crane.code !== 0)
    say(`crane could not be installed, benchmarks go without it: ${crane.output.slice(-300)}`)
  const whole = await access(`${directory}/usr/sbin/dockerd`).then(
    () => true,
    () => false,
  )
  return whole ? undefined : 'debootstrap ended well but left no dockerd'
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setUp(line => process.stderr.write(`${line}\n`))
}

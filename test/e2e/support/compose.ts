/** Asks the docker compose of Debian forky what it makes of a project. It needs no engine. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import {
  type ComposeProject,
  type Expected,
  type ExpectedBuild,
  sorted,
} from '../../formats/compose/project.ts'
import { run, runOrThrow } from './exec.ts'
import { e2eDirectory, treeDirectory } from './machine.ts'
import type { PrintedTarget } from './started-builds.ts'

const PLUGIN = 'usr/libexec/docker/cli-plugins/docker-compose'

/** The path of the program. The package is fetched once, by the apt of the tree that setup.ts makes. */
export async function composeProgram(): Promise<string> {
  const given = process.env.DOCK_LOCK_COMPOSE
  if (given !== undefined) return given
  const folder = join(e2eDirectory(), 'compose')
  const program = join(folder, PLUGIN)
  if (existsSync(program)) return program
  const partial = `${folder}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const tree = treeDirectory()
  const inside = await mkdtemp(join(tree, 'tmp', 'compose-'))
  const proxy = (await run('apt-config', ['dump', '--format', '%v', 'Acquire::http::Proxy'])).stdout
  try {
    const fetch = 'cd "$1" && chmod 777 . && apt-get download docker-compose'
    await runOrThrow('chroot', [tree, 'sh', '-c', fetch, 'sh', inside.slice(tree.length)], {
      env: { ...(proxy === '' ? {} : { http_proxy: proxy }), ...process.env },
    })
    const [name = ''] = (await readdir(inside)).filter(file => file.endsWith('.deb'))
    await runOrThrow('dpkg-deb', ['-x', join(inside, name), partial])
  } finally {
    await rm(inside, { recursive: true, force: true })
  }
  await rename(partial, folder)
  return program
}

interface Config {
  readonly name?: string
  readonly services?: Readonly<
    Record<
      string,
      {
        readonly build?: unknown
        readonly image?: string
        readonly volumes?: readonly { readonly type: string; readonly source?: string }[]
      }
    >
  >
}

/** What docker compose makes of the project. */
export async function askCompose(
  program: string,
  { at, files, env }: Pick<ComposeProject, 'at' | 'files' | 'env'>,
): Promise<Expected & { readonly said: string }> {
  const scratch = await mkdtemp(join(tmpdir(), 'dock-lock-compose-'))
  const root = join(scratch, 'project')
  try {
    await mkdir(root)
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(root, dirname(name)), { recursive: true })
      await writeFile(join(root, name), text)
    }
    const isDefault = /(?:^|\/)(?:docker-)?compose\.ya?ml$/.test(at)
    const ask = (...args: string[]) =>
      new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
        const cwd = join(root, isDefault ? posix.dirname(at) : '.')
        const file = isDefault ? [] : ['-f', at]
        const environment = {
          PATH: '/nowhere',
          HOME: scratch,
          PWD: cwd,
          DOCKER_HOST: 'unix:///nowhere',
          COMPOSE_PROFILES: '*',
          ...env,
        }
        execFile(
          program,
          [...file, ...args],
          { cwd, env: environment, maxBuffer: 1 << 26 },
          (error, stdout, stderr) => resolve({ code: error === null ? 0 : 1, stdout, stderr }),
        )
      })
    const [config, print] = await Promise.all([ask('config', '--format', 'json'), ask('build', '--print')])
    if (config.code !== 0 || print.code !== 0)
      return { refused: true, builds: {}, images: [], said: config.stderr + print.stderr }
    const { name = '', services = {} } = JSON.parse(config.stdout) as Config
    const hasBuild = Object.values(services).some(({ build }) => build !== undefined)
    const targets = hasBuild
      ? (JSON.parse(print.stdout) as { target: Readonly<Record<string, PrintedTarget>> }).target
      : {}
    return {
      builds: Object.fromEntries(
        Object.entries(targets)
          // dock-lock does not read Dockerfiles of other places.
          .filter(([, target]) => 'dockerfile-inline' in target || isInside(target, root))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, target]) => [name, buildOf(target, root)]),
      ),
      images: pulledImages(name, services),
      said: config.stderr,
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function isInside({ context = '', dockerfile = '' }: PrintedTarget, root: string): boolean {
  return (context === '' || context.startsWith('/')) && posix.resolve(root, dockerfile).startsWith(`${root}/`)
}

function buildOf(target: PrintedTarget, root: string): ExpectedBuild {
  const inside = (path: string) => (path.startsWith('/') ? posix.relative(root, path) || '.' : path)
  const inline = target['dockerfile-inline']
  const { dockerfile, args = {}, contexts = {}, platforms = [] } = target
  return {
    ...(inline !== undefined
      ? { inline: inline.replaceAll('$${', '${') }
      : { dockerfile: inside(dockerfile ?? '') }),
    ...(target.target !== undefined && { target: target.target }),
    ...(Object.keys(args).length > 0 && {
      args: sorted(Object.entries(args).map(([name, value]) => [name, value.replaceAll('$${', '${')])),
    }),
    ...(platforms.length > 0 && { platforms: [...new Set(platforms)] }),
    ...(Object.keys(contexts).length > 0 && {
      contexts: sorted(
        Object.entries(contexts).map(([name, value]) => [
          name,
          inside(value.replace(/^target:/, 'service:')),
        ]),
      ),
    }),
  }
}

function pulledImages(project: string, services: NonNullable<Config['services']>): readonly string[] {
  const all = Object.values(services)
  const built = new Set(
    Object.entries(services).flatMap(([name, { build, image }]) =>
      build === undefined ? [] : [image ?? `${project}-${name}`],
    ),
  )
  const images = all.flatMap(({ build, image, volumes = [] }) => [
    ...(build === undefined ? [image ?? ''] : []),
    ...volumes.flatMap(({ type, source = '' }) => (type === 'image' ? [source] : [])),
  ])
  return [...new Set(images.filter(image => image !== '' && !built.has(image)))].sort()
}

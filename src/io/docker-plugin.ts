/** Installs dock-lock as a plugin of the docker command. */
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { type Place, placeAt } from '../core/place.ts'
import { dockerFolder } from '../lib/home.ts'
import { field, isObject } from '../lib/json.ts'
import { jsonErrorPlace, jsonValuePlace } from './json-place.ts'
import { contentOf, maxSize, readRegularFile } from './read.ts'
import type { FileChange } from './write.ts'

export interface DockerPlugin {
  /** The file that the docker command runs. */
  readonly path: string
  /** What that file runs: the installed dock-lock. */
  readonly program: string
  /** The docker command's configuration. */
  readonly config: string
  /** `off`: the configuration turns the hooks of all plugins off, which stays. */
  readonly hooks: 'on' | 'off'
  /** The files to write; none if all is there. */
  readonly changes: readonly FileChange[]
}

export interface PluginPlace {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder of the built command. */
  readonly dist?: string
}

const NAME = 'docker-docklock'
const MARK = '# Written by dock-lock init --docker-plugin.'
/** The commands that build, as docker passes them on: `docker build` becomes `docker buildx build`. */
const BUILDS = 'build,buildx build,buildx bake,compose build,compose up,compose create,compose run'

/** @throws DockLockError `usage` where it cannot be installed, `config` if the docker command's configuration is not JSON */
export async function planDockerPlugin({
  cwd,
  env,
  dist = import.meta.dirname,
}: PluginPlace): Promise<DockerPlugin> {
  if (process.platform === 'win32')
    throw new DockLockError(
      'usage',
      '--docker-plugin does not work on Windows: plugins of docker are .exe files there',
      {
        hint: 'Run dock-lock itself',
      },
    )
  const program = join(dist, 'cli.cjs')
  if (program.includes('/_npx/'))
    throw new DockLockError(
      'usage',
      '--docker-plugin needs an installed dock-lock, not one that npx fetched',
      {
        hint: 'Run npm install --global dock-lock, then dock-lock init --docker-plugin',
      },
    )
  const folder = resolve(cwd, dockerFolder(env))
  const path = join(folder, 'cli-plugins', NAME)
  const config = join(folder, 'config.json')
  const { change, hooks } = await planConfig(config)
  return {
    path,
    program,
    config,
    hooks,
    changes: [planLauncher(path, program), change].flatMap(one => one ?? []),
  }
}

/** Makes the folders that the files need. */
export function makeFolders({ path }: DockerPlugin): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new DockLockError('write', `${dirname(path)} cannot be created (${code})`, {
      cause: error,
      hint: 'Check its permissions, or set DOCKER_CONFIG',
    })
  }
}

function planLauncher(path: string, program: string): FileChange | undefined {
  const real = realPath(path)
  const before = contentOf('usage', path, readRegularFile(real, maxSize(path)))
  const after = Buffer.from(launcher(process.execPath, program))
  if (before !== undefined && !before.includes(MARK))
    throw new DockLockError('usage', `${path} exists, and dock-lock did not write it`, {
      hint: 'Rename or remove it, then run dock-lock init --docker-plugin again',
    })
  return before?.equals(after) === true ? undefined : { file: path, path: real, before, after, mode: 0o755 }
}

/** Node may have been updated, or dock-lock removed, since it was written. */
function launcher(node: string, program: string): string {
  return `#!/bin/sh
${MARK}
node=${quoted(node)}
program=${quoted(program)}
[ -x "$node" ] || node=node
if [ ! -f "$program" ]; then
  echo "docker docklock: $program is gone. Install dock-lock, then run: dock-lock init --docker-plugin" >&2
  exit 2
fi
exec "$node" "$program" docker-plugin "$@"
`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

interface ConfigPlan {
  readonly change: FileChange | undefined
  readonly hooks: DockerPlugin['hooks']
}

/** Other settings, and the layout, stay. */
async function planConfig(config: string): Promise<ConfigPlan> {
  const path = realPath(config)
  const before = contentOf('config', config, readRegularFile(path, maxSize(config)))
  const given = before?.toString('utf8') ?? ''
  // To docker, an empty file has no settings.
  const text = given.trim() === '' ? '{}\n' : given
  const content = await parse(text, config)
  const indent = /^([\t ]+)"/m.exec(text)?.[1] ?? '\t'
  const chosen = field(field(content, 'features'), 'hooks')
  const hooks = chosen === undefined || /^(?:1|t|true)$/i.test(String(chosen)) ? 'on' : 'off'
  const withHook =
    field(field(field(content, 'plugins'), 'docklock'), 'error-hooks') === undefined
      ? await withMember(text, ['plugins', 'docklock', 'error-hooks'], BUILDS, indent)
      : text
  const after =
    chosen === undefined ? await withMember(withHook, ['features', 'hooks'], 'true', indent) : withHook
  // The file may hold credentials.
  const change =
    after === text ? undefined : { file: config, path, before, after: Buffer.from(after), mode: 0o600 }
  return { change, hooks }
}

async function parse(text: string, config: string): Promise<object> {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw malformed('it is not valid JSON', await jsonErrorPlace(config, text), cause)
  }
  if (!isObject(content)) throw malformed('it must contain an object', placeAt(config, text, 0))
  for (const path of PARTS) {
    const part = path.reduce<unknown>((value, key) => field(value, key), content)
    if (part !== undefined && !isObject(part))
      throw malformed(`${path.join('.')} must be an object`, await jsonValuePlace(config, text, path))
  }
  return content as object
}

const PARTS = [['plugins'], ['plugins', 'docklock'], ['features']]

/** The text with one more member, and the objects around it where they are missing. No other character changes. */
async function withMember(
  text: string,
  at: readonly string[],
  value: string,
  indent: string,
): Promise<string> {
  const { findNodeAtLocation, parseTree } = await import('jsonc-parser')
  const root = parseTree(text)
  const depth = at.findLastIndex(
    (_, index) => root !== undefined && findNodeAtLocation(root, at.slice(0, index))?.type === 'object',
  )
  const parent = root && findNodeAtLocation(root, at.slice(0, depth))
  if (parent === undefined) throw new RangeError('no object')
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const added = at.slice(depth + 1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
  const lines = `"${at[depth]}": ${JSON.stringify(added, undefined, indent)}`.split('\n')
  const member = lines.map(line => `${end}${indent.repeat(depth + 1)}${line}`).join('')
  const last = parent.children?.at(-1)
  if (last === undefined) {
    const close = parent.offset + parent.length
    return `${text.slice(0, parent.offset)}{${member}${end}${indent.repeat(depth)}}${text.slice(close)}`
  }
  const place = last.offset + last.length
  return `${text.slice(0, place)},${member}${text.slice(place)}`
}

function malformed(what: string, place: Place, cause?: unknown): DockLockError {
  return new DockLockError('config', `${place.file} cannot be changed: ${what}`, {
    cause,
    place,
    hint: 'Fix it, then run dock-lock init --docker-plugin again',
  })
}

/** Links are followed: people keep their configuration elsewhere. The file may not be there yet. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync.native(path)
  const folder = dirname(path)
  return folder === path ? path : join(realPath(folder), basename(path))
}

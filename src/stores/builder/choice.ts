/**
 * Chooses the builder as buildx does, from the files in which buildx keeps its builders.
 * @see https://github.com/docker/buildx/blob/master/store/store.go
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DockLockError } from '../../core/error.ts'
import type { StoreSelector } from '../../core/selector.ts'
import { dockerFolder } from '../../lib/home.ts'
import { field, textField } from '../../lib/json.ts'
import { currentContext, readContext, readJson, readText } from '../connection/docker-config.ts'
import { DEFAULT_CONTEXT, type EngineChoice, parseHost } from '../connection/endpoint.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A builder outside any engine. */
export interface BuilderName {
  readonly name: string
  /** `docker-container`, `remote`, `kubernetes`, `cloud`, … */
  readonly driver: string
  /** What named it. `current`: only `docker buildx use` did, which `docker build` ignores. */
  readonly source: '--builder' | 'BUILDX_BUILDER' | 'current'
}

export type BuilderChoice = { readonly builder: BuilderName } | { readonly engine: EngineChoice }

/** What buildx stores about a builder. */
interface Instance {
  readonly name: string
  readonly driver: string
  /** The endpoint of its first node. For the driver `docker`, it is a context's name or an engine's address. */
  readonly endpoint: string
}

const NAME = /^[a-zA-Z][a-zA-Z0-9._+-]*$/
/** The driver of an engine's own BuildKit. buildx omits it for builders that it derives from a context. */
const ENGINE_DRIVER = 'docker'
/** The hint for a buildx file that is not JSON. */
const REMOVE = 'Remove it; docker buildx use and docker buildx create write such files'

/**
 * The builder that `--builder`, BUILDX_BUILDER or `docker buildx use` names, or the engine that it belongs to. Undefined: none is named, or
 * the engine itself is.
 * @throws DockLockError `usage` (from --builder) or `config`: there is no such builder
 */
export async function chooseBuilder(selector: StoreSelector, env: Env): Promise<BuilderChoice | undefined> {
  if (selector.builder !== undefined) return named(selector.builder, '--builder', env)
  if (selector.host !== undefined || selector.context !== undefined) return undefined
  if (env.BUILDX_BUILDER) return named(env.BUILDX_BUILDER, 'BUILDX_BUILDER', env)
  const current = await currentInstance(env)
  return current === undefined ? undefined : choiceOf(current, 'current', env)
}

async function named(name: string, source: BuilderName['source'], env: Env): Promise<BuilderChoice> {
  const instance = await readInstance(name, env)
  if (instance !== undefined) return choiceOf(instance, source, env)
  if (name === DEFAULT_CONTEXT || (await readContext(name, env)) !== undefined)
    return { engine: { context: name } }
  const others = [DEFAULT_CONTEXT, ...(await filesIn(join(folderOf(env), 'instances')))]
  throw new DockLockError(
    source === '--builder' ? 'usage' : 'config',
    `${source}: there is no builder "${name}"`,
    { hint: `There is ${others.join(', ')}; docker buildx ls shows them all` },
  )
}

async function choiceOf(instance: Instance, source: BuilderName['source'], env: Env): Promise<BuilderChoice> {
  const { name, driver, endpoint } = instance
  if (driver !== ENGINE_DRIVER && driver !== '') return { builder: { name, driver, source } }
  if (endpoint === '') return { engine: { context: DEFAULT_CONTEXT } }
  const isContext = endpoint === DEFAULT_CONTEXT || (await readContext(endpoint, env)) !== undefined
  return { engine: isContext ? { context: endpoint } : { host: endpoint } }
}

/** The builder set by `docker buildx use`, which applies to one engine, or to all of them with `--global`. */
async function currentInstance(env: Env): Promise<Instance | undefined> {
  const folder = folderOf(env)
  const current = await readJson(join(folder, 'current'), REMOVE)
  // Users who have never used buildx have no such file, and need no further reads.
  if (current === undefined) return undefined
  const name = textField(current, 'Name')
  if (name !== '' && field(current, 'Global') === true) {
    const instance = await readInstance(name, env)
    if (instance !== undefined) return instance
  }
  const key = await engineKey(env)
  if (name !== '' && textField(current, 'Key') === key) return readInstance(name, env)
  const defaults = await filesIn(join(folder, 'defaults'))
  if (defaults.length === 0) return undefined
  const { createHash } = await import('node:crypto')
  const file = createHash('sha256').update(key).digest('hex').slice(0, 20)
  const content = await readText(join(folder, 'defaults', file))
  return content === undefined ? undefined : readInstance(content.trim().replace(/^"|"$/g, ''), env)
}

/** buildx's key for the engine that docker commands use: its context, or its address as docker writes it. */
async function engineKey(env: Env): Promise<string> {
  if (env.DOCKER_HOST?.trim()) {
    const { host, connect } = parseHost(env.DOCKER_HOST, 'DOCKER_HOST', env)
    return 'ssh' in connect ? env.DOCKER_HOST.trim() : host
  }
  // A blank DOCKER_HOST means the default engine, even if another context is in use.
  const context = env.DOCKER_HOST
    ? DEFAULT_CONTEXT
    : env.DOCKER_CONTEXT || (await currentContext(env)) || DEFAULT_CONTEXT
  if (context !== DEFAULT_CONTEXT) return context
  if (env.DOCKER_TLS_VERIFY || env.DOCKER_TLS) return 'tcp://localhost:2376'
  return process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock'
}

async function readInstance(name: string, env: Env): Promise<Instance | undefined> {
  // Any other name is invalid, and could be a path.
  if (!NAME.test(name)) return undefined
  const content = await readJson(join(folderOf(env), 'instances', name.toLowerCase()), REMOVE)
  if (content === undefined) return undefined
  const nodes = field(content, 'Nodes')
  const endpoint = Array.isArray(nodes) ? textField(nodes[0], 'Endpoint') : ''
  return { name: textField(content, 'Name') || name, driver: textField(content, 'Driver'), endpoint }
}

function folderOf(env: Env): string {
  return env.BUILDX_CONFIG || join(dockerFolder(env), 'buildx')
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

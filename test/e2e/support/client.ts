import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Ran, run } from './exec.ts'
import { treeDirectory } from './machine.ts'

export interface Client {
  /** Path of the docker command that belongs to the engine. */
  readonly docker: string
  readonly env: Readonly<Record<string, string>>
}

export interface BuildOptions {
  /** Directory, sent whole. */
  readonly context: string
  /** Default: `Dockerfile` in the context. */
  readonly dockerfile?: string
  readonly tag?: string
  /** Build arguments. */
  readonly args?: Readonly<Record<string, string>>
  /** More options of `docker build`, such as `--target=x`. */
  readonly flags?: readonly string[]
  /** Added to the client's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

export type Built = Pick<Ran, 'code' | 'output' | 'seconds' | 'timedOut'>

/**
 * The client of the engine's own age: Docker 20.10's has BuildKit built in where a newer one asks for buildx, and
 * Docker 28's is run straight out of its tree, so that it sees this machine's files.
 */
export function prepareClient(kind: string, directory: string, host: string): Client {
  const config = join(directory, 'client')
  const plugins = join(config, 'cli-plugins')
  mkdirSync(plugins, { recursive: true })
  const tree = kind === 'docker-20.10' ? '' : treeDirectory()
  if (tree !== '')
    symlinkSync(`${tree}/usr/libexec/docker/cli-plugins/docker-buildx`, `${plugins}/docker-buildx`)
  const docker = `${tree}/usr/bin/docker`
  // Only the client: other programs of the tree need libraries of their own.
  const programs = join(directory, 'bin')
  mkdirSync(programs, { recursive: true })
  symlinkSync(docker, join(programs, 'docker'))
  const path = `${programs}:${process.env.PATH ?? '/usr/bin:/bin'}`
  const env = { PATH: path, HOME: config, DOCKER_HOST: host, DOCKER_CONFIG: config, DOCKER_BUILDKIT: '1' }
  return { docker, env }
}

export async function build(client: Client, options: BuildOptions): Promise<Built> {
  const { context, dockerfile, tag, args = {}, flags = [], env = {}, timeoutMs } = options
  const command = ['build', '--progress=plain', '--network=none']
  if (dockerfile !== undefined) command.push('--file', dockerfile)
  if (tag !== undefined) command.push('--tag', tag)
  for (const [name, value] of Object.entries(args)) command.push('--build-arg', `${name}=${value}`)
  command.push(...flags, context)
  const { code, output, seconds, timedOut } = await run(client.docker, command, {
    env: { ...client.env, ...env },
    timeoutMs,
  })
  // A missing code is a client that was killed: no build either.
  return { code: code ?? 137, output, seconds, timedOut }
}

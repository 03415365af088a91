/**
 * dock-lock as a plugin of the docker command: `docker docklock ARGS`. docker runs `docker-docklock`, which `init --docker-plugin`
 * writes. That file runs `dock-lock docker-plugin ARGS`.
 * @see https://docs.docker.com/reference/cli/docker/#cli-plugins
 * @see https://github.com/docker/cli/tree/master/cli-plugins
 */
import { DockLockError } from '../core/error.ts'
import { failedLookup } from '../core/failed-lookup.ts'
import { familiarRepository } from '../core/reference.ts'
import { textField } from '../lib/json.ts'
import type { Host } from './host.ts'

const NAME = 'docklock'

/** Answers docker, and returns the exit code, or what to run instead. @throws DockLockError `usage` */
export async function asDockerPlugin(host: Host): Promise<Host | number> {
  const args = host.argv.slice(3)
  if (args[0] === 'docker-cli-plugin-metadata') {
    host.stdout.write(`${JSON.stringify(await metadata())}\n`)
    return 0
  }
  // Docker completes files instead.
  if (args[0]?.startsWith('__complete')) {
    host.stdout.write(':0\n')
    return 0
  }
  if (args[0] === 'help' && args[1] === NAME) return withLine(host, ['help', ...args.slice(2)], host.env)
  const { env, rest } = readGlobals(args, host.env)
  if (rest[0] === 'docker-cli-plugin-hooks') {
    host.stdout.write(`${JSON.stringify(await answerHook(host, rest[1] ?? ''))}\n`)
    return 0
  }
  return withLine(host, rest, env)
}

async function metadata(): Promise<object> {
  const { readVersion } = await import('../io/version.ts')
  return {
    SchemaVersion: '0.1.0',
    Vendor: 'dock-lock',
    Version: await readVersion(),
    ShortDescription: 'Lock image tags to digests, so that builds need no registry',
  }
}

function withLine(host: Host, line: readonly string[], env: Host['env']): Host {
  return {
    argv: [...host.argv.slice(0, 2), ...line],
    env,
    stdout: host.stdout,
    stderr: host.stderr,
    cwd: () => host.cwd(),
    on: (signal, listener) => host.on(signal, listener),
    off: (signal, listener) => host.off(signal, listener),
  }
}

/** The variables that mean the same as an option of docker. */
const VARIABLES: Readonly<Record<string, string>> = {
  '--config': 'DOCKER_CONFIG',
  '--context': 'DOCKER_CONTEXT',
  '-c': 'DOCKER_CONTEXT',
  '--host': 'DOCKER_HOST',
  '-H': 'DOCKER_HOST',
  '--log-level': '',
  '-l': '',
}

/** The options of docker itself, which are before the name of the plugin. */
function readGlobals(
  args: readonly string[],
  given: Host['env'],
): { readonly env: Host['env']; readonly rest: readonly string[] } {
  const env: Record<string, string | undefined> = { ...given }
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? ''
    if (word === NAME) return { env, rest: args.slice(index + 1) }
    if (word === '-D' || word === '--debug') continue
    const equals = word.indexOf('=')
    const option = equals < 0 ? word : word.slice(0, equals)
    const variable = VARIABLES[option]
    if (variable === undefined)
      throw new DockLockError('usage', `docker ${option} ${NAME}: this option is not supported here`, {
        hint: 'Set it in a docker context, or by its environment variable',
      })
    const value = equals < 0 ? args[++index] : word.slice(equals + 1)
    // As in docker, the option wins over the environment.
    if (variable === 'DOCKER_CONTEXT') env.DOCKER_HOST = undefined
    if (variable !== '') env[variable] = value
  }
  throw new DockLockError('usage', `${NAME} is missing: docker runs this program`, {
    hint: `Run docker ${NAME}, or dock-lock`,
  })
}

/**
 * What docker shows under "What's next:" after a build that failed. Docker parses the text as a template of Go, so it holds no text
 * from elsewhere but a valid reference. An empty text shows nothing.
 */
async function answerHook(host: Host, data: string): Promise<object> {
  const message = await failedBuild(host, data)
  const reference = message === undefined ? undefined : failedLookup(message)
  if (reference === undefined) return { Type: 0, Template: '' }
  const name = `${familiarRepository(reference)}${reference.tag === undefined ? '' : `:${reference.tag}`}`
  const advice =
    reference.digest === undefined
      ? `Lock ${name}, so that builds need no registry → docker ${NAME}`
      : `Pull ${name} before the build, so that it needs no registry → docker ${NAME} pull`
  return { Type: 0, Template: advice }
}

async function failedBuild(host: Host, data: string): Promise<string | undefined> {
  let error: string
  try {
    error = textField(JSON.parse(data), 'CommandError')
  } catch {
    return undefined
  }
  if (error === '') return undefined
  if (failedLookup(error) !== undefined) return error
  const { lastBuildError } = await import('../io/build-history.ts')
  return lastBuildError({ cwd: host.cwd(), env: host.env, signal: new AbortController().signal })
}

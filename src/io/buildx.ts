import { basename } from 'node:path'
import { readInspection } from '../core/buildx.ts'
import { DockLockError, interrupted } from '../core/error.ts'
import { maskSecrets } from '../core/mask.ts'
import { collectOutput } from '../lib/spawn.ts'

interface Where {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Milliseconds. buildx itself gives up after 20 s. */
const TIMEOUT = 30_000

/** Source policies need buildx 0.11, which passes them on, and BuildKit 0.12 (in Docker 25), which supports CONVERT. */
const BUILDX_MIN = '0.11.0'
const BUILDKIT_MIN = '0.12.0'
const ENGINE_MIN = '25.0.0'
const CLIENT_MIN = '23.0.0'

/**
 * Checks the versions of buildx and of the builder in use: a build that ignores the policy would look like one that applies it.
 * @throws DockLockError `unsupported` if one is too old or missing, `unreachable` if the builder does not answer, `interrupted`
 */
export async function assertPolicyHonoured(
  [program = 'docker', subcommand]: readonly string[],
  where: Where,
): Promise<void> {
  const { env } = where
  const hint = 'Or pin the files instead: dock-lock'
  if (env.DOCKER_BUILDKIT === '0') {
    throw new DockLockError(
      'unsupported',
      'DOCKER_BUILDKIT=0 selects the old builder, which does not support source policies',
      {
        hint: `Unset it. ${hint}`,
      },
    )
  }
  const name = basename(program).replace(/\.exe$/, '')
  if (name === 'podman' || name === 'buildah') {
    throw new DockLockError(
      'unsupported',
      `${name} does not build with BuildKit, so it does not support source policies`,
      { hint },
    )
  }
  const docker = name === 'docker' ? program : 'docker'
  const [version, builder, engine] = await Promise.all([
    ask(docker, ['buildx', 'version'], where),
    ask(docker, ['buildx', 'inspect'], where),
    ask(docker, ['version', '--format', '{{.Client.Version}} {{.Server.Version}}'], where),
  ])
  const [{ default: gte }, { default: coerce }] = await Promise.all([
    import('semver/functions/gte.js'),
    import('semver/functions/coerce.js'),
  ])
  const atLeast = (given: string | undefined, least: string) => {
    const known = coerce(given)
    return known !== null && gte(known, least)
  }
  if (version.failed) {
    throw new DockLockError(
      'unsupported',
      'docker buildx is not installed, so the builder cannot get a source policy',
      { hint },
    )
  }
  const buildx = version.stdout.split(/\s+/)[1]
  if (!atLeast(buildx, BUILDX_MIN)) {
    throw new DockLockError(
      'unsupported',
      `buildx ${buildx ?? 'of an unknown version'} ignores source policies; ${BUILDX_MIN} or newer is needed`,
      { hint },
    )
  }
  const [client, server] = engine.stdout.trim().split(' ')
  // Before 23, `docker build` did not use buildx.
  if (client !== undefined && client !== '' && subcommand !== 'buildx' && !atLeast(client, CLIENT_MIN)) {
    throw new DockLockError(
      'unsupported',
      `docker build of Docker CLI ${client} does not support source policies; 23 or newer is needed`,
      {
        hint: `Use docker buildx build. ${hint}`,
      },
    )
  }
  // An engine's own BuildKit may not report its version. The version of the engine implies it.
  const { driver, nodes } = readInspection(builder.stdout)
  const isEngine = driver === 'docker'
  const found = isEngine ? server : nodes[0]?.version
  if (builder.failed || found === undefined || found === '') {
    const said = maskSecrets((isEngine ? engine : builder).stderr.trim().split('\n').at(-1) ?? '')
    throw new DockLockError(
      'unreachable',
      `the builder does not report its version${said === '' ? '' : `: ${said}`}`,
      {
        hint: 'Check that the engine is running: docker buildx inspect',
      },
    )
  }
  if (!isEngine && found.includes('unknown')) {
    throw new DockLockError(
      'unsupported',
      'the builder does not report the version of its BuildKit, so it may ignore source policies',
      { hint: 'Use: dock-lock override bake, or: dock-lock override compose. Or pin the files: dock-lock' },
    )
  }
  if (!atLeast(found, isEngine ? ENGINE_MIN : BUILDKIT_MIN)) {
    const who = isEngine ? `Docker ${found}` : `the builder's BuildKit ${found}`
    const least = isEngine ? `Docker ${ENGINE_MIN.split('.')[0]}` : `BuildKit ${BUILDKIT_MIN}`
    throw new DockLockError('unsupported', `${who} ignores source policies; ${least} or newer is needed`, {
      hint,
    })
  }
}

/** @throws DockLockError `interrupted` */
async function ask(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: Where,
): Promise<{ readonly failed: boolean; readonly stdout: string; readonly stderr: string }> {
  const ran = await collectOutput({ command, args, cwd, env }, { signal, timeout: TIMEOUT })
  if (ran.status === 'aborted') throw interrupted()
  if (ran.status !== 'exited') return { failed: true, stdout: '', stderr: '' }
  return { failed: ran.code !== 0, stdout: ran.stdout.toString(), stderr: ran.stderr }
}

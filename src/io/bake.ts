/** Runs `docker buildx bake --print` on the texts of Bake files, away from the project. */
import type { BakeAnswer, BakeEvaluate } from '../core/bake.ts'
import { interrupted } from '../core/error.ts'
import { maskSecrets } from '../core/mask.ts'
import { visibleEnvironment } from '../core/visible-environment.ts'
import { collectOutput } from '../lib/spawn.ts'
import { withTemporaryFiles } from './program.ts'

/** Milliseconds. */
const TIMEOUT = 20_000
/** Bytes. */
const OUTPUT_MAX = 16 * 1024 * 1024

/** What docker needs to find buildx. `BUILDX_BAKE_…`: whether variables come from the environment. */
const NEEDED = ['PATH', 'HOME', 'DOCKER_CONFIG', 'USERPROFILE', 'SystemRoot', 'ProgramFiles']
const SWITCH = 'BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP'
/** Variables that decide what docker and buildx themselves do. A Bake file must not be able to pass them on. */
const PROGRAMS =
  /^(?:LD_|DYLD_|OTEL_|EXPERIMENTAL_|BUILDKIT_|DOCKER_(?:HOST|CONTEXT|API_VERSION|CERT_PATH|TLS|CLI_)|BUILDX_(?:BUILDER|CONFIG|BAKE_|GIT_|EXPERIMENTAL|METADATA|NO_)|SSH_AUTH_SOCK$|GO(?:DEBUG|GC|MAXPROCS|MEMLIMIT|TRACEBACK)$|(?:https?|all|no)_proxy$)/i

/**
 * The evaluation of Bake files with the user's buildx. It runs in an empty folder with copies of the files, and sees no more of the
 * environment than the variables that they declare. No builder is asked, and nothing is built.
 */
export function bakeEvaluation(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): BakeEvaluate {
  return async ({ args, files, variables }) => {
    const own = variables.find(name => PROGRAMS.test(name) && env[name] !== undefined)
    if (own !== undefined) return { kind: 'failed', reason: `the variable ${own} is one of docker itself` }
    const visible = visibleEnvironment(env)
    const passed = [
      ...variables.map(name => [name, visible[name]] as const),
      ...[...NEEDED, SWITCH].map(name => [name, env[name]] as const),
    ].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
    const texts = named(files)
    return withTemporaryFiles(texts, async folder => {
      const program = {
        command: 'docker',
        args: ['buildx', 'bake', ...texts.flatMap(({ name }) => ['-f', name]), ...args],
        env: Object.fromEntries(passed),
        cwd: folder,
      }
      const ran = await collectOutput(program, { signal, timeout: TIMEOUT, stdoutMax: OUTPUT_MAX })
      switch (ran.status) {
        case 'exited':
          return ran.code === 0 ? { kind: 'printed', text: ran.stdout.toString() } : failure(ran.stderr)
        case 'not-found':
          return { kind: 'missing' }
        case 'not-started':
          return { kind: 'failed', reason: `docker cannot be run: ${ran.reason}` }
        case 'timed-out':
          return { kind: 'failed', reason: `it took longer than ${ran.milliseconds / 1000} s` }
        case 'too-long':
          return { kind: 'failed', reason: `it printed more than ${ran.bytes / 1024 / 1024} MB` }
        case 'aborted':
          throw interrupted()
      }
    })
  }
}

/** The texts with names of their own. The name decides how buildx reads a file. */
function named(files: readonly { readonly path: string; readonly text: string }[]) {
  const names = new Set<string>()
  return files.map(({ path, text }, index) => {
    const base = path.slice(path.lastIndexOf('/') + 1)
    const ending = /\.(?:json|hcl)$/.exec(base)?.[0] ?? (/^\uFEFF?\s*\{/.test(text) ? '.json' : '.hcl')
    const own = base.endsWith(ending) ? base : `${base}${ending}`
    const name =
      /^(?!file-\d)[\w.][\w.-]{0,200}$/.test(own) && !names.has(own) ? own : `file-${index}${ending}`
    names.add(name)
    return { name, text }
  })
}

function failure(stderr: string): BakeAnswer {
  if (
    /unknown command: docker buildx|'buildx' is not a docker command|unknown (?:shorthand )?flag: .*-f/.test(
      stderr,
    )
  )
    return { kind: 'missing' }
  const lines = stderr.trim().split('\n')
  const said =
    lines.findLast(line => line.startsWith('ERROR: '))?.slice('ERROR: '.length) ?? lines.at(-1) ?? ''
  return { kind: 'failed', reason: maskSecrets(said).slice(0, 500) }
}

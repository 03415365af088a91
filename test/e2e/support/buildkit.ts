import { randomUUID } from 'node:crypto'
import { field, fieldsOf, type Grpc, mapField, openGrpc } from './grpc.ts'

/**
 * BuildKit's Dockerfile frontend inside of an engine, asked as `docker build` asks it, but without a client's process: a file takes some
 * 20 ms instead of several hundred.
 */
export interface BuildKit {
  /**
   * Lets the built-in frontend read the Dockerfile at this URL up to the point where it knows what to do, with all lookups that
   * this takes, and without doing it.
   */
  read(url: string, options: ReadOptions): Promise<Answer>
  close(): void
}

export interface ReadOptions {
  /**
   * `build`: what the stage `target`, by default the last one, needs. `check`: every stage, needed or not, as for `docker build --check`,
   * which is always for the engine's own platform, whatever `platform` says. `targets`: looks nothing up.
   */
  readonly request: 'build' | 'check' | 'targets'
  readonly target?: string
  readonly buildArgs: Readonly<Record<string, string>>
  readonly platform: string
  /** Skips `# syntax`: the built-in frontend is then in the place of the frontend image. */
  readonly asFrontendImage?: boolean
}

export interface Answer {
  /** Why BuildKit refuses the file, in its words. */
  readonly refusal?: string
  /** The names of the stages, empty for those that have none; only for `targets`. */
  readonly stages?: readonly string[]
}

export async function openBuildKit(socketPath: string): Promise<BuildKit> {
  const grpc = await openGrpc(socketPath)
  return { read: (url, options) => read(grpc, url, options), close: grpc.close }
}

/**
 * A build that is steered from outside, as buildx does: one call opens it, and is answered when it ends; others act in it.
 * @see https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
 * @see https://github.com/moby/buildkit/blob/master/frontend/gateway/pb/gateway.proto
 */
async function read(grpc: Grpc, url: string, options: ReadOptions): Promise<Answer> {
  const id = randomUUID()
  const inBuild = { 'buildkit-controlapi-buildid': id }
  const build = grpc.call('/moby.buildkit.v1.Control/Solve', field(1, id))
  build.catch(() => {})
  const question = [
    field(2, 'dockerfile.v0'),
    mapField(3, attributes(url, options)),
    field(5, true),
    field(6, true),
  ]
  const answered = grpc.call('/moby.buildkit.v1.frontend.LLBBridge/Solve', Buffer.concat(question), inBuild)
  const answer = await answered.then(
    response => (options.request === 'build' ? {} : subrequestAnswer(response)),
    (error: Error) => ({ refusal: error.message }),
  )
  await grpc.call('/moby.buildkit.v1.frontend.LLBBridge/Return', field(1, ''), inBuild)
  await build
  return answer
}

function attributes(url: string, options: ReadOptions): Readonly<Record<string, string>> {
  const { request, target, buildArgs, platform, asFrontendImage } = options
  const subrequests = 'moby.buildkit.frontend.subrequests'
  return {
    // Plain text at a URL is taken for the Dockerfile.
    context: url,
    platform,
    ...Object.fromEntries(Object.entries(buildArgs).map(([name, value]) => [`build-arg:${name}`, value])),
    ...(target !== undefined && { target }),
    ...(request === 'check' && { requestid: 'frontend.lint', 'frontend.caps': subrequests }),
    ...(request === 'targets' && { requestid: 'frontend.targets', 'frontend.caps': subrequests }),
    ...(asFrontendImage && { cmdline: 'docker/dockerfile:1' }),
  }
}

/** A check of a file that cannot be parsed is a success, with the error in its result. */
function subrequestAnswer(response: Buffer): Answer {
  const [result] = fieldsOf(response, 3)
  for (const entry of result === undefined ? [] : fieldsOf(result, 10)) {
    const [key, value] = [1, 2].map(number => String(fieldsOf(entry, number)[0]))
    if (key !== 'result.json') continue
    const { buildError, targets } = JSON.parse(value ?? '') as {
      readonly buildError?: { readonly message: string }
      readonly targets?: readonly { readonly name?: string }[]
    }
    return {
      ...(buildError !== undefined && { refusal: buildError.message }),
      ...(targets !== undefined && { stages: targets.map(({ name = '' }) => name) }),
    }
  }
  throw new Error('BuildKit read the file and said nothing')
}

/** The BuildKit of a builder's node, through `docker buildx dial-stdio`. */
import { DockLockError } from '../../core/error.ts'
import { maskSecrets } from '../../core/mask.ts'
import { type Grpc, GrpcError, openGrpc } from '../buildkit/grpc.ts'
import { ProgramFailed, TimedOut } from '../connection/failure.ts'
import { connectProgram } from '../connection/program-connection.ts'

/** A connection to a node, and why it ended. */
export interface NodeConnection {
  readonly grpc: Grpc
  readonly failure: () => Error | undefined
}

/** `flags` choose the builder and the node. The first call reports a failed connection. */
export async function connectNode(
  flags: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<NodeConnection> {
  const stream = connectProgram({ command: 'docker', args: ['buildx', 'dial-stdio', ...flags], env })
  let ended: Error | undefined
  stream.on('error', error => {
    ended ??= error
  })
  return { grpc: await openGrpc(stream), failure: () => ended }
}

/** The error for a failed call; `who` is the builder. */
export function explainCall(who: string, connection: NodeConnection, error: unknown): DockLockError {
  if (error instanceof DockLockError) return error
  const cause = connection.failure() ?? (error as Error)
  const code = cause instanceof GrpcError && cause.status !== 14 ? 'engine' : 'unreachable'
  const hint = 'dock-lock reaches it through docker buildx dial-stdio, which needs buildx 0.13 or newer'
  if (cause instanceof ProgramFailed) {
    const said = maskSecrets(cause.said)
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^ERROR: /, '')
    return new DockLockError(code, `${who} cannot be reached: ${said || cause.message}`, { hint, cause })
  }
  if (cause instanceof TimedOut)
    return new DockLockError(code, `${who} does not answer: ${cause.message}`, { cause })
  return new DockLockError(code, `${who} cannot be queried: ${cause.message}`, { hint, cause })
}

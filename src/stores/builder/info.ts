/** Reads `docker buildx inspect`, which does not start the builder. */
import { type BuilderNode, readInspection } from '../../core/buildx.ts'
import { DockLockError } from '../../core/error.ts'
import { TimedOut } from '../connection/failure.ts'
import type { BuilderName } from './choice.ts'
import { runBuildx, saidLast } from './program.ts'

/** Milliseconds. buildx itself gives up after 20 s. */
const TIMEOUT = 40_000

/**
 * The nodes of the builder. All of them must be running, because buildx would start a stopped one on the first call.
 * @throws DockLockError `unreachable`, `engine`, and as `runBuildx`
 */
export async function inspectBuilder(
  { name, driver }: BuilderName,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<readonly [BuilderNode, ...BuilderNode[]]> {
  const builder = `the builder ${name} (${driver})`
  const ran = await runBuildx({ args: ['inspect', name], env, signal, idle: TIMEOUT }).catch(error => {
    if (!(error instanceof TimedOut)) throw error
    throw new DockLockError('unreachable', `${builder} does not answer: ${error.message}`, {
      hint: `See: docker buildx inspect ${name}`,
      cause: error,
    })
  })
  const { nodes } = readInspection(ran.stdout)
  const [first, ...others] = nodes
  if (ran.ended !== 0 || first === undefined) {
    const said = saidLast(ran.stderr) || 'buildx gave no reason'
    throw new DockLockError('unreachable', `${builder} cannot be queried: ${said}`, {
      hint: `See: docker buildx inspect ${name}`,
    })
  }
  const down = nodes.find(({ status }) => status !== 'running')
  if (down !== undefined) {
    const which = others.length === 0 ? builder : `the node ${down.name} of ${builder}`
    const why = down.error || down.status || 'no status'
    throw new DockLockError('unreachable', `${which} is not running (${why})`, {
      hint: `Start it: docker buildx inspect --bootstrap ${name}`,
    })
  }
  return [first, ...others]
}

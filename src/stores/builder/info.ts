/** What `docker buildx inspect` says of a builder; it starts none. */
import { DockLockError } from '../../core/error.ts'
import { maskSecrets } from '../../core/mask.ts'
import { TimedOut } from '../connection/failure.ts'
import type { BuilderName } from './choice.ts'
import { runBuildx, saidLast } from './program.ts'

export interface BuilderNode {
  readonly name: string
  /** `running`, `inactive`, `stopped`, …; empty when it does not say. */
  readonly status: string
  /** `v0.25.1`; empty when it does not say. */
  readonly version: string
  /** The one that it builds for when nobody says otherwise; undefined when that is not to be seen here. */
  readonly platform: string | undefined
  readonly error: string
}

/** Milliseconds. buildx itself gives up after 20 s. */
const TIMEOUT = 40_000

/**
 * The nodes of the builder, all of which run: buildx would start one that does not as soon as something is asked of it.
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
  const nodes = readInspection(ran.stdout)
  const [first, ...others] = nodes
  if (ran.ended !== 0 || first === undefined) {
    const said = saidLast(ran.stderr) || 'buildx says nothing of it'
    throw new DockLockError('unreachable', `${builder} cannot be asked: ${said}`, {
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

/** `Name: value` in lines; what comes before `Nodes:` is of the builder. */
export function readInspection(text: string): readonly BuilderNode[] {
  const lines = text.split(/\r?\n/)
  const start = lines.findIndex(line => /^Nodes:\s*$/.test(line))
  const nodes: Map<string, string>[] = []
  for (const line of start < 0 ? [] : lines.slice(start + 1)) {
    const [, key = '', value = ''] = /^([A-Z][\w ]*?):\s+(.*?)\s*$/.exec(line) ?? []
    if (key === 'Name') nodes.push(new Map())
    // What the words of a later section repeat is not meant.
    const node = nodes.at(-1)
    if (key !== '' && node !== undefined && !node.has(key)) node.set(key, value)
  }
  return nodes.map(node => ({
    name: node.get('Name') ?? '',
    status: node.get('Status') ?? '',
    version: node.get('BuildKit version') ?? node.get('BuildKit') ?? node.get('Buildkit') ?? '',
    platform: ownOf(node.get('Platforms') ?? ''),
    error: maskSecrets(node.get('Error') ?? ''),
  }))
}

/**
 * Platforms that the user gave the node come first, each with an asterisk. Among them may be its own, which is then not repeated: of such a
 * list nothing tells which one it is.
 */
function ownOf(platforms: string): string | undefined {
  const [first = ''] = platforms.split(',')
  return first.includes('*') ? undefined : first.trim() || undefined
}

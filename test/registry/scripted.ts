import { createServer as createProxy, type IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import * as assert from 'uvu/assert'
import type { Resolver } from '../../src/registry/resolver.ts'
import { selfSignedCertificate } from '../support/registry/index.ts'
import { resolverWith } from './support.ts'

/** One request that must come next, and what it gets. */
export interface Step {
  /** `HEAD https://ghcr.io/v2/o/i/manifests/1`, with its query: decoded, sorted. */
  readonly request: string
  /** The whole header; undefined: there must be none. */
  readonly authorization?: string
  /** The fields of a POST. */
  readonly form?: Readonly<Record<string, string>>
  /** 200 where not given. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Runs `test` with a resolver that speaks to these steps alone, and sees that all of them were taken. */
export async function withScripted(
  steps: readonly Step[],
  options: Parameters<typeof resolverWith>[0],
  test: (resolver: Resolver) => Promise<void>,
): Promise<void> {
  const scripted = await startScripted(steps)
  const resolver = resolverWith({ ...options, env: { HTTPS_PROXY: scripted.proxy } })
  try {
    await test(resolver).catch((error: unknown) => {
      throw scripted.problems().length === 0
        ? error
        : new Error(scripted.problems().join('\n'), { cause: error })
    })
    assert.equal(scripted.problems(), [])
  } finally {
    await resolver.close()
    await scripted.close()
  }
}

interface Scripted {
  /** `HTTPS_PROXY` for a client that sees this server in place of every host. */
  readonly proxy: string
  /** What did not go as written; empty when all of it did. */
  problems(): readonly string[]
  close(): Promise<void>
}

/** Plays the part of every host of a dialogue, by their real names, over TLS that nobody vouches for. */
async function startScripted(steps: readonly Step[]): Promise<Scripted> {
  const problems: string[] = []
  let next = 0
  const server = createServer(selfSignedCertificate(), async (request, response) => {
    const step = steps[next]
    next += 1
    const form = await readForm(request)
    const { authorization } = request.headers
    const url = new URL(request.url ?? '/', `https://${request.headers.host}`)
    const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`).sort()
    const text = `${request.method} ${url.origin}${url.pathname}${query.length > 0 ? '?' : ''}${query.join('&')}`
    const came = { request: text, authorization, form }
    const wanted = step && { request: step.request, authorization: step.authorization, form: step.form }
    if (!isDeepStrictEqual(came, wanted))
      problems.push(`${JSON.stringify(came)} came, where ${JSON.stringify(wanted)} was to come`)
    response.writeHead(step?.status ?? (step === undefined ? 418 : 200), { ...step?.headers })
    response.end(request.method === 'HEAD' ? undefined : step?.body)
  })
  const proxy = createProxy()
  const tunnels = new Set<Duplex>()
  proxy.on('connect', (_request, socket) => {
    const onward = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const each of [onward, socket]) {
      tunnels.add(each)
      each.on('error', () => each.destroy())
    }
  })
  for (const each of [server, proxy])
    await new Promise<void>(resolve => each.listen(0, '127.0.0.1', () => resolve()))
  return {
    proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    problems: () => [...problems, ...steps.slice(next).map(({ request }) => `${request} did not come`)],
    async close() {
      for (const each of tunnels) each.destroy()
      for (const each of [server, proxy]) {
        each.closeAllConnections()
        await new Promise(resolve => each.close(resolve))
      }
    },
  }
}

async function readForm(request: IncomingMessage): Promise<Record<string, string> | undefined> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (request.method !== 'POST') return undefined
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
}

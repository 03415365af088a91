import { request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface Question {
  readonly method?: string
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly timeoutMs?: number
}

/** One HTTP request to a unix socket, or to a port of 127.0.0.1; rejects only when there is no whole answer. */
export function ask(server: string | number, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', path, headers = {}, body } = question
    const signal = question.timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(question.timeoutMs) }
    const outgoing = request({
      ...(typeof server === 'string' ? { socketPath: server } : { host: '127.0.0.1', port: server }),
      method,
      path,
      headers: { host: 'localhost', ...headers },
      ...signal,
    })
    outgoing.on('error', reject)
    outgoing.on('response', incoming => {
      const parts: Buffer[] = []
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text })
      })
    })
    if (body !== undefined) outgoing.setHeader('content-length', Buffer.byteLength(body))
    outgoing.end(body)
  })
}

/** Waits until the server behind the socket answers `path` with 200; gives up when it is not running, or in time. */
export async function untilAnswers(
  socketPath: string,
  path: string,
  running: () => boolean,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (running() && Date.now() < deadline) {
    const answer = await ask(socketPath, { path, timeoutMs: 2000 }).catch(() => undefined)
    if (answer?.status === 200) return true
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return false
}

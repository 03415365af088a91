/** Repositories that all have the same tags, listed by pages as docker-registry does, in a process of their own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface TagsServer {
  /** `127.0.0.1:PORT` */
  readonly host: string
  stop(): void
}

/** `latency`: milliseconds before each answer. */
export async function startTagsServer(tags: number, latency: number): Promise<TagsServer> {
  const child = fork(fileURLToPath(import.meta.url), [String(tags), String(latency)])
  const [host] = (await once(child, 'message')) as [string]
  return { host, stop: () => void child.kill() }
}

/** `22.4.17-alpine3.20`: as long as the tags of official images. */
function tagOf(number: number): string {
  return `${20 + (number % 7)}.${number % 40}.${number}-alpine3.${number % 23}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = 0, latency = 0] = process.argv.slice(2).map(Number)
  const tags = Array.from({ length: count }, (_, number) => tagOf(number)).sort()
  const pages = new Map<string, { readonly body: Buffer; readonly next: string | undefined }>()
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const size = Number(url.searchParams.get('n') ?? tags.length)
    const last = url.searchParams.get('last')
    const key = `${size} ${last}`
    let page = pages.get(key)
    if (page === undefined) {
      const start = last === null ? 0 : tags.indexOf(last) + 1
      const part = tags.slice(start, start + size)
      const body = Buffer.from(JSON.stringify({ name: 'team/image', tags: part }))
      page = { body, next: start + size < tags.length ? part.at(-1) : undefined }
      pages.set(key, page)
    }
    if (latency > 0) await sleep(latency)
    const link = page.next && `<${url.pathname}?n=${size}&last=${page.next}>; rel="next"`
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': page.body.length,
      ...(link && { link }),
    })
    response.end(page.body)
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1', () => process.send?.(`127.0.0.1:${(server.address() as AddressInfo).port}`))
  process.on('disconnect', () => process.exit())
}

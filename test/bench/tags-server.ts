/**
 * Repositories that all have the same tags, listed by pages as distribution 3 does, in a process of their own. The tag {@link CURRENT} is
 * one image, all others are another.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { makeImage } from '../support/registry/index.ts'

export interface TagsServer {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** The requests since the last call: `HEAD /v2/team/image/manifests/1`. */
  requests(): Promise<readonly string[]>
  stop(): void
}

/** `latency`: milliseconds before each answer. */
export async function startTagsServer(tags: number, latency: number): Promise<TagsServer> {
  const child = fork(fileURLToPath(import.meta.url), [String(tags), String(latency)])
  const [host] = (await once(child, 'message')) as [string]
  const requests = async () => {
    const answer = once(child, 'message')
    child.send('requests')
    return (await answer)[0] as readonly string[]
  }
  return { host, requests, stop: () => void child.kill() }
}

export const CURRENT = '20.0.0-alpine3.0'

/** `22.4.17-alpine3.20`: as long as the tags of official images. */
export function tagOf(number: number): string {
  return `${20 + (number % 7)}.${number % 40}.${number}-alpine3.${number % 23}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = 0, latency = 0] = process.argv.slice(2).map(Number)
  const tags = Array.from({ length: count }, (_, number) => tagOf(number)).sort()
  const pages = new Map<string, { readonly body: Buffer; readonly next: string | undefined }>()
  const images = [0, 1].map(revision => makeImage('image', 'tag', { revision }))
  const [current, other] = images
  let requests: string[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    requests.push(`${request.method} ${request.url}`)
    const [, kind, name = ''] = /\/(manifests|blobs)\/(.*)$/.exec(url.pathname) ?? []
    if (kind !== undefined) {
      const digest = name.startsWith('sha256:') ? name : (name === CURRENT ? current : other)!.digest
      const manifest = images.map(image => image.manifests.get(digest)).find(one => one !== undefined)
      const body =
        manifest?.body ?? images.map(image => image.blobs.get(digest)).find(one => one !== undefined)
      if (latency > 0) await sleep(latency)
      response.writeHead(body === undefined ? 404 : 200, {
        'content-type': manifest?.mediaType ?? 'application/octet-stream',
        'content-length': body?.length ?? 0,
        'docker-content-digest': digest,
      })
      response.end(request.method === 'HEAD' ? undefined : body)
      return
    }
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
  process.on('message', () => {
    process.send?.(requests)
    requests = []
  })
  process.on('disconnect', () => process.exit())
}

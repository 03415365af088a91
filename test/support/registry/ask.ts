import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { mediaTypes } from './images.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Length of each piece as it came. */
  readonly chunks: readonly number[]
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** PEM of the CA to trust. */
  readonly ca?: string
}

/** Accepts all four kinds of manifest. */
export const acceptAll = [mediaTypes.oci, mediaTypes.docker]
  .flatMap(types => [types.index, types.manifest])
  .join(', ')

/** One request on a connection of its own. Follows nothing, retries nothing; rejects when the connection breaks. */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const open = url.startsWith('https:') ? httpsRequest : httpRequest
    const headers = { accept: acceptAll, ...options.headers }
    const request = open(
      url,
      { method: options.method ?? 'GET', headers, agent: false, ca: options.ca },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
            chunks: chunks.map(chunk => chunk.length),
          })
        })
      },
    )
    request.on('error', reject)
    request.end(options.body)
  })
}

/** The `code` of the error that the request ends in; rejects when it is answered after all. */
export async function askFailing(url: string, options?: AskOptions): Promise<string> {
  let answer: Answer
  try {
    answer = await ask(url, options)
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
  throw new Error(`was answered with ${answer.status}`)
}

/** The first error of a JSON error body. */
export function errorOf(answer: Answer): { code: string; message: string } {
  return (JSON.parse(answer.body.toString()) as { errors: { code: string; message: string }[] }).errors[0]!
}

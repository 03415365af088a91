/** Decodes bodies that a server compressed although `identity` was requested. Some proxies and CDNs do. */
import { HttpFailure } from './failure.ts'
import { BODY_MAX, ERROR_BODY_MAX, type HttpResponse, manifestTooLarge } from './response.ts'

/**
 * The response with its plain body. Encodings other than gzip and deflate stay as they are. The length of the encoded body is removed
 * from the headers, because callers need that of the plain one.
 * @throws HttpFailure if the body is damaged, or too large after decoding
 */
export async function decodeBody(answer: HttpResponse, host: string): Promise<HttpResponse> {
  if (!isEncoded(answer.headers)) return answer
  const encoding = encodingOf(answer.headers)
  const isGzip = encoding !== 'deflate'
  const { 'content-length': _, 'content-encoding': __, ...headers } = answer.headers
  // Also the response to HEAD.
  if (answer.body.length === 0) return { ...answer, headers }
  const isError = answer.status >= 400
  try {
    const body = await inflate(answer.body, isGzip, isError)
    return { ...answer, headers, body }
  } catch (error) {
    // The status says enough.
    if (isError) return { ...answer, headers, body: Buffer.alloc(0) }
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw manifestTooLarge(host)
    throw new HttpFailure('broken', `${host} sent a body that cannot be decoded (${encoding})`)
  }
}

/** Whether {@link decodeBody} decodes it. */
export function isEncoded(headers: HttpResponse['headers']): boolean {
  return ['gzip', 'x-gzip', 'deflate'].includes(encodingOf(headers))
}

function encodingOf(headers: HttpResponse['headers']): string {
  return (headers['content-encoding'] ?? '').trim().toLowerCase()
}

/** The body of an error may be cut off, and its start is enough. */
async function inflate(body: Buffer, isGzip: boolean, isError: boolean): Promise<Buffer> {
  const [zlib, { promisify }] = await Promise.all([import('node:zlib'), import('node:util')])
  const options = {
    maxOutputLength: isError ? ERROR_BODY_MAX : BODY_MAX,
    ...(isError && { finishFlush: zlib.constants.Z_SYNC_FLUSH }),
  }
  // By the standard deflate is zlib's format. Some servers send it without zlib's header.
  const hasZlibHeader = (body[0]! & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0
  const decode = isGzip ? zlib.gunzip : hasZlibHeader ? zlib.inflate : zlib.inflateRaw
  return promisify<Buffer, import('node:zlib').ZlibOptions, Buffer>(decode)(body, options)
}

/** Sends a request over one connection and reads the whole response. */
import { isEncoded } from './content-encoding.ts'
import type { Dispatcher } from './pools.ts'
import { BODY_MAX, ERROR_BODY_MAX, type HttpResponse, joinValues, manifestTooLarge } from './response.ts'

/** Like `dispatcher.request`, but without streams, because most responses have no body. `host` is for messages. */
export function dispatch(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  host: string,
  signal: AbortSignal,
  receive?: () => (chunk: Buffer) => void,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let status = 0
    let headers: Record<string, string> = {}
    let size = 0
    let receiver: ((chunk: Buffer) => void) | undefined
    const chunks: Buffer[] = []
    let controller: Dispatcher.DispatchController | undefined
    // undici notices an aborted signal only once it is connected.
    const abort = (): void => {
      reject(signal.reason)
      controller?.abort(signal.reason)
    }
    const finish = (): void => {
      signal.removeEventListener('abort', abort)
      resolve({ status, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) })
    }
    signal.addEventListener('abort', abort)

    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started
        if (signal.aborted) started.abort(signal.reason)
      },
      onResponseStart(_controller, code, fields) {
        status = code
        headers = joinValues(fields)
        if (status === 200 && !isEncoded(headers)) receiver = receive?.()
      },
      onResponseData(_controller, chunk) {
        if (receiver !== undefined) {
          try {
            receiver(chunk)
          } catch (error) {
            controller?.abort(error as Error)
          }
          return
        }
        size += chunk.length
        if (size <= (status < 400 ? BODY_MAX : ERROR_BODY_MAX)) chunks.push(chunk)
        else if (status >= 400) {
          finish()
          controller?.abort(new Error('enough'))
        } else controller?.abort(manifestTooLarge(host))
      },
      // undici frees the connection in the next turn of the event loop. A request sent before would open another connection.
      onResponseEnd: () => queueMicrotask(() => setImmediate(finish)),
      onResponseError(_controller, error) {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    })
  })
}

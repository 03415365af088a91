/**
 * Lists the tags of repositories, by the resolver or by bare requests: `node list-tags.mjs resolver|bare HOST REPOSITORIES ENDING`. The
 * resolver is asked for the tags with that ending, as the commands ask it. Prints the number of tags, or of bytes, and the milliseconds from the first request to the last answer.
 */
import { type Dispatcher, Pool } from 'undici'
import { parseReference, type Reference } from '../../../src/core/reference.ts'
import { createResolver } from '../../../src/registry/resolve.ts'
import { CONNECTIONS } from '../../../src/registry/transport/pools.ts'

const [mode = '', host = '', count = '0', ending = ''] = process.argv.slice(2)
const names = Array.from({ length: Number(count) }, (_, number) => `team/image-${number}`)

/** The same pages over as many connections, and nothing else: the body is thrown away. */
async function bare(): Promise<number> {
  const pool = new Pool(`http://${host}`, { connections: CONNECTIONS })
  let bytes = 0
  await Promise.all(
    names.map(async name => {
      for (let path: string | undefined = `/v2/${name}/tags/list?n=1000`; path !== undefined; ) {
        const { headers, body }: Dispatcher.ResponseData = await pool.request({ method: 'GET', path })
        for await (const chunk of body) bytes += (chunk as Buffer).length
        path = /<([^>]*)>/.exec(String(headers.link ?? ''))?.[1]
      }
    }),
  )
  await pool.close()
  return bytes
}

async function resolver(): Promise<number> {
  const { env } = process
  const lists = createResolver({ env, signal: new AbortController().signal })
  let found = 0
  await Promise.all(
    names.map(async name => {
      // A command keeps the tags that it needs.
      const { length } = await lists.tags(referenceTo(name), ending)
      found += length
    }),
  )
  await lists.close()
  return found
}

function referenceTo(name: string): Reference {
  const parsed = parseReference(`${host}/${name}:1`)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return parsed.reference
}

const start = performance.now()
const found = await (mode === 'bare' ? bare() : resolver())
console.log(`${found} ${performance.now() - start}`)

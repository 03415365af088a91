/**
 * Sends requests and throws the answers away: `node send-requests.mjs HOST FILE`. The file has one line for each, such as
 * `HEAD /v2/team/image/manifests/1`.
 */
import { readFileSync } from 'node:fs'
import { Pool } from 'undici'
import { CONNECTIONS } from '../../../src/registry/transport/pools.ts'

const [host = '', file = ''] = process.argv.slice(2)
const pool = new Pool(`http://${host}`, { connections: CONNECTIONS })
const lines = readFileSync(file, 'utf8').trim().split('\n')
// As many at a time as there are connections.
const send = async (): Promise<void> => {
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [method = '', path = ''] = line.split(' ')
    const { body } = await pool.request({ method: method as 'GET' | 'HEAD', path, reset: false })
    for await (const _ of body);
  }
}
await Promise.all(Array.from({ length: CONNECTIONS }, send))
await pool.close()

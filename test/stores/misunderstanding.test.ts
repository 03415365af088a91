/**
 * The last line of defence: whatever an engine answers, an image that is not there is never said to be there. Answers of real engines,
 * for images that they do not have as a build wants them, are damaged: fields are missing or of another type, texts end too early.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { detectStore } from '../../src/stores/index.ts'
import type { Availability, Wanted } from '../../src/stores/store.ts'
import { forAllAsync, type Random } from '../support/random.ts'
import { digestOf, ENGINES, type FakeEngine, fakeEngine, type State, want } from './fake-engine.ts'

const test = suite('misunderstanding')
const { signal } = new AbortController()

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
/** Status and body of the answer to a path without its version. */
type Damage = (path: string, status: number, body: string) => { status: number; body: string }

/** An engine before the engine, whose answers are damaged. */
async function damaged(
  engine: FakeEngine,
  damage: Damage,
  damageHeader: (value: string) => string,
  action: (host: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dock-lock-damage-'))
  const socket = join(folder, 'docker.sock')
  const server = createServer((incoming, outgoing) => {
    const { method, url = '' } = incoming
    const upstream = httpRequest(
      { socketPath: engine.host.slice('unix://'.length), method, path: url },
      answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => {
          const path = url.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')
          const { status, body } = damage(path, answer.statusCode ?? 0, text)
          for (const name of ['api-version', 'server']) {
            const header = `${answer.headers[name] ?? ''}`
            if (header !== '') outgoing.setHeader(name, damageHeader(header))
          }
          outgoing.writeHead(status)
          outgoing.end(body)
        })
      },
    )
    upstream.on('error', () => outgoing.destroy())
    upstream.end()
  })
  await new Promise<void>(resolve => server.listen(socket, resolve))
  try {
    await action(`unix://${socket}`)
  } finally {
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
    rmSync(folder, { recursive: true })
  }
}

/** Another type in the place of a value; never one that says more than it did. */
function replaced(random: Random, value: Json): Json | undefined {
  // Undefined: the field is not there.
  const others: (Json | undefined)[] = [
    undefined,
    null,
    {},
    [],
    '',
    0,
    1,
    -1,
    1e300,
    false,
    'true',
    '<none>:<none>',
  ]
  if (Array.isArray(value))
    others.push({ ...value } as unknown as Json, [value], value.slice(0, 1), [...value, ...value])
  else if (typeof value === 'object' && value !== null) others.push(Object.values(value), [value])
  else if (typeof value === 'string') others.push([value], `${value}\u0000`, `\u202e${value}`, ` ${value}`)
  else others.push(String(value), [value])
  return random.pick(others)
}

/** The document with one place in it damaged, a random one at a random depth. */
function damageOnce(random: Random, value: Json): Json | undefined {
  const inside = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (inside.length === 0 || random.chance(0.15)) return replaced(random, value)
  const name = random.pick(inside)
  const part = damageOnce(random, (value as Record<string, Json>)[name]!)
  if (Array.isArray(value)) {
    const index = Number(name)
    return part === undefined ? value.toSpliced(index, 1) : value.with(index, part)
  }
  const { [name]: _, ...rest } = value as Record<string, Json>
  return part === undefined ? rest : { ...rest, [name]: part }
}

function damageText(random: Random, body: string): string {
  return random.pick([
    () => body.slice(0, random.int(0, body.length - 1)),
    () => body.slice(random.int(1, body.length)),
    () => `${body}${body}`,
    () => `<html>${body}</html>`,
    () => '',
    () => 'null',
  ])()
}

const STATES: readonly State[] = ['empty', 'untagged', 'elsewhere', 'otherPlatform']

for (const name of [...ENGINES, 'docker-26-containerd'] as const) {
  test(`${name}: no damage makes an image appear`, async () => {
    const digest = digestOf(name)
    const wanted: readonly Wanted[] = [
      want('alpine:3.23', digest),
      want('alpine:3.23', digest, { platform: 'linux/s390x' }),
      want('alpine:3.24', digest),
      want('alpine', digest),
      want('other:3.23', digest),
    ]
    let errors = 0
    let answers = 0
    for (const state of STATES) {
      const engine = await fakeEngine(name, { state })
      try {
        const undamaged = await engine.store()
        const truth = await undamaged.availability(wanted, signal)
        await forAllAsync(100, async random => {
          const target = random.pick([/^\/info$/, /^\/images\/json$/, /^\/images\/.+\/json$/])
          const asText = random.chance(0.2)
          const status = random.chance(0.1)
            ? random.pick([201, 204, 301, 304, 400, 401, 404, 500, 503])
            : undefined
          const damage: Damage = (path, was, body) => {
            if (!target.test(path) || (path === '/images/json' && target.source.includes('.+')))
              return { status: was, body }
            if (status !== undefined) return { status, body: status === 204 || status === 304 ? '' : body }
            if (asText) return { status: was, body: damageText(random, body) }
            let document: Json | undefined = JSON.parse(body) as Json
            for (let count = random.int(1, 3); count > 0 && document !== undefined; count--)
              document = damageOnce(random, document)
            return { status: was, body: document === undefined ? '' : JSON.stringify(document) }
          }
          const header = random.chance(0.2)
            ? random.pick(['', 'x', '1.24', '1.44', '9.9', '1.1e3'])
            : undefined
          await damaged(
            engine,
            damage,
            value => header ?? value,
            async host => {
              const store = await detectStore({ env: {}, host, signal })
              try {
                const found = await store.availability(wanted, signal)
                answers += 1
                for (const [index, one] of found.entries()) neverMore(truth[index]!, one)
              } catch (error) {
                if (!(error instanceof DockLockError)) throw error
                errors += 1
              } finally {
                store.close()
              }
            },
          )
        })
      } finally {
        await engine.stop()
      }
    }
    assert.ok(answers > 20 && errors > 20, `${answers} answers, ${errors} errors`)
  })
}

/** What is worse is allowed; what is better is a lie. */
function neverMore(truth: Availability, found: Availability): void {
  const told = `${truth.wanted.key} for ${truth.platform}: ${truth.state}, ${truth.build} became ${found.state}, ${found.build}`
  if (truth.state !== 'present') assert.is.not(found.state, 'present', told)
  if (truth.build !== 'offline') assert.is.not(found.build, 'offline', told)
}

test.run()

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
import { createRandom, forAllAsync, type Random } from '../support/random.ts'
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

type Place = readonly string[]

function placesOf(value: Json, at: Place = []): Place[] {
  const inside = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return [at, ...inside.flatMap(([name, part]) => placesOf(part, [...at, name]))]
}

/** The document with something else in that place; undefined: nothing. */
function damageAt(
  value: Json,
  [name, ...rest]: Place,
  other: (value: Json) => Json | undefined,
): Json | undefined {
  if (name === undefined) return other(value)
  const part = damageAt((value as Record<string, Json>)[name]!, rest, other)
  if (Array.isArray(value)) {
    const index = Number(name)
    return part === undefined ? value.filter((_, other) => other !== index) : value.with(index, part)
  }
  const { [name]: _, ...others } = value as Record<string, Json>
  return part === undefined ? others : { ...others, [name]: part }
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

const STATES: readonly State[] = ['empty', 'untagged', 'elsewhere', 'otherPlatform', 'present']
const TARGETS = { info: /^\/info$/, images: /^\/images\/json$/, image: /^\/images\/.+\/json$/ }

for (const name of [...ENGINES, 'docker-26-containerd'] as const) {
  const digest = digestOf(name)
  const wanted: readonly Wanted[] = [
    want('alpine:3.23', digest),
    want('alpine:3.23', digest, { platform: 'linux/arm64/v8' }),
    want('alpine:3.23', digest, { platform: 'linux/s390x' }),
    want('alpine:3.24', digest),
    want('alpine', digest),
    want('other:3.23', digest),
  ]

  /** Asks through damaged answers, and compares with what the engine says undamaged. */
  const hold = async (
    engine: FakeEngine,
    truth: readonly Availability[],
    damage: Damage,
    header?: string,
  ) => {
    let lied: unknown
    let failed = false
    await damaged(
      engine,
      damage,
      value => header ?? value,
      async host => {
        const store = await detectStore({ env: {}, host, signal })
        try {
          const found = await store.availability(wanted, signal)
          for (const [index, one] of found.entries()) neverMore(truth[index]!, one)
        } catch (error) {
          failed = error instanceof DockLockError
          if (!failed) lied = error
        } finally {
          store.close()
        }
      },
    )
    if (lied !== undefined) throw lied
    return failed
  }

  test(`${name}: no damage makes an image appear`, async () => {
    let asked = 0
    let errors = 0
    for (const state of STATES) {
      const engine = await fakeEngine(name, { state })
      try {
        const undamaged = await engine.store()
        const truth = await undamaged.availability(wanted, signal)
        const count = (failed: boolean) => {
          asked += 1
          if (failed) errors += 1
        }
        // Every place in what is said of images: first without it, then with something else there.
        for (const target of [TARGETS.images, TARGETS.image]) {
          let places = 1
          for (let index = 0; index < places; index++) {
            const random = createRandom(index)
            for (const other of [() => undefined, (value: Json) => replaced(random, value)]) {
              const damage: Damage = (path, status, body) => {
                if (!target.test(path)) return { status, body }
                const document = JSON.parse(body) as Json
                const all = placesOf(document)
                places = Math.max(places, all.length)
                const place = all[index]
                const spoiled = place === undefined ? document : damageAt(document, place, other)
                return { status, body: spoiled === undefined ? '' : JSON.stringify(spoiled) }
              }
              count(await hold(engine, truth, damage))
            }
          }
        }
        // And what comes to mind.
        await forAllAsync(60, async random => {
          const target = random.pick(Object.values(TARGETS))
          const asText = random.chance(0.3)
          const other = random.chance(0.2) ? random.pick([201, 204, 301, 304, 400, 404, 500, 503]) : undefined
          const header = random.chance(0.2)
            ? random.pick(['', 'x', '1.24', '1.44', '9.9', '1.1e3'])
            : undefined
          const damage: Damage = (path, status, body) => {
            if (!target.test(path)) return { status, body }
            if (other !== undefined)
              return { status: other, body: other === 204 || other === 304 ? '' : body }
            if (asText) return { status, body: damageText(random, body) }
            let document: Json | undefined = JSON.parse(body) as Json
            for (let times = random.int(1, 3); times > 0 && document !== undefined; times--)
              document = damageAt(document, random.pick(placesOf(document)), value => replaced(random, value))
            return { status, body: document === undefined ? '' : JSON.stringify(document) }
          }
          count(await hold(engine, truth, damage, header))
        })
      } finally {
        await engine.stop()
      }
    }
    assert.ok(errors > 50 && asked - errors > 50, `${asked} asked, ${errors} errors`)
  })
}

/** What is worse is allowed; what is better is a lie. */
function neverMore(truth: Availability, found: Availability): void {
  const told = `${truth.wanted.key} for ${truth.platform}: ${truth.state}, ${truth.build} became ${found.state}, ${found.build}`
  if (truth.state !== 'present') assert.is.not(found.state, 'present', told)
  if (truth.build !== 'offline') assert.is.not(found.build, 'offline', told)
}

test.run()

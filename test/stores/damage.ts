/**
 * The answers of an engine, damaged: fields are missing or of another type, texts end too early. Nothing that says more than it did:
 * whatever dock-lock makes of them, it must not be better than what it makes of the whole ones.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { isVerified } from '../../src/core/availability.ts'
import { DockLockError } from '../../src/core/error.ts'
import { formatPlatform } from '../../src/core/platform.ts'
import type { Wanted } from '../../src/core/wanted.ts'
import { detectStore } from '../../src/stores/index.ts'
import type { Availability, StoreInfo } from '../../src/stores/store.ts'
import { createRandom, forAllAsync, type Random } from '../support/random.ts'

const { signal } = new AbortController()

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
/** Status and body of the answer to a path without its version: `/images/json`, `/libpod/images/json`. */
type Damage = (path: string, status: number, body: string) => { status: number; body: string }

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Each question is asked once: the engine's store does not change meanwhile. */
function remembering(host: string): (method: string, url: string) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>()
  return (method, url) => {
    const known = answers.get(`${method} ${url}`)
    const answer = known ?? ask(host.slice('unix://'.length), method, url)
    answers.set(`${method} ${url}`, answer)
    return answer
  }
}

function ask(socketPath: string, method: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ socketPath, method, path }, answer => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** An engine before the engine, whose answers are damaged. */
async function damaged(
  answerTo: (method: string, url: string) => Promise<Answer>,
  damage: Damage,
  damageHeader: (value: string) => string,
  action: (host: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dock-lock-damage-'))
  const socket = join(folder, 'docker.sock')
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '' } = incoming
    answerTo(method, url).then(
      answer => {
        const path = url.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')
        const { status, body } = damage(path, answer.status, answer.text)
        for (const name of ['api-version', 'libpod-api-version', 'server']) {
          const header = `${answer.headers[name] ?? ''}`
          if (header !== '') outgoing.setHeader(name, damageHeader(header))
        }
        outgoing.writeHead(status).end(body)
      },
      () => outgoing.destroy(),
    )
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

const TARGETS = {
  info: /^(?:\/libpod)?\/info$/,
  images: /^(?:\/libpod)?\/images\/json$/,
  image: /^(?:\/libpod)?\/images\/.+\/json$/,
}

/**
 * Holds what is said of `wanted` through damaged answers of the engine at `host` against what is said through whole ones. Answers with
 * how often it was asked, and how often the answer was an error.
 */
export async function damageAnswers(
  host: string,
  wanted: readonly Wanted[],
): Promise<{ readonly asked: number; readonly errors: number }> {
  const answerTo = remembering(host)
  const whole = await detectStore({ env: {}, host, signal })
  const truth = await whole.availability(wanted, signal)
  const info = await whole.info(signal)
  whole.close()
  let asked = 0
  let errors = 0

  const hold = async (damage: Damage, header?: string): Promise<void> => {
    let lied: unknown
    asked += 1
    await damaged(
      answerTo,
      damage,
      value => header ?? value,
      async damagedHost => {
        const store = await detectStore({ env: {}, host: damagedHost, signal })
        try {
          const found = await store.availability(wanted, signal)
          const told = await store.info(signal)
          for (const [index, one] of found.entries()) neverMore([truth[index]!, info], [one, told])
        } catch (error) {
          if (error instanceof DockLockError) errors += 1
          else lied = error
        } finally {
          store.close()
        }
      },
    )
    if (lied !== undefined) throw lied
  }

  // Every place in what is said of images: first without it, then with something else there.
  for (const target of [TARGETS.images, TARGETS.image]) {
    let places = 1
    for (let index = 0; index < places; index++) {
      const random = createRandom(index)
      for (const other of [() => undefined, (value: Json) => replaced(random, value)])
        await hold((path, status, body) => {
          if (!target.test(path)) return { status, body }
          const document = JSON.parse(body) as Json
          const all = placesOf(document)
          places = Math.max(places, all.length)
          const place = all[index]
          const spoiled = place === undefined ? document : damageAt(document, place, other)
          return { status, body: spoiled === undefined ? '' : JSON.stringify(spoiled) }
        })
    }
  }
  // And what comes to mind.
  await forAllAsync(60, async random => {
    const target = random.pick(Object.values(TARGETS))
    const asText = random.chance(0.3)
    const otherStatus = random.chance(0.2) ? random.pick([201, 204, 301, 304, 400, 404, 500, 503]) : undefined
    const header = random.chance(0.2) ? random.pick(['', 'x', '1.24', '1.44', '9.9', '1.1e3']) : undefined
    await hold((path, status, body) => {
      if (!target.test(path)) return { status, body }
      if (otherStatus !== undefined)
        return { status: otherStatus, body: otherStatus === 204 || otherStatus === 304 ? '' : body }
      if (asText) return { status, body: damageText(random, body) }
      let document: Json | undefined = JSON.parse(body) as Json
      for (let times = random.int(1, 3); times > 0 && document !== undefined; times--)
        document = damageAt(document, random.pick(placesOf(document)), value => replaced(random, value))
      return { status, body: document === undefined ? '' : JSON.stringify(document) }
    }, header)
  })
  return { asked, errors }
}

type Told = readonly [Availability, StoreInfo]

/** What is worse is allowed; what is better is a lie. */
function neverMore([truth]: Told, [found]: Told): void {
  const words = ({ state, registryUse }: Availability) => `${state}, ${registryUse}`
  const what = `${truth.wanted.key} for ${formatPlatform(truth.platform)}: ${words(truth)} became ${words(found)}`
  if (truth.state !== 'present') assert.is.not(found.state, 'present', what)
  for (const strict of [false, true])
    if (!isVerified(truth, { strict })) assert.not.ok(isVerified(found, { strict }), what)
}

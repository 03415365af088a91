import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { acceptAll, ask, askFailing, errorOf } from './ask.ts'
import type { Behaviour } from './faults.ts'
import { type Image, mediaTypes, sha256 } from './images.ts'
import { type EmbeddedRegistry, startRegistry } from './server.ts'

const test = suite<{ registry: EmbeddedRegistry; image: Image; url: string }>('embedded registry: faults')

test.before.each(async context => {
  context.registry = await startRegistry()
  context.image = context.registry.addImage('a', '1')
  context.url = `${context.registry.url}/v2/a/manifests/1`
})
test.after.each(context => context.registry.close())

for (const kind of ['close', 'reset', 'truncate'] as const) {
  test(`${kind} breaks the connection, for GET and for HEAD`, async ({ registry, url }) => {
    registry.fault({ pathRegex: /manifests/ }, { kind })
    assert.is(await askFailing(url), 'ECONNRESET')
    assert.is(await askFailing(url, { method: 'HEAD' }), 'ECONNRESET')
    const [get, head] = registry.requests
    assert.equal([get?.fault, get?.status], [kind, kind === 'close' ? undefined : 200])
    assert.equal([head?.fault, head?.status], [kind, undefined])
  })
}

test('reset ends the connection with RST, truncate and close with FIN', async ({ registry, url }) => {
  const { port, pathname } = new URL(url)
  for (const [kind, ending] of [
    ['reset', 'ECONNRESET'],
    ['truncate', 'end'],
    ['close', 'end'],
  ] as const) {
    registry.fault({ times: 1 }, { kind })
    const seen = await new Promise<string | undefined>(resolve => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      socket.on('end', () => resolve('end'))
      socket.resume()
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\nAccept: ${acceptAll}\r\n\r\n`)
    })
    assert.is(seen, ending, kind)
  }
})

for (const at of ['headers', 'body'] as const) {
  test(`a request that hangs at the ${at} ends with the registry, others go on`, async ({
    registry,
    url,
  }) => {
    registry.fault({ method: 'GET', times: 1 }, { kind: 'hang', at })
    let outcome: string | undefined
    const hanging = askFailing(url).then(code => {
      outcome = code
    })
    while (registry.requests[0]?.fault === undefined) await new Promise(setImmediate)
    assert.is((await ask(url)).status, 200)
    assert.is(outcome, undefined)
    assert.is(registry.requests[0]?.status, at === 'headers' ? undefined : 200)
    await registry.close()
    await hanging
    assert.is(outcome, 'ECONNRESET')
  })
}

test('slow sends the whole body in pieces', async ({ registry, image, url }) => {
  registry.fault({}, { kind: 'slow', bytesPerSecond: image.size * 4 })
  const answer = await ask(url)
  assert.is(sha256(answer.body), image.digest)
  assert.ok(answer.chunks[0]! < image.size)
})

test('status answers with the error that belongs to it', async ({ registry, url }) => {
  const cases: [status: number, code: string][] = [
    [403, 'DENIED'],
    [404, 'MANIFEST_UNKNOWN'],
    [429, 'TOOMANYREQUESTS'],
    [500, 'UNKNOWN'],
    [503, 'UNKNOWN'],
  ]
  for (const [status] of cases) {
    registry.fault({ times: 1 }, { kind: 'status', status, headers: { 'Retry-After': '7' } })
  }
  for (const [status, code] of cases) {
    const answer = await ask(url)
    assert.is(answer.status, status)
    assert.is(errorOf(answer).code, code)
    assert.is(answer.headers['retry-after'], '7')
  }
  assert.is((await ask(url)).status, 200)
  registry.fault(
    {},
    { kind: 'status', status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' },
  )
  const page = await ask(url)
  assert.equal(
    [page.status, page.headers['content-type'], page.body.toString()],
    [502, 'text/html', '<html>'],
  )
})

test('a 401 challenges even with a good token', async () => {
  const registry = await startRegistry({ auth: { kind: 'bearer' }, answerAnything: true })
  registry.fault({ pathRegex: /manifests/ }, { kind: 'status', status: 401 })
  for (let round = 0; round < 3; round++) {
    const token = await ask(`${registry.tokenUrl}?scope=repository:a:pull`)
    const { token: value } = JSON.parse(token.body.toString()) as { token: string }
    const answer = await ask(`${registry.url}/v2/a/manifests/1`, {
      headers: { authorization: `Bearer ${value}` },
    })
    assert.is(answer.status, 401)
    assert.match(String(answer.headers['www-authenticate']), 'scope="repository:a:pull"')
  }
  await registry.close()
})

test('digest headers can be wrong or missing while the body is right', async ({ registry, image, url }) => {
  registry.fault({ times: 1 }, { kind: 'wrong-digest' })
  registry.fault({ times: 1 }, { kind: 'wrong-digest', digest: 'md5:junk' })
  registry.fault({ times: 1 }, { kind: 'missing-digest' })
  const answers = [await ask(url), await ask(url), await ask(url)]
  for (const { body } of answers) assert.is(sha256(body), image.digest)
  const [wrong, junk, missing] = answers.map(({ headers }) => headers['docker-content-digest'])
  assert.match(String(wrong), /^sha256:[0-9a-f]{64}$/)
  assert.is.not(wrong, image.digest)
  assert.is(junk, 'md5:junk')
  assert.is(missing, undefined)
  assert.is(answers[2]?.headers.etag, undefined)
})

test('a wrong body belongs to another digest, and a manifest is JSON all the same', async ({
  registry,
  image,
  url,
}) => {
  registry.fault({}, { kind: 'wrong-body' })
  const manifest = await ask(url)
  assert.is(manifest.headers['docker-content-digest'], image.digest)
  assert.is.not(sha256(manifest.body), image.digest)
  assert.is(JSON.parse(manifest.body.toString()).schemaVersion, 2)
  const { layer } = image.platforms['linux/amd64']!
  const blob = await ask(`${registry.url}/v2/a/blobs/${layer}`)
  assert.is(blob.body.length, image.blobs.get(layer)?.length)
  assert.is.not(sha256(blob.body), layer)
})

test('an oversize body is right in all but its size, which is not announced', async ({ registry, url }) => {
  registry.fault({}, { kind: 'oversize' })
  const answer = await ask(url)
  assert.ok(answer.body.length > 4 * 1024 * 1024)
  assert.is(answer.headers['content-length'], undefined)
  assert.is(answer.headers['docker-content-digest'], sha256(answer.body))
  assert.is(JSON.parse(answer.body.toString()).mediaType, mediaTypes.oci.index)
})

test('invalid JSON has the right digest and type', async ({ registry, url }) => {
  registry.fault({}, { kind: 'invalid-json' })
  const answer = await ask(url)
  assert.throws(() => JSON.parse(answer.body.toString()))
  assert.is(answer.headers['docker-content-digest'], sha256(answer.body))
  assert.is(answer.headers['content-type'], mediaTypes.oci.index)
})

test('the content type can be another or none', async ({ registry, url }) => {
  registry.fault({ times: 1 }, { kind: 'content-type', value: 'text/html' })
  registry.fault({ times: 1 }, { kind: 'content-type' })
  assert.is((await ask(url)).headers['content-type'], 'text/html')
  assert.is((await ask(url)).headers['content-type'], undefined)
})

test('redirects go round, to the other scheme, or elsewhere', async ({ registry, url }) => {
  const cases: [to: string, location: string][] = [
    ['loop', `${url}?ns=x`],
    ['scheme', `${url.replace('http:', 'https:')}?ns=x`],
    ['http://localhost:1', 'http://localhost:1/v2/a/manifests/1?ns=x'],
    ['http://localhost:1/else', 'http://localhost:1/else'],
    ['file:///etc/passwd', 'file:///etc/passwd'],
  ]
  for (const [to] of cases) registry.fault({ times: 1 }, { kind: 'redirect', to })
  for (const [to, location] of cases) {
    const answer = await ask(`${url}?ns=x`)
    assert.equal([answer.status, answer.headers.location], [307, location], to)
  }
})

test('control characters reach the client within the error message', async ({ registry, url }) => {
  registry.fault({}, { kind: 'control-characters', status: 404 })
  const answer = await ask(url)
  assert.is(answer.status, 404)
  for (const character of '\u001b\u0007\r\n\0\u009b\u202e\u2028') {
    assert.ok(errorOf(answer).message.includes(character))
  }
})

test('a fault strikes what it matches, as often as it may, the oldest first, until it is taken back', async ({
  registry,
  url,
}) => {
  const status = (code: number): Behaviour => ({ kind: 'status', status: code })
  registry.fault({ method: 'HEAD' }, status(500))
  registry.fault({ pathRegex: /manifests\/1$/g, times: 2 }, status(501))
  const remove = registry.fault(request => request.query.has('ns'), status(502))
  const statusOf = async (query = '', method = 'GET'): Promise<number> =>
    (await ask(url + query, { method })).status
  assert.is(await statusOf('', 'HEAD'), 500)
  assert.is(await statusOf('?ns=x'), 501)
  assert.is(await statusOf(), 501)
  assert.is(await statusOf(), 200)
  assert.is(await statusOf('?ns=x'), 502)
  remove()
  assert.is(await statusOf('?ns=x'), 200)
  registry.clearFaults()
  assert.is(await statusOf('', 'HEAD'), 200)
})

test('faults by chance follow from the seed, whatever the order of requests', async ({ registry }) => {
  const round = async (seed: number, rate: number, tags: number[]): Promise<Map<number, number>> => {
    registry.randomFaults({ seed, rate, behaviours: [{ kind: 'status', status: 503 }] })
    const statuses = new Map<number, number>()
    for (const tag of tags) statuses.set(tag, (await ask(`${registry.url}/v2/a/manifests/${tag}`)).status)
    return new Map([...statuses].sort(([a], [b]) => a - b))
  }
  const tags = Array.from({ length: 60 }, (_, index) => index + 100)
  const first = await round(1, 0.5, tags)
  const struck = [...first.values()].filter(status => status === 503).length
  assert.ok(struck > 10 && struck < 50, `${struck} of 60`)
  assert.equal(await round(1, 0.5, tags.toReversed()), first)
  assert.not.equal(await round(2, 0.5, tags), first)
  assert.ok([...(await round(1, 0, tags)).values()].every(status => status === 404))
  assert.ok([...(await round(1, 1, tags)).values()].every(status => status === 503))
})

test.run()

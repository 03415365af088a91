import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, askFailing, errorOf } from './ask.ts'
import { selfSignedCertificate } from './certificate.ts'
import { mediaTypes, sha256 } from './images.ts'
import { type EmbeddedRegistry, startRegistry } from './server.ts'

const test = suite<{ registry: EmbeddedRegistry }>('embedded registry: pulls')

test.before.each(async context => {
  context.registry = await startRegistry()
})
test.after.each(context => context.registry.close())

test('a tag and its digest give the index; HEAD gives its headers alone', async ({ registry }) => {
  const image = registry.addImage('library/alpine', '3.23')
  for (const reference of ['3.23', image.digest]) {
    const url = `${registry.url}/v2/library/alpine/manifests/${reference}`
    const get = await ask(url)
    assert.is(get.status, 200)
    assert.is(sha256(get.body), image.digest)
    assert.is(get.headers['docker-content-digest'], image.digest)
    assert.is(get.headers['content-type'], mediaTypes.oci.index)
    assert.is(get.headers['content-length'], String(image.size))
    const head = await ask(url, { method: 'HEAD' })
    assert.is(head.body.length, 0)
    for (const name of ['docker-content-digest', 'content-type', 'content-length']) {
      assert.is(head.headers[name], get.headers[name])
    }
  }
})

test('everything an index leads to can be pulled and is what its digest says', async ({ registry }) => {
  const image = registry.addImage('a', '1', { attestations: true, mediaTypes: 'docker' })
  for (const [kind, digests] of Object.entries({ manifests: image.manifests, blobs: image.blobs })) {
    for (const digest of digests.keys()) {
      const answer = await ask(`${registry.url}/v2/a/${kind}/${digest}`)
      assert.is(sha256(answer.body), digest)
      assert.is(answer.headers['docker-content-digest'], digest)
    }
  }
})

test('a blob is visible only in its own repository', async ({ registry }) => {
  const [digest] = registry.addImage('a', '1').blobs.keys()
  registry.addImage('b', '1')
  assert.is((await ask(`${registry.url}/v2/b/blobs/${digest}`)).status, 404)
})

test('any range of a blob is that part of it', async ({ registry }) => {
  const image = registry.addImage('a', '1', { files: { data: 'x'.repeat(99) } })
  const { layer } = image.platforms['linux/amd64']!
  const whole = image.blobs.get(layer)!
  const url = `${registry.url}/v2/a/blobs/${layer}`
  const last = whole.length - 1
  const cases: [range: string, start: number, end: number][] = [
    ['0-0', 0, 0],
    ['10-19', 10, 19],
    [`${last}-`, last, last],
    ['100-', 100, last],
    ['-5', last - 4, last],
    ['7-99999999', 7, last],
    ['-99999999', 0, last],
  ]
  for (const [range, start, end] of cases) {
    const answer = await ask(url, { headers: { range: `bytes=${range}` } })
    assert.is(answer.status, 206, range)
    assert.ok(answer.body.equals(whole.subarray(start, end + 1)), range)
    assert.is(answer.headers['content-range'], `bytes ${start}-${end}/${whole.length}`)
  }
  const beyond = await ask(url, { headers: { range: `bytes=${whole.length}-` } })
  assert.is(beyond.status, 416)
  assert.is(beyond.headers['content-range'], `bytes */${whole.length}`)
})

test('a type that is not accepted is not sent', async ({ registry }) => {
  registry.addImage('a', 'oci')
  const docker = registry.addImage('a', 'docker', { mediaTypes: 'docker' })
  const headers = { accept: `${mediaTypes.docker.manifest};q=0.5, */*` }
  const oci = await ask(`${registry.url}/v2/a/manifests/oci`, { headers })
  assert.is(oci.status, 404)
  assert.is(errorOf(oci).code, 'MANIFEST_UNKNOWN')
  const amd64 = await ask(`${registry.url}/v2/a/manifests/docker`, { headers })
  assert.is(amd64.headers['docker-content-digest'], docker.platforms['linux/amd64']?.digest)
  assert.is(amd64.headers['content-type'], mediaTypes.docker.manifest)
  assert.is(sha256(amd64.body), docker.platforms['linux/amd64']?.digest)
})

test('what is not there or not allowed is an error in JSON', async ({ registry }) => {
  registry.addImage('a/b', '1')
  const cases: [path: string, status: number, code: string, method?: string][] = [
    ['/v2/a/b/manifests/2', 404, 'MANIFEST_UNKNOWN'],
    [`/v2/a/b/manifests/${sha256('no')}`, 404, 'MANIFEST_UNKNOWN'],
    ['/v2/c/manifests/1', 404, 'NAME_UNKNOWN'],
    ['/v2/c/tags/list', 404, 'NAME_UNKNOWN'],
    [`/v2/a/b/blobs/${sha256('no')}`, 404, 'BLOB_UNKNOWN'],
    ['/v2/a/b/manifests/sha256:12', 400, 'DIGEST_INVALID'],
    ['/v2/a/b/manifests/-1', 400, 'TAG_INVALID'],
    ['/v2/A/manifests/1', 400, 'NAME_INVALID'],
    ['/v2/a/b/manifests/1', 405, 'UNSUPPORTED', 'PUT'],
    ['/elsewhere', 404, 'NOT_FOUND'],
  ]
  for (const [path, status, code, method = 'GET'] of cases) {
    const answer = await ask(registry.url + path, { method })
    assert.is(answer.status, status, path)
    assert.is(answer.headers['content-type'], 'application/json')
    assert.is(errorOf(answer).code, code, path)
  }
  assert.is((await ask(`${registry.url}/v2/`)).status, 200)
})

test('tags are listed in order, in pages when asked for', async ({ registry }) => {
  for (const tag of ['c', 'a', 'b']) registry.addImage('r', tag)
  const all = await ask(`${registry.url}/v2/r/tags/list`)
  assert.equal(JSON.parse(all.body.toString()), { name: 'r', tags: ['a', 'b', 'c'] })
  assert.is(all.headers.link, undefined)
  const page = await ask(`${registry.url}/v2/r/tags/list?n=2`)
  assert.equal(JSON.parse(page.body.toString()).tags, ['a', 'b'])
  const next = /<(.*)>; rel="next"/.exec(String(page.headers.link))![1]!
  const rest = await ask(registry.url + next)
  assert.equal(JSON.parse(rest.body.toString()).tags, ['c'])
  assert.is(rest.headers.link, undefined)
})

test('a moved tag means another image and the old one stays by digest', async ({ registry }) => {
  const { digest } = registry.addImage('a', '1')
  const moved = registry.moveTag('a', '1')
  assert.is.not(moved, digest)
  const digestOf = async (reference: string): Promise<unknown> =>
    (await ask(`${registry.url}/v2/a/manifests/${reference}`)).headers['docker-content-digest']
  assert.is(await digestOf('1'), moved)
  assert.is(await digestOf(digest), digest)
  registry.moveTag('a', '1', digest)
  assert.is(await digestOf('1'), digest)
  registry.moveTag('a', 'new', moved)
  assert.is(await digestOf('new'), moved)
  registry.removeTag('a', '1')
  assert.is(await digestOf('1'), undefined)
  assert.is(await digestOf(digest), digest)
  registry.removeManifest('a', moved)
  assert.is(await digestOf(moved), undefined)
  assert.is(await digestOf('new'), undefined)
  assert.throws(() => registry.moveTag('a', '1', moved))
})

test('any bytes can be served as a manifest', async ({ registry }) => {
  const digest = registry.addManifest('a', '1', { mediaType: 'text/odd', body: Buffer.from('odd') })
  const answer = await ask(`${registry.url}/v2/a/manifests/1`)
  assert.is(answer.headers['content-type'], 'text/odd')
  assert.is(sha256(answer.body), digest)
})

test('with answerAnything every tag is there, but for removed ones', async () => {
  const registry = await startRegistry({ answerAnything: { single: true } })
  const answer = await ask(`${registry.url}/v2/any/name/manifests/any-tag`)
  assert.is(answer.headers['content-type'], mediaTypes.oci.manifest)
  const digest = answer.headers['docker-content-digest'] as string
  assert.is((await ask(`${registry.url}/v2/any/name/manifests/${digest}`)).status, 200)
  registry.removeTag('any/name', 'any-tag')
  assert.is((await ask(`${registry.url}/v2/any/name/manifests/any-tag`)).status, 404)
  await registry.close()
})

test('requests are recorded with their query and without their secrets', async ({ registry }) => {
  registry.addImage('library/alpine', '3.23')
  const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
  await ask(`${registry.url}/v2/library/alpine/manifests/3.23?ns=docker.io`, {
    method: 'HEAD',
    headers: { authorization },
  })
  await ask(`${registry.url}/v2/library/alpine/manifests/4`)
  assert.is(registry.requests.length, 2)
  const [first, second] = registry.requests
  assert.is(first?.method, 'HEAD')
  assert.is(first?.path, '/v2/library/alpine/manifests/3.23')
  assert.is(first?.query.get('ns'), 'docker.io')
  assert.is(first?.headers.authorization, 'Basic')
  assert.is(first?.status, 200)
  assert.is(second?.headers.authorization, undefined)
  assert.is(second?.status, 404)
  assert.is(registry.connections, 2)
  registry.clear()
  assert.equal(registry.requests, [])
})

test('given headers come with every answer', async () => {
  const registry = await startRegistry({ headers: { 'ratelimit-remaining': '99;w=21600' } })
  assert.is((await ask(`${registry.url}/v2/a/manifests/1`)).headers['ratelimit-remaining'], '99;w=21600')
  await registry.close()
})

test('over TLS it is trusted by the given certificate alone', async () => {
  const tls = selfSignedCertificate()
  const registry = await startRegistry({ tls })
  const { digest } = registry.addImage('a', '1')
  const url = `${registry.url}/v2/a/manifests/1`
  assert.ok(url.startsWith('https://127.0.0.1:'))
  assert.is((await ask(url, { ca: tls.cert })).headers['docker-content-digest'], digest)
  assert.is(await askFailing(url), 'DEPTH_ZERO_SELF_SIGNED_CERT')
  await registry.close()
})

test('down refuses connections and up answers again on the same port', async ({ registry }) => {
  registry.addImage('a', '1')
  const url = `${registry.url}/v2/a/manifests/1`
  await registry.down()
  assert.is(await askFailing(url), 'ECONNREFUSED')
  await registry.up()
  assert.is((await ask(url)).status, 200)
})

test('latency holds every answer back, and close ends what waits', async () => {
  const registry = await startRegistry({ latencyMs: 3_600_000 })
  const waiting = askFailing(`${registry.url}/v2/`)
  while (registry.requests.length === 0) await new Promise(setImmediate)
  registry.latencyMs = 0
  assert.is((await ask(`${registry.url}/v2/`)).status, 200)
  assert.equal(
    registry.requests.map(({ status }) => status),
    [undefined, 200],
  )
  await registry.close()
  assert.is(await waiting, 'ECONNRESET')
})

test.run()

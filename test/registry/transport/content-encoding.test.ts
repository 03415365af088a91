import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeBody } from '../../../src/registry/transport/content-encoding.ts'
import { HttpFailure } from '../../../src/registry/transport/failure.ts'
import { BODY_MAX, type HttpResponse } from '../../../src/registry/transport/response.ts'
import { makeImage } from '../../support/registry/index.ts'
import { withScripted } from '../scripted.ts'
import { reference } from '../support.ts'

const test = suite('registry/transport/content-encoding')

const response = (encoding: string, body: Buffer, status = 200): HttpResponse => ({
  status,
  headers: { 'content-encoding': encoding, 'content-length': String(body.length), etag: 'x' },
  body,
})

test('an image from a registry that compresses without being asked: the digest is of the plain bytes', async () => {
  const { digest, manifests } = makeImage('o/i', '1')
  const { mediaType, body: bytes } = manifests.get(digest)!
  const url = 'https://r.example/v2/o/i/manifests'
  for (const [encoding, encoded] of [
    ['gzip', gzipSync(bytes)],
    ['X-GZIP', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['deflate', deflateRawSync(bytes)],
  ] as const) {
    const headers = {
      'content-type': mediaType,
      'content-encoding': encoding,
      'docker-content-digest': digest,
      'content-length': String(encoded.length),
    }
    await withScripted(
      [
        // Its length is that of the compressed bytes, so HEAD does not tell the size.
        { request: `HEAD ${url}/1`, headers },
        { request: `GET ${url}/1`, headers, body: encoded },
      ],
      { insecureRegistries: ['r.example'] },
      async resolver => {
        const { descriptor } = await resolver.resolve(reference('r.example/o/i:1'))
        assert.equal(descriptor, { mediaType, digest, size: bytes.length })
      },
    )
  }
})

test('the limit applies to the decoded bytes', async () => {
  const plain = Buffer.alloc(BODY_MAX, 'x')
  assert.is((await decodeBody(response('gzip', gzipSync(plain)), 'r.example')).body.length, BODY_MAX)
  const bomb = gzipSync(Buffer.alloc(BODY_MAX + 1, 'x'))
  assert.ok(bomb.length < 10_000)
  const error = await decodeBody(response('gzip', bomb), 'r.example').catch((each: unknown) => each)
  assert.instance(error, HttpFailure)
  assert.is((error as HttpFailure).kind, 'too-large')
  assert.match((error as HttpFailure).message, 'r.example')
})

test('damaged bytes are an error; of the body of an error, what can be decoded is kept', async () => {
  const encoded = gzipSync('{"errors":[]}')
  for (const body of [encoded.subarray(0, 12), Buffer.from('plain text'), Buffer.from('x')])
    for (const encoding of ['gzip', 'deflate']) {
      const error = await decodeBody(response(encoding, body), 'r.example').catch((each: unknown) => each)
      assert.instance(error, HttpFailure)
      assert.is((error as HttpFailure).kind, 'broken')
      assert.is((await decodeBody(response(encoding, body, 403), 'r.example')).status, 403)
    }
  const noise = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index) % 251))
  const cut = gzipSync(noise).subarray(0, 3000)
  const { body } = await decodeBody(response('gzip', cut, 500), 'r.example')
  assert.ok(body.length > 0 && noise.subarray(0, body.length).equals(body))
})

test('other encodings, and none, are left alone', async () => {
  for (const encoding of ['', 'identity', 'br', 'zstd', 'gzip, gzip']) {
    const answer = response(encoding, Buffer.from('x'))
    assert.is(await decodeBody(answer, 'r.example'), answer)
  }
  const head = await decodeBody(response('gzip', Buffer.alloc(0)), 'r.example')
  assert.equal(head.headers, { etag: 'x' })
})

test.run()

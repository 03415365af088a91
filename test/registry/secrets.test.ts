/** Whatever is stored, and however a registry throws it back at us: no error holds it, nor anything that hangs on the error. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { base64, reference, resolverWith } from './support.ts'

const test = suite('registry/secrets')

const secret = 'pl4nted-s3cret/+='
const token = 'tok3n-of-the-service'
/** As it is, as it travels, and as a URL has it. */
const forms = [secret, base64(`user:${secret}`), encodeURIComponent(secret), encodeURI(secret), token]

const entries = {
  password: { auth: base64(`user:${secret}`) },
  'identity token': { identitytoken: secret },
  'registry token': { registrytoken: secret },
}

type Answer = (said: string, response: ServerResponse, request: IncomingMessage) => void

/** What somebody answers who has been told a secret; `said` holds all that came with the request. */
const indiscretions: Readonly<Record<string, Answer>> = {
  'in the message of an error': (said, response) =>
    response.writeHead(403).end(JSON.stringify({ errors: [{ code: said, message: said }] })),
  'in a body that is no JSON': (said, response) => response.writeHead(404).end(said),
  'in the place of a redirect': (said, response) =>
    response
      .writeHead(307, {
        location: `http://127.0.0.1:1/${encodeURIComponent(said)}?x=${encodeURIComponent(said)}`,
      })
      .end(),
  'in a redirect that is refused': (said, response) =>
    response
      .writeHead(307, { location: `ftp://${encodeURIComponent(said)}@127.0.0.1/${encodeURIComponent(said)}` })
      .end(),
  'in another challenge': (said, response) =>
    response
      .writeHead(401, {
        'www-authenticate': `Bearer realm="http://x/${encodeURIComponent(said)}",error="${encodeURIComponent(said)}"`,
      })
      .end(),
  'as a realm': (said, response) =>
    response.writeHead(401, { 'www-authenticate': `Bearer realm="${encodeURIComponent(said)}"` }).end(),
  'as the type of what it has': (said, response) =>
    response
      .writeHead(200, { 'content-type': `application/${encodeURIComponent(said)}` })
      .end('{"mediaType":"x"}'),
  'as the digest of what it has': (said, response) =>
    response
      .writeHead(200, { 'docker-content-digest': encodeURIComponent(said), 'content-type': 'text/html' })
      .end(said),
  'in the limits that it names': (said, response) =>
    response
      .writeHead(429, {
        'ratelimit-limit': encodeURIComponent(said),
        'retry-after': '9999',
        'ratelimit-remaining': encodeURIComponent(said),
      })
      .end(said),
  'in what is no HTTP': (said, _response, { socket }) => socket.end(`${said}\r\n\r\n`),
}

/** A client only reads these where it has asked for a body. */
const inBody = new Set([
  'in the message of an error',
  'in a body that is no JSON',
  'as the digest of what it has',
])

async function trial(
  entry: object,
  scheme: 'Basic' | 'Bearer',
  where: 'registry' | 'token service',
  how: string,
): Promise<{ readonly error: unknown; readonly told: readonly string[] }> {
  const told: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { authorization = '', host } = request.headers
    const decoded = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString()
    const said = `${authorization} ${decoded} ${Buffer.concat(chunks)}`.replace(/[^\x20-\x7e]/g, '').trim()
    if (said !== '') told.push(said)
    if (request.url?.startsWith('/token') === true && where === 'registry')
      response.end(JSON.stringify({ token }))
    else if (said === '') {
      const bearer = `Bearer realm="http://${host}/token",service="x"`
      response.writeHead(401, { 'www-authenticate': scheme === 'Basic' ? 'Basic realm="x"' : bearer }).end()
    } else if (request.method === 'HEAD' && inBody.has(how)) response.end()
    else indiscretions[how]!(said, response, request)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const resolver = resolverWith({ auths: { [address]: entry } })
  try {
    const error = await resolver
      .resolve(reference(`${address}/o/i:1`), () => false)
      .then(
        () => assert.unreachable(`${how}: it resolved`),
        (reason: unknown) => reason,
      )
    return { error, told }
  } finally {
    await resolver.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

test('passwords and tokens, thrown back by the registry or its token service', async () => {
  const ways = Object.entries(entries).flatMap(([kind, entry]) =>
    (['Basic', 'Bearer'] as const).flatMap(scheme =>
      (['registry', 'token service'] as const).flatMap(where =>
        Object.keys(indiscretions).map(how => ({ kind, entry, scheme, where, how })),
      ),
    ),
  )
  // All at one time: some are asked again and again.
  await Promise.all(
    ways.map(async ({ kind, entry, scheme, where, how }) => {
      const { error, told } = await trial(entry, scheme, where, how)
      const name = `${kind}, ${scheme}, ${where}, ${how}`
      assert.instance(error, DockLockError, `${name}: ${inspect(error)}`)
      const everything = inspect(error, { depth: Infinity, showHidden: true })
      for (const form of forms) assert.not.ok(everything.includes(form), `${name}: ${form} in ${everything}`)
      // Basic has no use for tokens; anything else was really told.
      assert.is(told.length > 0, scheme === 'Bearer' || kind === 'password', name)
    }),
  )
})

test.run()

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

for (const [kind, entry] of Object.entries(entries))
  for (const scheme of ['Basic', 'Bearer'])
    for (const where of ['registry', 'token service'])
      test(`${kind}, ${scheme}, thrown back by the ${where}`, async () => {
        const trials = Object.entries(indiscretions).map(async ([how, answer]) => {
          const told: string[] = []
          const server = createServer(async (request, response) => {
            const chunks: Buffer[] = []
            for await (const chunk of request) chunks.push(chunk as Buffer)
            const { authorization = '' } = request.headers
            const decoded = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString()
            const said = `${authorization} ${decoded} ${Buffer.concat(chunks)}`.replace(/[^\x20-\x7e]/g, '')
            const atService = request.url?.startsWith('/token') === true
            if (said.trim() !== '') told.push(said)
            if (atService && where === 'registry') response.end(JSON.stringify({ token }))
            else if (said.trim() !== '') answer(said, response, request)
            else {
              const { host } = request.headers
              const challenge =
                scheme === 'Basic' ? 'Basic realm="x"' : `Bearer realm="http://${host}/token",service="x"`
              response.writeHead(401, { 'www-authenticate': challenge }).end()
            }
          })
          await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
          const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
          const resolver = resolverWith({ auths: { [host]: entry } })
          try {
            const error = await resolver
              .resolve(reference(`${host}/o/i:1`), () => false)
              .then(
                () => assert.unreachable(`${how}: it resolved`),
                (reason: unknown) => reason,
              )
            assert.instance(error, DockLockError, `${how}: ${inspect(error)}`)
            const everything = inspect(error, { depth: Infinity, showHidden: true })
            for (const form of forms)
              assert.not.ok(everything.includes(form), `${how}: ${form} in ${everything}`)
            // Basic has no use for tokens; anything else was really told.
            assert.is(told.length > 0, scheme === 'Bearer' || kind === 'password', how)
          } finally {
            await resolver.close()
            server.closeAllConnections()
            await new Promise(resolve => server.close(resolve))
          }
        })
        await Promise.all(trials)
      })

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError, type ErrorCode, exitCodeOf, printable, redact } from '../../src/core/error.ts'
import { hostileText } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/error')

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  config: 2,
  malformed: 2,
  write: 2,
  changed: 2,
  unreachable: 3,
  engine: 3,
  'not-found': 1,
  unauthorized: 1,
  denied: 1,
  'rate-limited': 1,
  untrusted: 1,
  unsupported: 1,
  interrupted: 130,
}
for (const [code, exitCode] of Object.entries(EXIT_CODES))
  test(`${code} exits with ${exitCode}`, () => assert.is(exitCodeOf(code as ErrorCode), exitCode))

/** A secret in every dress that one comes in. */
const PLANTED: readonly ((secret: string) => string)[] = [
  secret => `connect to https://user:${secret}@registry.example/v2/ failed`,
  secret => `https://${secret}@registry.example/v2/`,
  secret => `https://user:p@${secret}@registry.example/v2/`,
  secret => `tcp://user:${secret}@10.0.0.1:2375`,
  secret => `HTTPS://user:${secret}@registry.example`,
  secret => `ssh://user:${secret}@10.0.0.1`,
  secret => `ssh://user@${secret}@10.0.0.1`,
  secret => `redirected to https://s3.example/blob?X-Amz-Signature=${secret}&X-Amz-Date=1`,
  secret => `https://s3.example/blob?a=1&X-Amz-Credential=${secret}`,
  secret => `https://s3.example/blob?X-Amz-Security-Token=${secret}`,
  secret => `https://azure.example/blob?sv=2020-01-01&sig=${secret}`,
  secret => `https://auth.example/token?service=x&access_token=${secret} was refused`,
  secret => `https://gcs.example/blob?GoogleAccessId=x&Signature=${secret}"`,
  secret => `Authorization: Bearer ${secret}`,
  secret => `authorization: bearer ${secret}`,
  secret => `Authorization: Basic ${btoa(`user:${secret}`)}`,
  secret => `Proxy-Authorization: Basic ${btoa(`user:${secret}`)}`,
  secret => `X-Registry-Auth: ${btoa(JSON.stringify({ password: secret }))}`,
  secret => `https://user:pa/${secret}@registry.example/v2/`,
  secret => `https://user:${secret}/x@registry.example/v2/`,
  secret => `user:${secret}@registry.example`,
  secret => `Authorization: token ${secret}`,
  secret => `{"Secret":"a\\"${secret}"}`,
  secret =>
    `the token eyJ${btoa(secret).replace(/[+/=]/g, '_')}.${btoa(secret).replace(/[+/=]/g, '-')}.x_y-z`,
  secret => `{"auth":"${btoa(`user:${secret}`)}"}`,
  secret => `{"username": "user", "password": "${secret}"}`,
  secret => `{"identitytoken":"${secret}"}`,
  secret => `{"access_token": "${secret}", "expires_in": 300}`,
]

test('what is too long ends at a word, and however hostile it is, it is looked through', () => {
  const hostile = [
    '?token',
    '&key=',
    'a:',
    'http://a:',
    'x://',
    'Basic ',
    '"token":"',
    'eyJ',
    'authorization: ',
    'pass-',
  ]
  for (const part of hostile) {
    assert.ok(redact(part.repeat(20_000)).length < 5000, part)
  }
  assert.is(redact(`${'word '.repeat(819)}https://user:pl4nted-secret@host/`), `${'word '.repeat(819)}…`)
})

test('planted secrets are taken out, and what is around them stays', () => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.~-'
  forAll(100, random => {
    const secret = `s3cr${random.text(alphabet, 12, 40)}`
    for (const plant of PLANTED) {
      const error = new DockLockError('denied', `before ${plant(secret)} after`, { hint: plant(secret) })
      for (const text of [error.message, error.hint ?? '']) {
        for (const form of [secret, btoa(`user:${secret}`), btoa(JSON.stringify({ password: secret }))])
          assert.not.ok(text.includes(form), text)
        assert.ok(text.includes('***'), text)
      }
      assert.ok(error.message.startsWith('before ') && error.message.endsWith('after'), error.message)
    }
  })
})

test('what is no secret stays', () => {
  for (const text of [
    'docker.io/library/alpine:3.20@sha256:0123 was not found',
    'https://registry.example/v2/library/alpine/manifests/3.20 answered 404',
    'https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/alpine:pull timed out',
    'the registry wants Basic authentication',
    'unauthorized: authentication required',
    'unix:///var/run/docker.sock does not exist',
    'https://registry.example:5000/v2/alpine:3.20@sha256:0123 was not found',
    'http://[::1]:5000/v2/alpine@sha256:0123',
    'https://registry.example:5000/@npmcli/package-json',
    'localhost:5000/alpine:3.20@sha256:0123',
    'alpine:3@sha512:0123',
    'authorization failed',
    'no engine at ssh://user@build.example:22/run/docker.sock: down',
    'mail user@example.com',
    '@npmcli/package-json',
  ])
    assert.is(redact(text), text)
})

test('nothing that moves a cursor, hides or reorders text is left', () => {
  forAll(2000, random => {
    const text = printable(hostileText(random))
    assert.not.match(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    assert.is(printable(text), text, 'twice is once')
    const error = new DockLockError('usage', hostileText(random), { hint: hostileText(random) })
    assert.not.match(error.message + error.hint, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
  })
})

test('it is made visible, and what can be read stays', () => {
  assert.is(printable('a\u001b[31mb'), 'a\\x1b[31mb')
  assert.is(printable('a\tb\nc\r'), 'a\\x09b\\x0ac\\x0d')
  assert.is(printable('\u009b\u202e\u061c\ud800'), '\\x9b\\u202e\\u061c\\ud800')
  assert.is(printable('\u{e0041}'), '\\u{e0041}')
  assert.is(printable('é 漢 🐳 — “x”'), 'é 漢 🐳 — “x”')
})

test('an error says what, where and what next, and keeps its cause', () => {
  const place = { file: 'Dockerfile', line: 1, column: 6 }
  const cause = new Error('inner')
  const error = new DockLockError('malformed', 'no', { hint: 'do', place, cause })
  assert.is(error.name, 'DockLockError')
  assert.ok(error instanceof Error)
  assert.equal([error.code, error.message, error.hint, error.place], ['malformed', 'no', 'do', place])
  assert.is(error.cause, cause)
  assert.not.ok('cause' in new DockLockError('usage', 'no'))
})

test.run()

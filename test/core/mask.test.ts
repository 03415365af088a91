import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { knownReasons } from '../../src/core/helper-reasons.ts'
import { maskSecrets, maskWords } from '../../src/core/mask.ts'
import { WORDS } from '../../src/core/mask-words.ts'
import { forAll } from '../support/random.ts'
import { formsOfSecret, SECRET_FORMS } from '../support/secret-forms.ts'

const test = suite('core/mask')

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+.~!#$%'

test('of a program that handles passwords, no secret in any form is left', () => {
  for (const secret of [
    'hunter2horse',
    'horse',
    'Tr0ub4dor&3',
    '493817',
    'correct horse battery staple',
    'ÄÖÜß漢字',
  ])
    for (const form of SECRET_FORMS) {
      const text = form(secret)
      const shown = [maskWords(text), knownReasons(text) ?? ''].join('\n')
      for (const part of [...formsOfSecret(secret), ...secret.split(' ')])
        assert.not.ok(shown.includes(part), `${JSON.stringify(text)} → ${shown}`)
    }
})

test('nor is a secret at random in words at random', () => {
  const words = [...WORDS]
  forAll(300, random => {
    const secret = random.text(ALPHABET, 8, 60)
    const text = `${random.list(0, 8, () => random.pick(words)).join(' ')} ${random.pick(SECRET_FORMS)(secret)} ${random
      .list(0, 8, () => random.pick(words))
      .join(random.pick([' ', '\n', '\t', ': ']))}`
    const shown = `${maskWords(text, ['docker-credential-x', 'r.example'])}\n${knownReasons(text) ?? ''}`
    for (const form of formsOfSecret(secret)) assert.not.ok(shown.includes(form), `${text} → ${shown}`)
    assert.not.match(shown.replace(/\n/g, ''), /[\p{Cc}\p{Cf}]/u)
  })
})

test('the words of a message stay', () => {
  for (const [text, shown] of [
    ['keychain: the token expired', 'keychain: the token expired'],
    ['gpg: public key decryption failed, no secret key', 'gpg: public key decryption failed, no secret key'],
    ['exit status 1: Permission denied', 'exit status 1: Permission denied'],
    ['error 42', 'error 42'],
    ['PIN 123', 'PIN ***'],
    ['cannot reach vault.corp.example: timeout', 'cannot *** timeout'],
    ['docker-credential-x: not found', 'docker-credential-x: not found'],
    ['', ''],
  ] as const)
    assert.is(maskWords(text, ['docker-credential-x']), shown)
})

test('they are bounded, and a long text takes no more than its length', () => {
  assert.ok(maskWords('error '.repeat(100_000)).length <= 1001)
  const hostile = [
    'password',
    'password=',
    '-p ',
    'token: ',
    'aA1',
    '/',
    '-----BEGIN A-----',
    'out: `',
    '"',
    '@',
    'a:b@c',
  ]
  for (const part of hostile) {
    assert.ok(maskWords(part.repeat(50_000)).length <= 1001, part)
    assert.ok(maskSecrets(part.repeat(50_000)).length <= 10_000, part)
  }
})

test('of engines and registries, what looks like a secret is taken out', () => {
  forAll(100, random => {
    const secret = `A1b${random.text('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 16, 40)}`
    for (const form of SECRET_FORMS) {
      const shown = maskSecrets(form(secret))
      for (const part of formsOfSecret(secret))
        assert.not.ok(shown.includes(part), `${form(secret)} → ${shown}`)
    }
  })
})

test('and their words stay', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  for (const text of [
    'manifest unknown: manifest unknown',
    `failed to copy: httpReadSeeker: failed open: content at https://r.example/v2/library/alpine/manifests/${digest} not found`,
    'pull access denied for x/y, repository does not exist or may require authorization: server message: insufficient_scope',
    'failed to authorize: failed to fetch oauth token: denied',
    'failed to fetch anonymous token: unexpected status from GET request',
    'toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
    'write /var/lib/docker/tmp/GetImageBlob: no space left on device',
    'dial tcp 10.0.0.1:443: connect: connection refused',
    `alpine:3.20@${digest}: not found`,
    'me@build.example: Permission denied (publickey,password).',
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'error getting credentials - err: exit status 1, out: ``',
    'error getting credentials - err: exit status 1, out: `not logged in`',
    'secret npmrc: not found',
    'no match for platform in manifest: not found',
    'unauthorized: authentication required',
  ])
    assert.is(maskSecrets(text), text)
  assert.is(
    maskSecrets('error getting credentials - err: exit status 1, out: `horse`'),
    'error getting credentials - err: exit status 1, out: `***`',
  )
})

test('reasons are ours, however the helper spells and breaks them', () => {
  assert.is(knownReasons('GPG:  Decryption failed:\n No SECRET key'), 'gpg: decryption failed: No secret key')
  assert.is(
    knownReasons(
      "pass not initialized: exit status 2: gpg: can't connect to the agent: No such file or directory",
    ),
    "pass not initialized; can't connect to the agent; No such file or directory",
  )
  assert.is(knownReasons('unlocked'), undefined)
  assert.is(knownReasons(''), undefined)
})

test.run()

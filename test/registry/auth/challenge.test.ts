import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseChallenges } from '../../../src/registry/auth/challenge.ts'

const test = suite('registry/challenge')

const plain = (header: string): unknown[] =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }])

test('the challenges that registries send', () => {
  const bearer = {
    realm: 'https://auth.docker.io/token',
    service: 'registry.docker.io',
    scope: 'repository:library/alpine:pull,push',
  }
  const header =
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull,push"'
  assert.equal(plain(header), [['bearer', bearer]])
  assert.equal(plain(`${header},error="insufficient_scope"`), [
    ['bearer', { ...bearer, error: 'insufficient_scope' }],
  ])
  assert.equal(plain('Basic realm="Registry Realm"'), [['basic', { realm: 'Registry Realm' }]])
  assert.equal(plain('BASIC Realm=unquoted'), [['basic', { realm: 'unquoted' }]])
})

test('several challenges in one header, with commas and quotes within', () => {
  assert.equal(plain('Bearer realm="a, Basic realm=\\"x\\"" , scope = "s t", Basic realm="b", Negotiate'), [
    ['bearer', { realm: 'a, Basic realm="x"', scope: 's t' }],
    ['basic', { realm: 'b' }],
    ['negotiate', {}],
  ])
})

test('what stands in place of parameters (token68) does not hide the next challenge', () => {
  for (const token of ['abcd==', 'abcd', 'a+/._~-=', 'realm'])
    assert.equal(plain(`Negotiate ${token}, Bearer realm="a" , NTLM ${token}`), [
      ['negotiate', {}],
      ['bearer', { realm: 'a' }],
      ['ntlm', {}],
    ])
  assert.equal(plain('Negotiate,Basic realm=b'), [
    ['negotiate', {}],
    ['basic', { realm: 'b' }],
  ])
})

test('of a parameter that comes twice the first counts', () => {
  assert.equal(plain('Bearer realm="first",realm="second"'), [['bearer', { realm: 'first' }]])
})

test('whatever is in the header, it ends, and a mistake leaves what came before', () => {
  assert.equal(plain(''), [])
  assert.equal(plain('="x"'), [])
  assert.equal(plain('Basic realm="open'), [['basic', {}]])
  assert.equal(plain('Bearer realm="a",\u0000,Basic'), [['bearer', { realm: 'a' }]])
  assert.equal(plain('Bearer __proto__="a"')[0], ['bearer', JSON.parse('{"__proto__":"a"}')])
  const pieces = ['Bearer', ' ', ',', '=', '"', '\\', 'a', 'realm="x"', '\t', 'é']
  let seed = 1
  const next = (most: number): number => {
    seed = (seed * 48271) % 2147483647
    return seed % most
  }
  for (let round = 0; round < 2000; round++) {
    const header = Array.from({ length: next(12) }, () => pieces[next(pieces.length)]!).join('')
    for (const { scheme } of parseChallenges(header)) assert.is(scheme, scheme.toLowerCase())
  }
})

test('what is written is what is read, for any values', () => {
  let seed = 7
  const next = (most: number): number => {
    seed = (seed * 48271) % 2147483647
    return seed % most
  }
  const word = (alphabet: string, least: number): string =>
    Array.from({ length: least + next(6) }, () => alphabet[next(alphabet.length)]!).join('')
  for (let round = 0; round < 500; round++) {
    const challenges = Array.from({ length: 1 + next(3) }, () => [
      word('abcdef', 1),
      Object.fromEntries(
        Array.from({ length: next(4) }, () => [word('ghijkl', 1), word('ab,=" \\', 0)] as const),
      ),
    ]) as [string, Record<string, string>][]
    const header = challenges
      .map(([scheme, parameters]) =>
        `${scheme} ${Object.entries(parameters)
          .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
          .join(', ')}`.trim(),
      )
      .join(', ')
    assert.equal(plain(header), challenges)
  }
})

test.run()

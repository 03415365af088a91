import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type ImageConfig,
  newestDate,
  toAnnotations,
  toImageConfig,
  withAnnotations,
} from '../../src/core/image-description.ts'

const test = suite('core/image-description')
const OCI = 'org.opencontainers.image.'
const EMPTY: ImageConfig = { labels: {}, environment: [], ports: [] }

test('a config is read as far as it is described', () => {
  assert.equal(
    toImageConfig({
      created: '2025-01-01T00:00:00Z',
      config: {
        User: '1000:1000',
        Entrypoint: ['/entry'],
        Env: ['B=1', 'A=secret', 'A=again', '=x', ''],
        ExposedPorts: { '80/tcp': {} },
        Labels: { [`${OCI}version`]: '1', maintainer: 'x' },
      },
    }),
    {
      created: '2025-01-01T00:00:00Z',
      labels: { version: '1' },
      user: '1000:1000',
      entrypoint: ['/entry'],
      environment: ['A', 'B'],
      ports: ['80/tcp'],
    },
  )
  for (const odd of [undefined, null, 7, 'x', [], {}, { config: null }, { config: 7 }, { config: [] }])
    assert.equal(toImageConfig(odd), EMPTY)
  const wrong = { User: 7, Entrypoint: 'sh', Env: { A: 1 }, ExposedPorts: 'x', Labels: 'x' }
  assert.equal(toImageConfig({ created: 7, config: wrong }), EMPTY)
  assert.equal(toImageConfig({ config: { User: '', Entrypoint: [], Env: null, ExposedPorts: null } }), EMPTY)
})

test('text from images is printable, bounded and without credentials', () => {
  const evil = '\u001b[2J\u202egnp\r\n\u0000'
  const config = toImageConfig({
    created: evil,
    config: {
      User: evil,
      Entrypoint: [evil, 'x'.repeat(100_000), ...Array.from({ length: 500 }, String)],
      Env: [`${evil}=1`, ...Array.from({ length: 5000 }, (_, number) => `V${number}=x`)],
      ExposedPorts: Object.fromEntries(
        Array.from({ length: 5000 }, (_, number) => [`${number}/tcp${evil}`, {}]),
      ),
      Labels: {
        [`${OCI}version`]: `x${'\u{1F600}'.repeat(10_000)}`,
        [`${OCI}source`]: 'https://u:pl4nted@github.com/o/r',
      },
    },
  })
  const text = JSON.stringify(config)
  assert.ok(text.length < 60_000, String(text.length))
  assert.not.match(text, /pl4nted/)
  const strings = [
    config.created,
    config.user,
    ...config.entrypoint!,
    ...config.environment,
    ...config.ports,
    ...Object.values(config.labels),
  ]
  for (const each of strings) {
    assert.not.match(each!, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    assert.ok(each!.length <= 200)
  }
})

test('annotations count where the config has nothing, the first of them most', () => {
  const first = toAnnotations({ [`${OCI}version`]: '1', [`${OCI}created`]: '2025-01-01T00:00:00Z' })
  const second = toAnnotations({ [`${OCI}version`]: '2', [`${OCI}source`]: 's' })
  const config = toImageConfig({ config: { Labels: { [`${OCI}revision`]: 'r' } } })
  assert.equal(withAnnotations(config, [first, undefined, second]), {
    ...EMPTY,
    created: '2025-01-01T00:00:00Z',
    labels: { version: '1', revision: 'r', source: 's' },
  })
  assert.equal(withAnnotations(config, []), config)
})

test('the newest believable date counts', () => {
  const now = Date.UTC(2026, 0, 1)
  const dates = ['2024-01-01T00:00:00Z', undefined, '2025-01-01T01:00:00+02:00', '2999-01-01T00:00:00Z', 'x']
  assert.is(newestDate(dates, now), '2024-12-31T23:00:00Z')
  assert.is(newestDate([], now), undefined)
})

test.run()

import { readFileSync } from 'node:fs'
import validRange from 'semver/ranges/valid.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse, stringify } from 'yaml'
import { DockLockError } from '../../src/core/error.ts'
import { parseConfig } from '../../src/io/config.ts'
import { forAllAsync, type Random } from '../support/random.ts'
import { changed, mappingsOf, schemaCheck } from './support.ts'

const test = suite('schema/config')
const isValid = schemaCheck('config')

/** All that can be said. */
const WHOLE = {
  registries: {
    'docker.io': { mirrors: ['https://mirror.example', 'http://localhost:5000/path'], insecure: false },
    'localhost:5001': { insecure: true },
  },
  buildArgs: { NODE: [20, '22'], BASE: 'alpine', N: 3 },
  platforms: ['linux/amd64', 'windows(10.0.17763.1)/amd64', 'linux/arm64/v8'],
  stores: [{ host: 'unix:///run/docker.sock' }, { context: 'far' }, { builder: 'arm' }],
  pin: 'policy',
  ignore: [
    { files: 'legacy/', reason: 'old' },
    { images: ['base', 'ci-*'], reason: 'ours' },
  ],
  updates: [
    { images: 'node', range: '>=22 <25', semver: 'minor', minAge: '7d', exclude: ['23*'] },
    { images: ['a', 'b:*'], exclude: '*-rc' },
    {},
  ],
}

async function isRead(document: unknown): Promise<boolean> {
  try {
    await parseConfig(stringify(document))
    return true
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'config') return false
    throw error
  }
}

test('all that can be said is valid, and each part by itself', async () => {
  for (const document of [WHOLE, {}, ...Object.entries(WHOLE).map(([name, value]) => ({ [name]: value }))]) {
    assert.ok(isValid(document))
    assert.ok(await isRead(document))
  }
})

test('the config of this repository is valid', () =>
  assert.ok(isValid(parse(readFileSync(new URL('../../.dock-lock.yaml', import.meta.url), 'utf8')))))

function anything(random: Random): unknown {
  return random.pick<() => unknown>([
    () => null,
    () => random.chance(0.5),
    () => random.int(-1, 30),
    () => 1.5,
    () => random.pick(['', ' ', 'text', 'files', 'policy', 'linux/amd64', 'linux', 'linux/a b', 'a/b/c/d']),
    () =>
      random.pick([
        'https://a',
        'http://a:1/b',
        'ftp://a',
        'https://u:p@a',
        'https://a?b',
        'tcp://a:1',
        'ssh://u:p@a',
        'https://a#b',
        'https://',
      ]),
    () => random.list(0, 2, () => anything(random)),
    () => ({}),
    () => ({ insecure: random.pick<unknown>([true, 'yes', 1]) }),
    () => [{ [random.pick(['host', 'context', 'builder'])]: anything(random) }],
    () => ({ mirrors: [random.pick(['https://a', 'a'])] }),
    () => ({ [random.pick(['files', 'images'])]: anything(random), reason: random.pick(['why', '', ' ']) }),
  ])()
}

function mutate(random: Random, document: unknown): unknown {
  const number = random.int(0, mappingsOf(document).length - 1)
  return changed(document, number, value => {
    const names = [
      ...Object.keys(value),
      'registries',
      'stores',
      'host',
      'mirrors',
      'insecure',
      'files',
      'images',
      'reason',
      'constructor',
    ]
    const name = random.pick(names)
    if (random.chance(0.3)) delete value[name]
    else value[name] = anything(random)
  })
}

/** Only the reader knows the syntax of ranges. */
function hasWrongRange(document: unknown): boolean {
  return mappingsOf(document).some(
    ({ path, value: { range } }) =>
      path === 'updates[]' && typeof range === 'string' && validRange(range) === null,
  )
}

/** An empty file is a mapping to the reader, and YAML's null to a schema: the other difference. */
test('schema and reader accept the same documents', async () => {
  const seen = { accepted: 0, refused: 0 }
  await forAllAsync(1500, async random => {
    let document: unknown = WHOLE
    for (let times = random.int(1, 3); times > 0; times--) document = mutate(random, document)
    const byReader = await isRead(document)
    assert.is(isValid(document) && !hasWrongRange(document), byReader, JSON.stringify(document))
    seen[byReader ? 'accepted' : 'refused']++
  })
  assert.ok(seen.accepted > 100 && seen.refused > 300, JSON.stringify(seen))
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { distinctSelectors, type StoreSelector, storeLabels } from '../../src/core/selector.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/selector')

const ofHosts = (...hosts: readonly string[]) =>
  storeLabels(hosts.map(host => ({ selector: { host }, host })))

const HOSTS: readonly [hosts: readonly string[], labels: readonly string[]][] = [
  [['unix:///var/run/docker.sock'], ['docker.sock']],
  [['tcp://build-1:2376'], ['build-1']],
  [
    ['tcp://build-1:2376', 'tcp://build-2:2376'],
    ['build-1', 'build-2'],
  ],
  [
    ['tcp://build-1:2376', 'tcp://build-1:2377'],
    ['build-1:2376', 'build-1:2377'],
  ],
  [
    ['tcp://[::1]:2375', 'tcp://[::2]:2375'],
    ['[::1]', '[::2]'],
  ],
  [
    ['ssh://me@farm', 'ssh://you@farm'],
    ['me@farm', 'you@farm'],
  ],
  [
    ['tcp://farm:2375', 'ssh://farm'],
    ['farm:2375', 'ssh://farm'],
  ],
  [
    ['tcp://farm:1/a', 'tcp://farm:1/b'],
    ['tcp://farm:1/a', 'tcp://farm:1/b'],
  ],
  [
    ['unix:///run/a/docker.sock', 'unix:///run/b/docker.sock'],
    ['a/docker.sock', 'b/docker.sock'],
  ],
  [
    ['unix:///docker.sock', 'unix:///run/docker.sock'],
    ['unix:///docker.sock', 'run/docker.sock'],
  ],
  [
    ['npipe:////./pipe/docker_engine', 'unix:///run/podman.sock'],
    ['docker_engine', 'podman.sock'],
  ],
]
for (const [hosts, labels] of HOSTS)
  test(`${hosts.join(', ')}: ${labels.join(', ')}`, () => assert.equal(ofHosts(...hosts), labels))

test('a context or a builder is called by its name', () =>
  assert.equal(
    storeLabels([
      { selector: { context: 'far' }, host: 'tcp://build-1:2376' },
      { selector: { builder: 'arm' }, host: 'unix:///var/run/docker.sock' },
      { selector: { host: 'tcp://build-1:2376' }, host: 'tcp://build-1:2376' },
    ]),
    ['far', 'arm', 'build-1'],
  ))

test('no two stores have one label, whatever they are', () =>
  forAll(500, random => {
    const stores = random.list(1, 6, () => {
      const name = random.pick(['a', 'b', ''])
      const host = `${random.pick(['unix:///', 'tcp://', 'ssh://', ''])}${random.pick(['', 'x@', 'r/'])}${name}${random.pick(['', ':1', ':2', '/s'])}`
      const selector = random.pick<StoreSelector>([{ host }, { context: name }, { builder: name }, {}])
      return { selector, host }
    })
    const labels = storeLabels(stores)
    assert.is(labels.length, stores.length)
    assert.is(new Set(labels).size, labels.length, JSON.stringify([stores, labels]))
  }))

test('what is asked for twice is one, in the place of the first', () => {
  const [a, b] = [{ host: 'tcp://a' }, { context: 'a' }]
  assert.equal(distinctSelectors([a, b, { ...a }, { builder: 'a' }, b]), [a, b, { builder: 'a' }])
  assert.equal(distinctSelectors([]), [])
})

test.run()

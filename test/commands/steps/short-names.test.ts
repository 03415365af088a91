import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { otherRegistry } from '../../../src/commands/steps/short-names.ts'
import { gatherImages } from '../../../src/core/images.ts'
import { wordFinding } from '../../../src/reporters/messages.ts'
import type { StoreInfo } from '../../../src/stores/store.ts'
import { dockerfile } from '../../support/extract.ts'
import { asPlatform } from '../../support/platform.ts'

const test = suite('commands/steps/short-names')
const { signal } = new AbortController()

const docker: StoreInfo = {
  kind: 'docker',
  version: '28.5.2',
  name: 'Docker 28.5.2',
  host: 'unix:///x.sock',
  imageStore: 'containerd',
  maxState: 'present',
  platform: asPlatform('linux/amd64'),
  mirrors: [],
  insecureRegistries: [],
  insecureCidrs: [],
}
const podman = (search: readonly string[], names?: readonly string[]): StoreInfo => ({
  ...docker,
  kind: 'podman',
  version: '',
  name: 'Podman',
  search,
  resolveName: async () => names,
})

/** What is said of the one image of `FROM text`. */
async function said(text: string, engine: StoreInfo | undefined) {
  const options = { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }
  const occurrences = dockerfile.extract(`FROM ${text}\n`, 'Dockerfile', options)
  const [image] = gatherImages(occurrences, new Map())
  return otherRegistry(image!, engine, signal)
}

test('a name means Docker Hub to Docker, to nobody, and to a Podman that looks there first', async () => {
  for (const engine of [undefined, docker, podman(['docker.io']), podman([])])
    assert.is(await said('app:1', engine), undefined)
})

test('a Podman that looks elsewhere first, and does not tell: the name is refused, and what to write is said', async () => {
  const finding = await said('app:1', podman(['quay.example', 'docker.io']))
  const place = { file: 'Dockerfile', line: 1, column: 6 }
  const key = 'docker.io/library/app:1'
  assert.equal(finding, {
    code: 'short-name',
    places: [place],
    image: 'app:1',
    key,
    engine: 'Podman',
    searched: 'quay.example',
  })
  const { what, next } = wordFinding(finding!)
  assert.is(
    what,
    `app:1 does not say its registry: to Docker it is ${key}, Podman may look for it on quay.example`,
  )
  assert.match(next ?? '', key)
})

test('what Podman says it takes the name for, decides: an alias goes before the search', async () => {
  assert.is(await said('app:1', podman(['quay.example'], ['docker.io/library/app:1'])), undefined)
  const finding = await said('fedora:40', podman(['docker.io'], ['registry.fedoraproject.org/fedora:40']))
  assert.is(finding?.code === 'short-name' && finding.resolved, 'registry.fedoraproject.org/fedora:40')
  assert.match(wordFinding(finding!).what, 'to Podman it is registry.fedoraproject.org/fedora:40')
})

test('a name that says its registry is none of this', async () => {
  for (const text of [
    'docker.io/library/app:1',
    'index.docker.io/app:1',
    'quay.example/app:1',
    'localhost/app:1',
  ])
    assert.is(await said(text, podman(['quay.example'])), undefined, text)
})

test.run()

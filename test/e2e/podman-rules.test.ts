/** registries.conf as Podman itself follows it, beside what dock-lock makes of the same file. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseReference } from '../../src/core/reference.ts'
import { type RegistryRule, rulePlaces } from '../../src/core/registry-rule.ts'
import { detectStore } from '../../src/stores/index.ts'
import { type Podman, podmanKinds, startPodman } from './support/podman.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

interface Bench extends Seeded {
  podmans: readonly Podman[]
}

const rules = suite<Bench>('podman rules')

/** Every place is the gate, which tells by the path what was asked for. */
function configuration(gate: string): string {
  const table = (prefix: string, location: string, mirrors: readonly string[] = []) =>
    [
      '[[registry]]',
      `prefix = "${prefix}"`,
      `location = "${gate}/${location}"`,
      'insecure = true',
      ...mirrors.flatMap(mirror => [
        '[[registry.mirror]]',
        `location = "${gate}/${mirror.replace(/ .*/, '')}"`,
        'insecure = true',
        ...(mirror.includes(' ') ? [`pull-from-mirror = "${mirror.replace(/.* /, '')}"`] : []),
      ]),
    ].join('\n')
  return [
    'unqualified-search-registries = []',
    table('a.example', 'one'),
    table('a.example/team', 'two', ['two-mirror', 'two-digests digest-only', 'two-tags tag-only']),
    table('a.example/team/app', 'three'),
    table('a.example:5000', 'port'),
    table('*.w.example', 'wild', ['wild-mirror']),
    table('*.b.w.example', 'wilder'),
    table('docker.io/library', 'hub'),
  ].join('\n')
}

const digest = `sha256:${'0'.repeat(64)}`
const names = [
  'a.example/x:1',
  'a.example/team/x:1',
  `a.example/team/x@${digest}`,
  'a.example/team/app:1',
  'a.example/team/app/deep:1',
  'a.example/team/apple:1',
  'a.example/teams/x:1',
  'a.example:5000/x:1',
  'x.w.example/team/app:1',
  'x.b.w.example/app:1',
  'y.x.b.w.example/app:1',
  'docker.io/library/alpine:1',
  'alpine:1',
]

rules('Podman and a registry start', async bench => {
  Object.assign(bench, await startSeeded())
  const registries = configuration(bench.gate.address)
  bench.podmans = await Promise.all(podmanKinds.map(kind => bench.use(startPodman(kind, { registries }))))
})

rules.after(bench => bench.stop?.())

for (const [index, kind] of podmanKinds.entries()) {
  rules(`${kind}: asks where dock-lock would, in the same order`, async ({ podmans, gate }) => {
    const podman = podmans?.[index]
    assert.ok(podman, 'no Podman: see the first test')
    const { signal } = new AbortController()
    const store = await detectStore({ env: {}, host: podman.host, signal })
    const { rules: read = [] } = await store.info(signal)
    store.close()
    for (const name of names) {
      gate.clear()
      // Nothing is there: each place is asked until all have been. An alias of the machine makes alpine the one of docker.io.
      const ran = await podman.podman(['pull', name], { timeoutMs: 60_000 })
      assert.is.not(ran.code, 0, ran.output)
      const asked = gate.requests().flatMap(({ url }) => /^\/v2\/(.+)\/manifests\//.exec(url)?.[1] ?? [])
      assert.equal([...new Set(asked)], expected(read, name, gate.address), `${name}: ${ran.output}`)
    }
  })
}

function expected(read: readonly RegistryRule[], name: string, gate: string): string[] {
  const parsed = parseReference(name)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return rulePlaces(read, parsed.reference).map(({ registry, repository, insecure }) => {
    // What follows the prefix stays, a port, too.
    assert.ok(registry.startsWith(gate) && insecure, `${name}: ${registry}`)
    return repository
  })
}

rules.run()

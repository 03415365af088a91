import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../../src/core/finding.ts'
import { groupStores, groupUnreachable } from '../../src/reporters/group.ts'
import { finding } from '../support/findings.ts'

const test = suite('findings about one host')

const down = (
  name: string,
  line: number,
  host = 'docker.io',
  cause: 'unreachable' | 'not-found' = 'unreachable',
): Finding => ({
  code: 'unresolvable',
  places: [{ file: 'Dockerfile', line, column: 6 }],
  image: name,
  key: `docker.io/library/${name}`,
  cause,
  message: `${name}: ${host} refused the connection`,
  reason: `${host} refused the connection`,
})
const orphan: Finding = {
  code: 'orphan',
  place: { file: 'docker-images.lock', line: 5, column: 3 },
  image: 'x:1',
  key: 'docker.io/library/x:1',
}
const messages = (findings: readonly Finding[]) =>
  groupUnreachable(findings).map(one => ('message' in one ? one.message : one.code))

test('become one, in the place of the first, with all places', () => {
  const [first, ...others] = groupUnreachable([down('a:1', 1), orphan, down('b:1', 2), down('c:1', 3)])
  assert.is(
    first?.code === 'unresolvable' && first.message,
    'a:1, b:1 and c:1: docker.io refused the connection',
  )
  assert.equal(first?.code === 'unresolvable' && first.places.map(({ line }) => line), [1, 2, 3])
  assert.equal(others, [orphan])
})

test('name three images of many', () => {
  const many = Array.from({ length: 100 }, (_, index) => down(`i${index}:1`, index + 1))
  assert.equal(messages(many), ['i0:1, i1:1, i2:1 and 97 more: docker.io refused the connection'])
})

test('stay apart by host, and where it is the image that is wrong', () => {
  const findings = [
    down('a:1', 1),
    down('b:1', 2, 'ghcr.io'),
    down('c:1', 3, 'docker.io', 'not-found'),
    down('d:1', 4, 'docker.io', 'not-found'),
  ]
  assert.equal(groupUnreachable(findings), findings)
})

test('what several stores lack alike is told once, and by which; else it stays as it is', () => {
  const lack = (image: string, store?: string): Finding => ({
    ...finding('absent'),
    image,
    ...(store !== undefined && { store }),
  })
  const told = (findings: readonly Finding[]) =>
    groupStores(findings, 3).map(one => [
      'image' in one ? one.image : one.code,
      'store' in one ? one.store : undefined,
    ])
  const three = ['x', 'y', 'z'].map(store => lack('a:1', store))
  assert.equal(told([...three, lack('b:1', 'x'), finding('unreached'), lack('b:1', 'z')]), [
    ['a:1', 'all 3 engines'],
    ['b:1', 'x, z'],
    ['unreached', 'build-2'],
  ])
  assert.equal(told([lack('a:1'), lack('a:1'), orphan, orphan]).length, 4)
})

test.run()

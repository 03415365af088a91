import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failedLookup } from '../../src/core/failed-lookup.ts'

const test = suite('core/failed-lookup')

const unreachable =
  'failed to do request: Head "http://127.0.0.1:5000/v2/": dial tcp: connect: connection refused'
const digest = `sha256:${'a'.repeat(64)}`

for (const [text, registry, repository, tag] of [
  [
    `alpine:3.23: failed to resolve source metadata for docker.io/library/alpine:3.23: ${unreachable}`,
    'docker.io',
    'library/alpine',
    '3.23',
  ],
  [
    `Error response from daemon: failed to resolve reference "docker.io/library/alpine:3.23": ${unreachable}`,
    'docker.io',
    'library/alpine',
    '3.23',
  ],
  [
    `failed to resolve source metadata for r.example:5000/o/n:1@${digest}: ${unreachable}`,
    'r.example:5000',
    'o/n',
    '1',
  ],
  ['failed to resolve source metadata for docker.io/o/n:1: 429 Too Many Requests', 'docker.io', 'o/n', '1'],
] as const) {
  test(text.slice(0, 60), () => {
    const found = failedLookup(text)
    assert.equal([found?.registry, found?.repository, found?.tag], [registry, repository, tag])
  })
}

for (const text of [
  '',
  'exit status 1',
  'failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1',
  'failed to resolve source metadata for docker.io/library/nothing:1: docker.io/library/nothing:1: not found',
  'failed to resolve source metadata for docker.io/o/n:1: pull access denied, repository does not exist',
  'failed to resolve source metadata for docker.io/o/n:1: failed to authorize: unexpected status: 401 Unauthorized',
  // A template of Go, or anything else that is no reference.
  `failed to resolve source metadata for {{arg}}:1: ${unreachable}`,
  `failed to resolve source metadata for A/B:1: ${unreachable}`,
])
  test(`none: ${text.slice(0, 60)}`, () => assert.is(failedLookup(text), undefined))

test.run()

/** The platform of a build that names none, out of what BuildKit says of its workers. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatPlatform } from '../../../src/core/platform.ts'
import type { Grpc } from '../../../src/stores/buildkit/grpc.ts'
import { writeBytes } from '../../../src/stores/buildkit/protobuf.ts'
import { workerPlatform } from '../../../src/stores/buildkit/workers.ts'

const test = suite('workers')
const { signal } = new AbortController()

/** A record of a worker with platforms as `os architecture variant version`. */
function worker(...platforms: readonly string[]): Buffer {
  const records = platforms.map(platform => {
    const [os = '', architecture = '', variant = '', version = ''] = platform.split(' ')
    const texts = [architecture, os, variant, version]
    return writeBytes(3, Buffer.concat(texts.map((text, index) => writeBytes(index + 1, text))))
  })
  return writeBytes(1, Buffer.concat([writeBytes(1, 'id'), ...records]))
}

async function platformOf(...answers: readonly Buffer[]): Promise<string | undefined> {
  const grpc: Grpc = {
    async call(path) {
      assert.is(path, '/moby.buildkit.v1.Control/ListWorkers')
      return answers
    },
    close: () => {},
  }
  const platform = await workerPlatform(grpc, signal)
  return platform && formatPlatform(platform)
}

test('it is the first of the first worker, normalized', async () => {
  const second = worker('linux riscv64')
  for (const [first, expected] of [
    [worker('linux amd64', 'linux amd64 v2', 'linux 386'), 'linux/amd64'],
    [worker('linux arm64 v8'), 'linux/arm64'],
    [worker('linux arm v6'), 'linux/arm/v6'],
    [worker('windows amd64  10.0.20348.1'), 'windows(10.0.20348.1)/amd64'],
  ] as const)
    assert.is(await platformOf(Buffer.concat([first, second])), expected)
})

test('there is none where none is said, and nothing is printed raw', async () => {
  for (const answers of [[], [Buffer.alloc(0)], [worker()], [worker('linux')], [worker('linux \u001b[31m')]])
    assert.is(await platformOf(...answers), undefined)
})

test('an answer that is cut off is no answer', async () => {
  const answer = worker('linux amd64')
  const failure = await platformOf(answer.subarray(0, -1)).catch((error: unknown) => error)
  assert.instance(failure, RangeError)
})

test.run()

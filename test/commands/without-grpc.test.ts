/** An engine with a containerd store and without `/grpc`: what a build does with an image without its tag is unknown, and so is said. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { digestOf, type FakeOptions, withEngine } from '../stores/fake-engine.ts'
import { withFolder } from '../support/folder.ts'
import { runMain } from '../support/in-process.ts'

const test = suite('commands/without-grpc')
const NAME = 'docker-28-containerd'
const digest = digestOf(NAME)
const CANNOT_TELL =
  /^not verified: Docker 28\.5\.2\S* \(containerd store, linux\/amd64\) has 1 image; dock-lock cannot tell whether a build from it needs the registry/m

interface Said {
  readonly code: number
  readonly stdout: string
  readonly report: {
    readonly findings: readonly { readonly code: string; readonly registryUse?: string }[]
    readonly notices: readonly { readonly code: string; readonly registryUse?: string }[]
    readonly images: readonly { readonly stores: readonly { readonly verified: boolean }[] }[]
  }
}

/** What a command says as text and as JSON, each to an engine of its own. */
async function say(options: FakeOptions, args: readonly string[]): Promise<Said> {
  let said: Said | undefined
  await withFolder({}, async folder => {
    const write = () => {
      writeFileSync(join(folder, 'Dockerfile'), `FROM alpine:3.23@${digest}\n`)
      writeFileSync(
        join(folder, 'docker-images.lock'),
        `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3.23:\n    digest: ${digest}\n`,
      )
    }
    const run = async (...more: readonly string[]) => {
      write()
      let recorded = { code: -1, stdout: '', stderr: '' }
      await withEngine(NAME, options, async engine => {
        recorded = await runMain(folder, [...args, ...more], engine.host)
      })
      return recorded
    }
    const { code, stdout } = await run()
    said = { code, stdout, report: JSON.parse((await run('--json')).stdout) as Said['report'] }
  })
  return said!
}

test('verify marks it with ?, the closing line says why, and it is a notice', async () => {
  for (const state of ['untagged', 'elsewhere'] as const) {
    const code = state === 'elsewhere' ? 'tag-elsewhere' : 'untagged'
    const { code: exit, stdout, report } = await say({ state }, ['verify'])
    assert.match(stdout, /^\? locked {2}alpine:3\.23 /m)
    assert.match(stdout, CANNOT_TELL)
    assert.not.match(stdout, /^verified:/m)
    assert.is(exit, 0)
    assert.is(report.images[0]?.stores[0]?.verified, false)
    assert.equal(report.findings, [])
    assert.equal(
      report.notices.map(one => [one.code, one.registryUse]),
      [[code, 'unknown']],
    )
    const strict = await say({ state }, ['verify', '--strict'])
    assert.is(strict.code, 1)
    assert.equal(
      strict.report.findings.map(one => one.code),
      [code],
    )
  }
})

test('dock-lock sets a missing tag, and leaves one whose origin is unknown', async () => {
  const untagged = await say({ state: 'untagged' }, [])
  assert.is(untagged.code, 0)
  assert.match(untagged.stdout, /^verified: .*; builds need no registry$/m)
  const elsewhere = await say({ state: 'elsewhere' }, [])
  assert.match(elsewhere.stdout, /^\? locked {2}alpine:3\.23 /m)
  assert.match(elsewhere.stdout, CANNOT_TELL)
})

test('with Identity, the tag moves, and the image is verified', async () => {
  const identity = { Pull: [{ Repository: 'docker.io/library/alpine' }] }
  const { code, stdout, report } = await say({ state: 'elsewhere', api: '1.53', identity }, [])
  assert.is(code, 0)
  assert.match(stdout, /tag moved from/)
  assert.match(stdout, /^verified: .*; builds need no registry$/m)
  assert.equal(report.notices, [])
})

test('an image that is not there at all stays a finding', async () => {
  const { code, report } = await say({ state: 'empty' }, ['verify'])
  assert.is(code, 1)
  assert.equal(
    report.findings.map(one => [one.code, one.registryUse]),
    [['absent', 'unknown']],
  )
})

test.run()

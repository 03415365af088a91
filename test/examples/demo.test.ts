/** `npm run demo` where no engine answers. test/e2e/examples.test.ts shows it with one. */
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutEngine } from '../support/no-engine.ts'
import { npm, REPOSITORY } from '../support/npm.ts'

const test = suite('the demo')

test('locks, pins and runs again, and without an engine shows what a build no longer asks', async () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-demo-test-'))
  try {
    const env = { ...withoutEngine(join(folder, 'docker')), TMPDIR: folder }
    const { code, stdout, stderr } = await npm(REPOSITORY, ['run', '--silent', 'demo'], env)
    assert.is(code, 0, stdout + stderr)
    const wanted = [
      /^FROM 127\.0\.0\.1:\d+\/library\/alpine:3\.23$/,
      /^✓ resolved {2}127\.0\.0\.1:\d+\/library\/alpine:3\.23 +sha256:[0-9a-f]{12}$/,
      /^wrote docker-images\.lock \(2 images, 2 new\)$/,
      /^not verified: no engine answered/,
      /^-FROM 127\.0\.0\.1:\d+\/library\/alpine:3\.23$/,
      /^\+FROM 127\.0\.0\.1:\d+\/library\/alpine:3\.23@sha256:[0-9a-f]{64}$/,
      /^lockfileVersion: 1$/,
      /^both images locked and pinned already, no registry requests/,
      /^The registry saw 4 requests in the first run \(pulls included\), and 0 in this one/,
      /^NOT BUILT: No Docker engine answers here\. Start one, or set DOCKER_HOST, to see the build\.$/,
      /^ {2}HEAD http:\/\/127\.0\.0\.1:\d+\/v2\/library\/node\/manifests\/24-alpine$/,
      /^ {2}HEAD http:\/\/127\.0\.0\.1:\d+\/v2\/library\/alpine\/manifests\/3\.23$/,
      /^Now it asks for none: each FROM has a digest, and dock-lock pulls both images into the engine\.$/,
    ]
    const lines = stdout.split('\n')
    let from = 0
    for (const one of wanted) {
      const at = lines.findIndex((line, number) => number >= from && one.test(line))
      assert.is.not(at, -1, `${one} is not there, or not in its turn:\n${stdout}`)
      from = at + 1
    }
    for (const line of lines) assert.ok(!line.startsWith('── ') || line.length <= 80, line)
    assert.equal(
      readdirSync(folder).filter(name => name.startsWith('dock-lock-demo')),
      [],
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test.run()

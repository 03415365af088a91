import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHelperRunner } from '../../../src/registry/auth/credential-helper.ts'
import { formsOfSecret, SECRET_FORMS } from '../../support/secret-forms.ts'
import { failure } from '../support.ts'

const test = suite('registry/credential-helper')

interface Trial {
  /** What is shown, and what `--debug` gets, of a helper that says this and ends with 1. */
  fail(says: string, stream?: 1 | 2): Promise<{ message: string; hint: string; debugged: string }>
}

async function withHelper(body: (trial: Trial) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dock-lock-helper-'))
  try {
    const program = join(folder, 'docker-credential-bad')
    const says = join(folder, 'says')
    await body({
      async fail(text, stream = 2) {
        await writeFile(says, text)
        await writeFile(program, `#!/bin/sh\ncat > /dev/null\ncat '${says}' >&${stream}\nexit 1\n`)
        await chmod(program, 0o755)
        const lines: string[] = []
        const run = createHelperRunner(
          { PATH: `${folder}:/usr/bin:/bin` },
          new AbortController().signal,
          undefined,
          line => lines.push(line),
        )
        const { message, hint = '' } = await failure(run('bad', 'r.example'), 'unauthorized', {
          says: ['docker-credential-bad', 'r.example'],
        })
        return { message, hint, debugged: lines.join('\n') }
      },
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('whatever form a secret has, nothing of it is shown, not in detail either', () =>
  withHelper(async ({ fail }) => {
    const secret = 'hunter2horse'
    for (const [index, form] of SECRET_FORMS.entries()) {
      const { message, hint, debugged } = await fail(form(secret), index % 2 === 0 ? 2 : 1)
      for (const part of formsOfSecret(secret))
        assert.not.ok((message + hint + debugged).includes(part), `${form(secret)} → ${message}\n${debugged}`)
      assert.ok(message.length < 500 && debugged.length < 1200)
      assert.not.match(message + hint, /[\p{Cc}\p{Cf}]/u)
    }
  }))

test('known reasons are shown', () =>
  withHelper(async ({ fail }) => {
    for (const stream of [1, 2] as const)
      for (const [says, shown] of [
        [
          'pass not initialized: exit status 1: Error: password store is empty.',
          'pass not initialized; password store is empty',
        ],
        ['exit status 2: gpg: decryption failed: No secret key', 'gpg: decryption failed: No secret key'],
        ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'Cannot autolaunch D-Bus without X11 $DISPLAY'],
        ['exec: "pass": executable file not found in $PATH', 'executable file not found in $PATH'],
        ['open /home/u/x: permission denied', 'permission denied'],
        ["ERROR: Please run 'az login' to setup account.", "Please run 'az login' to setup account"],
        [
          'NoCredentialProviders: no valid providers in chain.',
          'NoCredentialProviders; no valid providers in chain',
        ],
        ['dial tcp: lookup sts.example: no such host', 'no such host'],
      ] as const)
        assert.is(
          (await fail(says, stream)).message,
          `docker-credential-bad gave no credentials for r.example: ${shown}`,
        )
  }))

test('of other words, that there are some; --debug shows the common ones', () =>
  withHelper(async ({ fail }) => {
    const { message, debugged } = await fail('docker-credential-bad: cannot open the vault of horse')
    assert.is(
      message,
      'docker-credential-bad gave no credentials for r.example: it ended with 1; its output is not shown, as it may contain a secret',
    )
    assert.is(
      debugged,
      'docker-credential-bad ended with 1 and said: docker-credential-bad: cannot open the vault of ***',
    )
    const silent = await fail('')
    assert.match(silent.message, /: it ended with 1$/)
    assert.is(silent.debugged, 'docker-credential-bad ended with 1 and said nothing')
  }))

test.run()

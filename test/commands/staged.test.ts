/** `check --staged` and what the index can hold beside plain files. */
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../src/api.ts'
import { GIT_ENV, git, withFolder } from '../support/folder.ts'

const test = suite('check --staged')

test('a link is read as the file that it leads to in the index, once', () =>
  withFolder({ 'docker/app.txt': 'FROM alpine:3.23\n', 'b/Dockerfile': 'FROM alpine:3.24\n' }, async root => {
    git(root, 'init', '-q')
    symlinkSync('../b/Dockerfile', join(root, 'docker/Dockerfile'))
    symlinkSync('docker/second', join(root, 'Dockerfile'))
    symlinkSync('app.txt', join(root, 'docker/second'))
    symlinkSync('Dockerfile.loop', join(root, 'Dockerfile.loop'))
    symlinkSync('../../etc/passwd', join(root, 'Dockerfile.out'))
    symlinkSync('docker', join(root, 'Dockerfile.folder'))
    git(root, 'add', '.')
    const staged = await check({ cwd: root, env: GIT_ENV, staged: true })
    assert.equal(
      staged.findings.map(one => 'place' in one && [one.code, one.place.file]),
      [
        ['unlocked', 'Dockerfile'],
        ['unlocked', 'b/Dockerfile'],
      ],
    )
    assert.equal(staged.findings, (await check({ cwd: root, env: GIT_ENV })).findings)
  }))

test.run()

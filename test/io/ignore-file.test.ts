import { symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findUnreadableIgnoreFile } from '../../src/io/ignore-file.ts'
import { git, withFolder } from '../support/folder.ts'

const test = suite('io/ignore-file')

test('a .gitignore that is too large is found, because git would read all of it', () =>
  withFolder({ '.gitignore': 'out/\n', 'sub/.gitignore': 'out/\n' }, async root => {
    git(root, 'init', '-q')
    assert.is(await findUnreadableIgnoreFile(root), undefined)
    truncateSync(join(root, 'sub/.gitignore'), 2 ** 20 + 1)
    const found = await findUnreadableIgnoreFile(root)
    assert.is(found?.file, 'sub/.gitignore')
    assert.is(found?.read.kind, 'unreadable')
  }))

test('a .gitignore that is a symbolic link is left to git, which does not follow it', () =>
  withFolder({ Dockerfile: '' }, async root => {
    git(root, 'init', '-q')
    symlinkSync('/dev/zero', join(root, '.gitignore'))
    assert.is(await findUnreadableIgnoreFile(root), undefined)
  }))

test.run()

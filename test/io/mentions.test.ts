import { symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mentions } from '../../src/io/mentions.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/mentions')
const WORDS = ['docker', 'podman']

test('a file with one of the words, and one without', () =>
  withFolder({ a: 'x docker y', b: 'podman', c: 'dock er', d: '' }, root => {
    assert.equal(
      ['a', 'b', 'c', 'd'].map(file => mentions(root, file, WORDS)),
      [true, true, false, false],
    )
  }))

test('what another reader must decide about is not left out', () =>
  withFolder({ a: 'x', large: '' }, root => {
    symlinkSync('a', join(root, 'link'))
    truncateSync(join(root, 'large'), (1 << 20) + 1)
    for (const file of ['link', 'large', 'missing', '.']) assert.ok(mentions(root, file, WORDS), file)
  }))

test.run()

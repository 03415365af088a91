import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withTemporaryFile } from '../../src/io/program.ts'
import { listAll, withFolder } from '../support/folder.ts'

const test = suite('io/program')

test('a temporary file is for this user alone, and goes, whatever happens', async () => {
  let path = ''
  const result = await withTemporaryFile('policy.json', '{"é":1}', async given => {
    path = given
    assert.is(readFileSync(given, 'utf8'), '{"é":1}')
    assert.is(statSync(given).mode & 0o777, 0o600)
    assert.is(statSync(dirname(given)).mode & 0o777, 0o700)
    return 3
  })
  assert.is(result, 3)
  assert.not.ok(existsSync(dirname(path)))
  try {
    await withTemporaryFile('policy.json', '', async given => {
      path = given
      throw new RangeError('no')
    })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, RangeError)
  }
  assert.not.ok(existsSync(dirname(path)))
})

test('what a killed run left among the temporary files goes; what a live one needs stays', () =>
  withFolder({}, async root => {
    const { TMPDIR } = process.env
    process.env.TMPDIR = root
    try {
      const script = 'process.stdout.write(String(process.pid))'
      const pid = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })
      await withTemporaryFile('policy.json', '', async given => {
        const left = dirname(given).replace(`-${process.pid}-`, `-${pid}-`)
        mkdirSync(left)
        writeFileSync(join(left, 'policy.json'), '')
        await withTemporaryFile('policy.json', '', async () => {})
        assert.not.ok(existsSync(left))
        assert.ok(existsSync(given))
      })
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = TMPDIR
    }
    assert.equal(listAll(root), [])
  }))

test.run()

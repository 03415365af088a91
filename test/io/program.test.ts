import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withTemporaryFile } from '../../src/io/program.ts'

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

test.run()

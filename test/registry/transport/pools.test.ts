import { Pool } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('registry/transport/pools')

test('the part of undici that is loaded alone is where it is looked for', async () => {
  const part = await import('undici/lib/dispatcher/pool.js')
  assert.is(part.default, Pool)
})

test.run()

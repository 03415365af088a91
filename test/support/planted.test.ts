import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mustTellNoSecret } from './planted.ts'

const test = suite('support/planted')
const secret = 'a-pl4nted-word'

test('a planted secret is seen as it is, in capitals, and in base64 behind any name', () => {
  for (const text of [
    secret,
    secret.toUpperCase(),
    ...['u', 'us', 'use'].map(name => btoa(`${name}:${secret}`)),
  ])
    assert.throws(() => mustTellNoSecret(`said ${text}.`), /a planted secret was told/, text)
  mustTellNoSecret('said nothing of it')
})

test.run()

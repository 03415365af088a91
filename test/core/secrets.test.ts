import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createSecrets } from '../../src/core/secrets.ts'

const test = suite('core/secrets')

test('a secret is concealed in any case and encoding, and the rest of a longer one with it', () => {
  const secrets = createSecrets()
  secrets.add({ username: 'user', password: 'Abcd+/=' })
  secrets.add('token-of-abcd+/=-and-more')
  for (const text of [
    'Abcd+/=',
    'abcd+/=',
    'Abcd%2B%2F%3D',
    btoa('user:Abcd+/='),
    'token-of-abcd+/=-and-more',
  ])
    assert.is(secrets.conceal(`<${text}>`), '<***>', text)
  // What is as short stands in any text.
  secrets.add('the')
  assert.is(secrets.conceal('the rest'), 'the rest')
})

test('a secret is concealed as JSON has it, and may hold what no URL can', () => {
  const secrets = createSecrets()
  secrets.add('with "quotes" and \\')
  secrets.add('half a character: \ud800')
  assert.is(secrets.conceal(JSON.stringify({ said: 'with "quotes" and \\' })), '{"said":"***"}')
  assert.is(secrets.conceal('<half a character: \ud800>'), '<***>')
})

test.run()

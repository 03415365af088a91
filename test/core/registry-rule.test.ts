import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { matchRule, type RegistryRule, rulePlaces, splitName } from '../../src/core/registry-rule.ts'

const test = suite('core/registry-rule')

const rule = (prefix: string): RegistryRule => ({
  prefix,
  location: '',
  insecure: false,
  blocked: false,
  mirrors: [],
})
const matched = (prefixes: readonly string[], name: string): string | undefined =>
  matchRule(prefixes.map(rule), name)?.rule.prefix

test('a prefix ends where a part of the name ends', () => {
  for (const prefix of ['r.example', 'r.example/team', 'r.example/team/app'])
    assert.is(matched([prefix], 'r.example/team/app'), prefix)
  for (const prefix of ['r.exampl', 'r.example/te', 'r.example/team/app/more', 'example/team', '', '/'])
    assert.is(matched([prefix], 'r.example/team/app'), undefined, prefix)
})

test('a wildcard matches hosts below it, with any port, and nothing in a path', () => {
  for (const name of ['a.corp.example/x', 'a.b.corp.example/x', 'a.corp.example:5000/x'])
    assert.is(matched(['*.corp.example'], name), '*.corp.example', name)
  for (const name of [
    'corp.example/x',
    'a.corp.example.org/x',
    'r.example/a.corp.example',
    'acorp.example/x',
  ])
    assert.is(matched(['*.corp.example'], name), undefined, name)
})

test('the longest match wins in any order', () => {
  const prefixes = ['r.example/team', 'r.example', 'r.example/team/app', '*.example']
  for (let turn = 0; turn < prefixes.length; turn++) {
    prefixes.push(prefixes.shift()!)
    assert.is(matched(prefixes, 'r.example/team/app'), 'r.example/team/app')
    assert.is(matched(prefixes, 'r.example/team/other'), 'r.example/team')
  }
})

test('a wildcard is as long as it is written, not as the host that it stands for', () => {
  for (const prefixes of [
    ['*.corp.example', 'reg.corp.example'],
    ['*.corp.example', '*.reg.corp.example'],
    ['*.corp.example', 'reg.corp.example/team'],
  ]) {
    const name = prefixes[1] === '*.reg.corp.example' ? 'a.reg.corp.example/team' : 'reg.corp.example/team'
    assert.is(matched(prefixes, name), prefixes[1])
    assert.is(matched(prefixes.toReversed(), name), prefixes[1])
  }
})

test('without a rule a name is asked for where it says, and a blocked one nowhere', () => {
  const reference = { registry: 'r.example:5000', repository: 'team/app', tag: '1', original: '' }
  assert.equal(rulePlaces([], reference), [
    { registry: 'r.example:5000', repository: 'team/app', insecure: false },
  ])
  assert.equal(rulePlaces([{ ...rule('r.example'), blocked: true }], reference), [])
})

test('a name is split at its first slash', () => {
  assert.equal(splitName('r.example:5000/team/app'), { registry: 'r.example:5000', repository: 'team/app' })
  assert.equal(splitName('r.example'), { registry: 'r.example', repository: '' })
})

test.run()

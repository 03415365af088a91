import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseReference } from '../../src/core/reference.ts'
import { withoutUserinfo } from '../../src/core/userinfo.ts'

const test = suite('core/userinfo')
const DIGEST = `sha256:${'a'.repeat(64)}`

test('what stands before a host is taken out, of names and of messages', () => {
  for (const [text, shown] of [
    ['user:pw4@host/x', '***@host/x'],
    ['user:pw4@host:5000/x:1', '***@host:5000/x:1'],
    ['user:p/w4@host/x', '***@host/x'],
    ['user:p@w4@host/x', '***@host/x'],
    ['pw4@host.example', '***@host.example'],
    ['pw4@host/x', '***@host/x'],
    ['user:pw4@host', '***@host'],
    ['user:pw4@alpine:latest', '***@alpine:latest'],
    [`user:pw4@host/x@${DIGEST}`, `***@host/x@${DIGEST}`],
    [`"user:pw4@host/x"`, `"***@host/x"`],
    ['FROM https://user:pw4@host/x AS a', 'FROM ***@host/x AS a'],
    ['--from=user:pw4@host/x', '--from=***@host/x'],
    ['BASE=user:pw4@host/x', 'BASE=***@host/x'],
    ['user:pw4@${HOST}/x', '***@${HOST}/x'],
  ] as const) {
    assert.is(withoutUserinfo(text), shown)
    const parsed = parseReference(text)
    if (!parsed.ok) assert.not.match(parsed.problem.message, /w4/)
    else assert.unreachable(text)
  }
})

test('digests, tags and what is nearly one stay', () => {
  for (const text of [
    `alpine@${DIGEST}`,
    `alpine:3@${DIGEST}`,
    `host:5000/a/b:c@${DIGEST}`,
    'alpine@sha256:short',
    'alpine:3@sha256:ABC',
    'alpine@latest',
    'alpine',
    '@',
    '',
  ])
    assert.is(withoutUserinfo(text), text)
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { appendEntry, readYaml, yamlScalar } from '../../src/io/yaml-edit.ts'
import { failureOf, whereOf } from '../support/failure.ts'

const test = suite('io/yaml-edit')

const ITEM = ['- repo: local', '  hooks: [a]']
const PAIR = ['dock-lock:', '  run: x']

/** What is there, the path, the lines, and the result. */
const CASES: readonly (readonly [
  what: string,
  text: string,
  path: string[],
  lines: string[],
  after: string,
])[] = [
  ['an empty file', '', ['repos'], ITEM, 'repos:\n  - repo: local\n    hooks: [a]\n'],
  ['comments only', '# mine\n', ['repos'], ITEM, '# mine\nrepos:\n  - repo: local\n    hooks: [a]\n'],
  [
    'a list that is not indented',
    'repos:\n- repo: a # why\n  rev: v1   # pinned\n\n# end\n',
    ['repos'],
    ITEM,
    'repos:\n- repo: a # why\n  rev: v1   # pinned\n- repo: local\n  hooks: [a]\n\n# end\n',
  ],
  [
    'a list with wide dashes, and a key after it',
    "repos:\n  -   repo: a\n      hooks:\n      - {id: 'x'}\nci:\n  skip: [x]\n",
    ['repos'],
    ITEM,
    "repos:\n  -   repo: a\n      hooks:\n      - {id: 'x'}\n  - repo: local\n    hooks: [a]\nci:\n  skip: [x]\n",
  ],
  [
    'no newline at the end',
    'repos:\n  - repo: a',
    ['repos'],
    ITEM,
    'repos:\n  - repo: a\n  - repo: local\n    hooks: [a]\n',
  ],
  [
    'CRLF',
    'repos:\r\n  - repo: a\r\n',
    ['repos'],
    ITEM,
    'repos:\r\n  - repo: a\r\n  - repo: local\r\n    hooks: [a]\r\n',
  ],
  ['an empty list', 'repos: []\nx: 1\n', ['repos'], ITEM, 'repos:\n  - repo: local\n    hooks: [a]\nx: 1\n'],
  ['no value', 'repos:\n', ['repos'], ITEM, 'repos:\n  - repo: local\n    hooks: [a]\n'],
  [
    'no value, and a key after it',
    'repos:\nx: 1\n',
    ['repos'],
    ITEM,
    'repos:\n  - repo: local\n    hooks: [a]\nx: 1\n',
  ],
  [
    'no such key',
    'a: 1\n',
    ['pre-commit', 'commands'],
    PAIR,
    'a: 1\npre-commit:\n  commands:\n    dock-lock:\n      run: x\n',
  ],
  [
    'a mapping with a block scalar at its end',
    'pre-commit:\n    commands:\n        lint:\n            run: |\n                a\n\npre-push:\n    x: 1\n',
    ['pre-commit', 'commands'],
    PAIR,
    'pre-commit:\n    commands:\n        lint:\n            run: |\n                a\n        dock-lock:\n          run: x\n\npre-push:\n    x: 1\n',
  ],
  [
    'a mapping that lacks the second key',
    'pre-commit:\n  parallel: true # fast\npre-push: {}\n',
    ['pre-commit', 'commands'],
    PAIR,
    'pre-commit:\n  parallel: true # fast\n  commands:\n    dock-lock:\n      run: x\npre-push: {}\n',
  ],
  [
    'a document with a start and anchors',
    '---\nx: &x {a: 1}\nrepos:\n- *x\n',
    ['repos'],
    ITEM,
    '---\nx: &x {a: 1}\nrepos:\n- *x\n- repo: local\n  hooks: [a]\n',
  ],
]

for (const [what, text, path, lines, after] of CASES) {
  test(`adds to ${what}`, async () => {
    assert.is(await appendEntry('x.yaml', text, path, lines), after)
    // What was there means the same as before.
    const before = parse(text) ?? {}
    const now = parse(after)
    for (const key of Object.keys(before)) if (key !== path[0]) assert.equal(now[key], before[key])
    assert.equal(await readYaml('x.yaml', after), now)
  })
}

test('a list in brackets is left to the person', async () => {
  for (const text of ['repos: [{repo: a}]\n', 'repos: text\n', 'repos: {a: 1}\n']) {
    const error = await failureOf(() => appendEntry('x.yaml', text, ['repos'], ITEM))
    assert.is(error.code, 'usage')
    assert.match(error.message, /^repos is not written as/)
    assert.match(whereOf(error), 'x.yaml:1:8')
    assert.is(error.hint, 'Add to it: {"repo":"local","hooks":["a"]}')
  }
})

test('a broken file is an error with its place', async () => {
  const error = await failureOf(() => appendEntry('x.yaml', 'a: 1\nb: [\n', ['repos'], ITEM))
  assert.is(error.code, 'malformed')
  assert.match(whereOf(error), /^x\.yaml:\d+:\d+$/)
})

test('a scalar is quoted where it would mean something else', () => {
  for (const text of ['npx --no dock-lock', '(cd a/b && x)', 'a: b', '# c', "it's", 'x #y', '- a', ''])
    assert.equal(parse(`run: ${yamlScalar(text)}\n`), { run: text })
})

test.run()

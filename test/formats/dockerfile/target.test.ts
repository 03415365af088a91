import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { referenceKey } from '../../../src/core/reference.ts'
import { extract } from '../../support/extract.ts'

const test = suite('what a target needs')

const FILE = `# syntax=docker/dockerfile:1
ARG PICK=two
FROM one:1 AS one
FROM two:1 AS two
COPY --from=files:1 a b
FROM three:1 AS three
RUN --mount=from=one,target=/x true
FROM \${PICK} AS four
COPY --from=2 a b
FROM four AS Five
`

const found = (
  target: string | undefined,
  text = FILE,
  buildArgs: Readonly<Record<string, readonly string[]>> = {},
) =>
  extract(text, 'Dockerfile', {
    buildArgs,
    buildPlatform: 'linux/amd64',
    targetPlatform: 'linux/amd64',
    ...(target !== undefined && { target }),
  })
const images = (
  target: string | undefined,
  text?: string,
  buildArgs?: Readonly<Record<string, readonly string[]>>,
) =>
  found(target, text, buildArgs).flatMap(one =>
    one.kind === 'image' ? [referenceKey(one.reference).replace(/^docker\.io\/(library\/)?/, '')] : [],
  )
const SYNTAX = 'docker/dockerfile:1'

for (const [target, expected] of [
  ['one', ['one:1']],
  ['two', ['two:1', 'files:1']],
  ['three', ['one:1', 'three:1']],
  ['four', ['one:1', 'two:1', 'files:1', 'three:1']],
  ['FIVE', ['one:1', 'two:1', 'files:1', 'three:1']],
] as const) {
  test(target, () => assert.equal(images(target), [SYNTAX, ...expected]))
}

test('what is wrong in any stage fails the build of each', () => {
  const kinds = found('a', 'ARG NONE\nFROM a:1 AS a\nFROM Bad\nFROM $NONE\nFROM b:1\n').map(
    ({ kind }) => kind,
  )
  assert.equal(kinds, ['image', 'invalid', 'variable'])
  assert.equal(found('a', 'FROM a:1 AS a\nFROM scratch\nCOPY --from=b x y\nFROM b:1 AS b\n').length, 1)
})

test('what an ONBUILD names is needed by the stages that start from its own', () => {
  const text = `FROM a:1 AS a
FROM b:1 AS b
ONBUILD COPY --from=a x y
FROM b AS c
`
  assert.equal(images('b', text), ['b:1'])
  assert.equal(images('c', text), ['a:1', 'b:1'])
})

test('every value of a build arg counts', () => {
  assert.equal(
    images('four', FILE, { PICK: ['one', 'two'] }).sort(),
    [SYNTAX, 'files:1', 'one:1', 'three:1', 'two:1'].sort(),
  )
})

test('without a target, all stages', () => {
  assert.equal(images(undefined), [SYNTAX, 'one:1', 'two:1', 'files:1', 'three:1'])
})

test('a stage that there is not, a number among them, is refused in the words of docker build', () => {
  for (const name of ['zero', '0', '']) {
    const refused = found(name).find(({ kind }) => kind === 'invalid')
    assert.is(refused?.kind === 'invalid' && refused.reason, `target stage "${name}" could not be found`)
  }
})

test('a stage of images that were copied from brings every stage: one of them named it', () => {
  const text = 'FROM a AS a\nCOPY --from=x b c\nFROM b AS b\nCOPY --from=2 b c\n'
  assert.equal(images('b', text), ['a:latest', 'x:latest', 'b:latest'])
})

test.run()

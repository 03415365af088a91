import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { extract } from '../../support/extract.ts'

const test = suite('the comment to ignore')
const found = (text: string) =>
  extract(text, 'Dockerfile', { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' })
const reasons = (text: string) => found(text).map(({ ignore }) => ignore)

test('counts for the instruction in the next line, with its reason', () => {
  assert.equal(reasons('# dock-lock: ignore built by the job before\nFROM a\nCOPY --from=b x y\n'), [
    'built by the job before',
    undefined,
  ])
})

test('counts for every image of that instruction, over all of its lines', () => {
  const text =
    'FROM a\n# dock-lock: ignore both\nRUN --mount=from=b,target=/b \\\n  --mount=from=c,target=/c x\n'
  assert.equal(reasons(text), [undefined, 'both', 'both'])
})

test('may be indented, in any case, with CRLF', () => {
  assert.equal(reasons('FROM a\r\n\t#DOCK-LOCK:   Ignore  why not \r\n  copy --from=b x y\r\n'), [
    undefined,
    'why not',
  ])
})

test('counts for an ARG that decides nothing yet', () => {
  const [one] = found('ARG V\n# dock-lock: ignore given by CI\nFROM ${V}\n')
  assert.is(one?.kind, 'variable')
  assert.is(one?.ignore, 'given by CI')
})

for (const [what, text] of [
  ['in the line before a blank line', 'FROM a\n# dock-lock: ignore x\n\nCOPY --from=b x y\n'],
  ['behind an instruction', 'FROM a # dock-lock: ignore x\n'],
  ['as another word', 'FROM a\n# dock-lock: ignored x\nCOPY --from=b x y\n'],
  ['in a heredoc', 'FROM a\nRUN <<E\n# dock-lock: ignore x\nE\nCOPY --from=b x y\n'],
] as const) {
  test(`does not count ${what}`, () => {
    for (const { ignore } of found(text)) assert.is(ignore, undefined)
  })
}

test('without a reason is a mistake that says what to write', () => {
  const [one] = found('# dock-lock: ignore\nFROM a\n')
  assert.is(one?.kind, 'invalid')
  assert.match(one?.kind === 'invalid' ? (one.hint ?? '') : '', 'ignore REASON')
})

test.run()

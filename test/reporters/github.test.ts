import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../../src/core/finding.ts'
import { github, githubFailure } from '../../src/reporters/github.ts'
import { text } from '../../src/reporters/text.ts'
import { FINDINGS, finding, NOTICES } from '../support/findings.ts'
import { hostileReport } from '../support/hostile-report.ts'
import { forAllAsync } from '../support/random.ts'
import { report } from '../support/reports.ts'
import { toolIn } from '../support/tool.ts'

const test = suite('reporters/github')
const plain = { color: false, width: 80 }
const print = (one: ReturnType<typeof report>, folder = '') => github(one, plain, toolIn(folder))

/** As the runner reads a line: after blanks, `::command properties::message`; anywhere, `##[command]`. */
const isCommand = (line: string) => line.trimStart().startsWith('::') || line.includes('##[')
const commandsIn = (output: string) => output.split('\n').filter(isCommand)

test('annotations stand after the text, at the place of the finding', async () => {
  const one = report({ command: 'check', findings: [finding('unlocked')], exitCode: 1 })
  const printed = await print(one)
  assert.ok(printed.startsWith(text(one, plain)))
  const [command, ...others] = commandsIn(printed)
  assert.equal(others, [])
  assert.match(
    command ?? '',
    /^::error file=app\/Dockerfile,line=3,col=6,title=dock-lock%3A unlocked::alpine:3.20 is /,
  )
  assert.match(command ?? '', /%0A→ run: dock-lock; .*%0AMore about it: dock-lock explain unlocked$/)
})

test('paths are those from the top of the repository', async () => {
  const printed = await print(report({ findings: [finding('unlocked')] }), 'my, api/')
  assert.match(printed, '::error file=my%2C api/app/Dockerfile,line=3,')
})

test('a notice is a warning or a notice, by its rule, and what is ignored is not annotated', async () => {
  const kinds = async (notices: typeof NOTICES) =>
    commandsIn(await print(report({ command: 'check', notices }))).map(line => line.split(' ')[0])
  assert.equal(await kinds(NOTICES.filter(({ code }) => code === 'moved')), ['::warning'])
  assert.equal(await kinds(NOTICES.filter(({ code }) => code === 'by-tag')), ['::notice'])
  assert.equal(await kinds(NOTICES.filter(({ code }) => code === 'ignored')), [])
})

test('at most ten of a kind, the most important first; the last one counts the rest', async () => {
  const at = (code: 'unlocked' | 'orphan', line: number): Finding =>
    ({ ...finding(code), place: { file: 'a', line, column: 1 } }) as Finding
  const many = (count: number) => [
    at('orphan', 1),
    ...Array.from({ length: count - 2 }, (_, line) => at('unlocked', line + 2)),
    finding('malformed'),
  ]
  const ten = commandsIn(await print(report({ findings: many(10) })))
  assert.is(ten.length, 10)
  assert.match(ten[0] ?? '', /title=dock-lock%3A malformed::/)
  assert.match(ten[9] ?? '', /title=dock-lock%3A orphan::/)
  const twelve = commandsIn(await print(report({ findings: many(12), notices: NOTICES })))
  assert.is(twelve.filter(line => line.startsWith('::error ')).length, 10)
  assert.match(twelve[0] ?? '', /malformed::/)
  assert.is(twelve[9], '::error title=dock-lock::3 more findings: see the log of this step')
  for (const kind of ['::warning ', '::notice '])
    assert.ok(twelve.filter(line => line.startsWith(kind)).length <= 10)
})

test('each finding has an annotation', async () => {
  for (const one of FINDINGS) {
    const printed = await print(report({ findings: [one] }))
    const kinds = commandsIn(printed).map(line => /^::(\w+) /.exec(line)?.[1])
    assert.equal(kinds, ['error'], one.code)
  }
})

test('names and reasons from files are no commands', async () => {
  const reason = '::set-output name=a::b ##[add-path]/evil %0A::error::x'
  const printed = await print(
    report({
      command: 'check',
      notices: [{ code: 'ignored', kind: 'file', file: '::add-mask::x', reason }],
      skipped: [{ file: 'a', code: 'malformed', reason, place: { file: 'a', line: 1, column: 1 } }],
      findings: [
        { ...finding('malformed'), reason, place: { file: '::warning::', line: 1, column: 1 } } as Finding,
      ],
    }),
  )
  const [command, ...others] = commandsIn(printed)
  assert.equal(others, [])
  assert.match(command ?? '', '::error file=%3A%3Awarning%3A%3A,line=1')
  assert.match(command ?? '', '%250A::error::x')
})

test('no report of hostile texts makes more commands than ours', () =>
  forAllAsync(200, async random => {
    const printed = await print(hostileReport(random))
    for (const command of commandsIn(printed))
      assert.match(
        command ?? '',
        /^::(?:error|warning|notice) (?:file=[^,:]*,line=\d+,col=\d+,)?title=dock-lock/,
      )
  }))

test('an error that stopped the run is one annotation', async () => {
  const error = { code: 'config', message: 'no such setting', hint: 'See the schema' }
  const place = { file: '.dock-lock.yaml', line: 2, column: 3 }
  const failed = (more: object) =>
    githubFailure({ exitCode: 2, error: { ...error, ...more } }, toolIn('api/'))
  assert.is(
    await failed({ place }),
    '::error file=api/.dock-lock.yaml,line=2,col=3,title=dock-lock%3A config::no such setting%0ASee the schema\n',
  )
  assert.is(await failed({}), '::error title=dock-lock%3A config::no such setting%0ASee the schema\n')
})

test.run()

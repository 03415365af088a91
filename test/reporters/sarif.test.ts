import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RULE_CODES } from '../../src/core/rules.ts'
import { readTool } from '../../src/io/tool.ts'
import { sarif, sarifFailure } from '../../src/reporters/sarif.ts'
import { FINDINGS, finding, NOTICES } from '../support/findings.ts'
import { withFolder } from '../support/folder.ts'
import { fixedDigest } from '../support/generate.ts'
import { hostileReport } from '../support/hostile-report.ts'
import { runMain } from '../support/in-process.ts'
import { forAllAsync } from '../support/random.ts'
import { report } from '../support/reports.ts'
import { TOOL, toolIn } from '../support/tool.ts'

const test = suite('reporters/sarif')

/** The schema of SARIF 2.1.0 as OASIS publishes it, with the formats that ajv does not know by itself. */
const entry = createRequire(import.meta.url).resolve('@microsoft/jest-sarif')
const schema = JSON.parse(readFileSync(join(dirname(entry), 'schemas/sarif-2.1.0-rtm.5.json'), 'utf8'))
const withoutDraft4 = ({ $schema: _, id: __, ...rest }: Record<string, unknown>) => rest
const ajv = new Ajv({
  strict: false,
  allErrors: true,
  // A pattern of the schema is valid only without this flag.
  unicodeRegExp: false,
  formats: {
    uri: value => URL.canParse(value),
    'uri-reference': /^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/,
    'date-time': true,
  },
})
const validate = ajv.compile(withoutDraft4(schema))
function assertValid(document: unknown): void {
  assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 3), undefined, 1))
}

const print = async (one: ReturnType<typeof report>, folder = '') =>
  JSON.parse(await sarif(one, { color: false, width: 80 }, toolIn(folder)))

test('the schema refuses what is none', () => {
  assert.not(validate({ version: '2.1.0' }))
  assert.not(validate({ version: '2.1.0', runs: [{ tool: { driver: {} } }] }))
})

test('every finding and notice makes a valid log, with the real rules', async () => {
  const one = report({ command: 'check', findings: FINDINGS, notices: NOTICES, exitCode: 2 })
  const log = JSON.parse(await sarif(one, { color: false, width: 80 }, async () => readTool('.', {})))
  assertValid(log)
  const [{ tool, results, invocations }] = log.runs
  const { rules } = tool.driver
  assert.equal(
    rules.map(({ id }: { id: string }) => id),
    RULE_CODES,
  )
  for (const { help, shortDescription } of rules) {
    assert.match(help.markdown, '**What to do.**')
    assert.match(help.text, /^What to do\. /m)
    assert.match(shortDescription.text, /^\S.*\.$/)
  }
  assert.ok(results.length > 30)
  for (const { ruleId, ruleIndex } of results) assert.is(rules[ruleIndex].id, ruleId)
  assert.equal(invocations, [{ executionSuccessful: false, exitCode: 2 }])
})

test('a report of each command is a valid log', async () => {
  for (const command of [
    'lock',
    'update',
    'outdated',
    'check',
    'verify',
    'pull',
    'unpin',
    'why',
    'ls',
  ] as const)
    assertValid(await print(report({ command } as never)))
})

test('a result has the place, from the top of the repository, and the next step', async () => {
  const one = report({ command: 'check', findings: [finding('unlocked')], exitCode: 1 })
  const [run] = (await print(one, 'my api/')).runs
  assert.is(run.tool.driver.version, '1.2.3')
  const [{ level, message, locations, fixes }] = run.results
  assert.is(level, 'error')
  assert.match(message.text, /^alpine:3.20 is not in docker-images.lock\n→ run: dock-lock;/)
  assert.equal(locations, [
    {
      physicalLocation: {
        artifactLocation: { uri: 'my%20api/app/Dockerfile' },
        region: { startLine: 3, startColumn: 6 },
      },
    },
  ])
  assert.is(fixes, undefined)
})

const uri = ({ physicalLocation }: { physicalLocation: { artifactLocation: { uri: string } } }) =>
  physicalLocation.artifactLocation.uri

test('further places are related, and an image that a store lacks is where files name it', async () => {
  for (const code of ['not-offered', 'absent', 'pull-failed'] as const) {
    const log = await print(report({ findings: [finding(code)] }))
    const [{ locations, relatedLocations }] = log.runs[0].results
    assert.equal(locations.map(uri), ['app/Dockerfile'], code)
    assert.equal(relatedLocations?.map(uri), code === 'pull-failed' ? undefined : ['web/Dockerfile'], code)
  }
})

test('a finding without a place is at the lockfile, and a file that is ignored at the file', async () => {
  const [file] = NOTICES.filter(one => one.code === 'ignored' && one.kind === 'file')
  const log = await print(report({ findings: [finding('unreached'), finding('merged'), file!] }))
  assert.equal(
    log.runs[0].results.map((one: { ruleId: string; locations: Parameters<typeof uri>[0][] }) => [
      one.ruleId,
      uri(one.locations[0]!),
    ]),
    [
      ['unreached', 'docker-images.lock'],
      ['merged', 'docker-images.lock'],
      ['ignored', 'old/Dockerfile'],
    ],
  )
})

test('what is ignored for one reason is one result for each place', async () => {
  const ignored = (line: number) => ({
    code: 'ignored' as const,
    kind: 'image' as const,
    place: { file: 'a', line, column: 1 },
    image: 'x',
    reason: 'built here',
  })
  const log = await print(report({ notices: [ignored(1), ignored(2), ignored(3)] }))
  assert.is(log.runs[0].results.length, 3)
})

test('a fix replaces the text that is wrong', async () => {
  const log = await print(report({ command: 'check', findings: [finding('mismatch')] }))
  const [{ fixes }] = log.runs[0].results
  assert.equal(fixes, [
    {
      description: { text: 'Write the locked digest' },
      artifactChanges: [
        {
          artifactLocation: { uri: 'app/Dockerfile' },
          replacements: [
            {
              deletedRegion: { startLine: 3, startColumn: 17, endLine: 3, endColumn: 89 },
              insertedContent: { text: `@${fixedDigest('b')}` },
            },
          ],
        },
      ],
    },
  ])
})

/** `text` with the replacements of a result. Columns are in UTF-16 units, as the log says. */
function applied(text: string, replacements: readonly Replacement[]): string {
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/)
  const offset = (line: number, column: number) => lines.slice(0, line - 1).join('').length + column - 1
  return [...replacements].reverse().reduce((now, { deletedRegion: at, insertedContent }) => {
    const start = offset(at.startLine, at.startColumn)
    return now.slice(0, start) + insertedContent.text + now.slice(offset(at.endLine, at.endColumn))
  }, text)
}
interface Replacement {
  readonly deletedRegion: Readonly<Record<'startLine' | 'startColumn' | 'endLine' | 'endColumn', number>>
  readonly insertedContent: { readonly text: string }
}

test('the fixes of a file, applied, leave nothing to find', () => {
  const digest = fixedDigest('a')
  const text = `# \u{1f433} as base\r\nFROM alpine:3.23 AS a\r\nCOPY --from=alpine:3.23@${fixedDigest('b')} /x /é\n`
  const lockfile = `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3.23:\n    digest: ${digest}\n`
  return withFolder({ Dockerfile: text, 'docker-images.lock': lockfile }, async root => {
    const log = JSON.parse((await runMain(root, ['check', '--reporter', 'sarif'])).stdout)
    assertValid(log)
    const replacements = log.runs[0].results
      .flatMap(({ fixes }: { fixes: readonly { artifactChanges: readonly { replacements: object }[] }[] }) =>
        fixes.flatMap(({ artifactChanges }) => artifactChanges.flatMap(change => change.replacements)),
      )
      .sort((a: Replacement, b: Replacement) => a.deletedRegion.startLine - b.deletedRegion.startLine)
    assert.is(replacements.length, 2)
    const fixed = applied(text, replacements)
    assert.is(fixed, text.replace(' AS a', `@${digest} AS a`).replace(fixedDigest('b'), digest))
    writeFileSync(join(root, 'Dockerfile'), fixed)
    assert.is((await runMain(root, ['check'])).code, 0)
  })
})

test('what is ignored is suppressed, with its reason; with --strict, it is not', async () => {
  const ignored = NOTICES.filter(({ code }) => code === 'ignored').slice(0, 1)
  const suppressions = async (extra: Parameters<typeof report>[0]) =>
    (await print(report(extra))).runs[0].results[0].suppressions
  assert.equal(await suppressions({ command: 'check', notices: ignored }), [
    { kind: 'external', justification: 'built here' },
  ])
  assert.is(await suppressions({ command: 'check', findings: ignored }), undefined)
})

test('rules link to the page, if the package has a home page', async () => {
  const tool = async () => ({ ...TOOL, home: 'https://example.com/acme/dock-lock#readme' })
  const log = JSON.parse(await sarif(report(), { color: false, width: 80 }, tool))
  assertValid(log)
  assert.is(
    log.runs[0].tool.driver.rules[0].helpUri,
    'https://example.com/acme/dock-lock/blob/main/docs/rules.md#unlocked',
  )
})

test('an error that stopped the run is a notification', async () => {
  for (const place of [undefined, { file: '.dock-lock.yaml', line: 2, column: 3 }]) {
    const error = { code: 'config', message: 'no', hint: 'See', ...(place !== undefined && { place }) }
    const log = JSON.parse(await sarifFailure({ exitCode: 2, error }, toolIn('')))
    assertValid(log)
    const [{ invocations, results }] = log.runs
    assert.equal(results, [])
    assert.is(invocations[0].executionSuccessful, false)
    assert.equal(log.runs[0].tool.driver.rules, [])
    const [{ descriptor, message, locations }] = invocations[0].toolExecutionNotifications
    assert.equal([descriptor.id, message.text], ['config', 'no\nSee'])
    assert.is(locations?.length, place === undefined ? undefined : 1)
  }
})

test('whatever others have written into it', () =>
  forAllAsync(200, async random => assertValid(await print(hostileReport(random)))))

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gitlab, gitlabFailure } from '../../src/reporters/gitlab.ts'
import { FINDINGS, finding, NOTICES } from '../support/findings.ts'
import { hostileReport } from '../support/hostile-report.ts'
import { forAllAsync } from '../support/random.ts'
import { report } from '../support/reports.ts'
import { toolIn } from '../support/tool.ts'

const test = suite('reporters/gitlab')

interface Issue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: string
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}
const print = async (one: ReturnType<typeof report>, folder = ''): Promise<readonly Issue[]> =>
  JSON.parse(await gitlab(one, { color: false, width: 80 }, toolIn(folder)))

/** What GitLab requires of each entry. */
function assertIssue({ description, check_name, fingerprint, severity, location }: Issue): void {
  assert.ok(description.length > 0 && check_name.length > 0)
  assert.match(fingerprint, /^[0-9a-f]{64}$/)
  assert.ok(['info', 'minor', 'major', 'critical', 'blocker'].includes(severity))
  assert.ok(location.path.length > 0 && !location.path.startsWith('./') && location.lines.begin >= 1)
}

test('a finding is an issue at its place, from the top of the repository', async () => {
  const [issue, ...others] = await print(
    report({ command: 'check', findings: [finding('unpinned')] }),
    'api/',
  )
  assert.equal(others, [])
  assert.match(issue?.description ?? '', /^alpine:3.20 is locked to .* \(run: dock-lock\)$/)
  assert.equal(
    [issue?.check_name, issue?.severity, issue?.location],
    ['unpinned', 'major', { path: 'api/app/Dockerfile', lines: { begin: 3 } }],
  )
})

test('a report without findings is an empty list', async () => assert.equal(await print(report()), []))

test('every finding and notice is what GitLab wants, and has a fingerprint of its own', async () => {
  const issues = await print(report({ findings: FINDINGS, notices: NOTICES }))
  assert.ok(issues.length > 30)
  issues.forEach(assertIssue)
  assert.is(new Set(issues.map(one => one.fingerprint)).size, issues.length)
})

test('the fingerprint does not depend on the line, and equal findings have different ones', async () => {
  const at = (line: number) => ({ ...finding('unlocked'), place: { file: 'a', line, column: 1 } })
  const prints = async (...lines: number[]) =>
    (await print(report({ findings: lines.map(at) as never }))).map(one => one.fingerprint)
  assert.equal(await prints(3), await prints(9))
  assert.is(new Set(await prints(3, 9)).size, 2)
})

test('an error that stopped the run is an issue: an empty report would look clean', async () => {
  const failed = async (more: object) =>
    JSON.parse(
      await gitlabFailure(
        { exitCode: 3, error: { code: 'unreachable', message: 'no engine', ...more } },
        toolIn(''),
      ),
    )
  const [issue] = await failed({})
  assertIssue(issue)
  assert.equal(
    [issue.description, issue.severity, issue.location.path],
    ['dock-lock could not run: no engine', 'blocker', 'docker-images.lock'],
  )
  const [placed] = await failed({ place: { file: 'a', line: 4, column: 1 }, hint: 'Start it' })
  assert.equal(placed.location, { path: 'a', lines: { begin: 4 } })
  assert.match(placed.description, /no engine \(Start it\)$/)
})

test('whatever others have written into it', () =>
  forAllAsync(200, async random => (await print(hostileReport(random))).forEach(assertIssue)))

test.run()

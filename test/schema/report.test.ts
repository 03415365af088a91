import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../src/api.ts'
import { commands } from '../../src/commands/index.ts'
import { DockLockError, type ErrorCode, exitCodeOf } from '../../src/core/error.ts'
import type { UnpinnableReason } from '../../src/core/occurrence.ts'
import type { Report } from '../../src/core/report.ts'
import type { DigestSource } from '../../src/core/report-parts.ts'
import { json } from '../../src/reporters/json.ts'
import { builds, reported } from '../support/availability.ts'
import { FINDINGS, finding, NOTICES } from '../support/findings.ts'
import { withFolder } from '../support/folder.ts'
import { fixedDigest } from '../support/generate.ts'
import { hostileReport } from '../support/hostile-report.ts'
import { forAll } from '../support/random.ts'
import { DETAILS, imageReport, LEAST, OUTDATED, report, STORE, UPDATED } from '../support/reports.ts'
import { changed, mappingsOf, schemaCheck } from './support.ts'

const test = suite('schema/report')
const isValid = schemaCheck('report')
const printed = (one: Report): unknown => JSON.parse(json(one))

/** The types make sure that none is forgotten. */
const CODES: Readonly<Record<ErrorCode, true>> = {
  usage: true,
  config: true,
  malformed: true,
  write: true,
  changed: true,
  unreachable: true,
  engine: true,
  'not-found': true,
  unauthorized: true,
  denied: true,
  'rate-limited': true,
  untrusted: true,
  unsupported: true,
  interrupted: true,
}
const REASONS: Readonly<Record<UnpinnableReason, true>> = {
  'arg-in-middle': true,
  'arg-shared': true,
  'arg-computed': true,
  'arg-given': true,
  'onbuild-name': true,
  'named-context': true,
  'variable-in-middle': true,
  'variable-given': true,
  'anchor-shared': true,
  'not-written': true,
  'in-command': true,
}
const SOURCES: Readonly<Record<DigestSource, true>> = {
  locked: true,
  resolved: true,
  adopted: true,
  replaced: true,
  updated: true,
}
const keys = <Key extends string>(record: Readonly<Record<Key, true>>) => Object.keys(record) as Key[]

const place = { file: 'Dockerfile', line: 1, column: 1 }
/** Reports that hold every part there is. */
const WHOLE: readonly Report[] = [
  report({
    images: [
      ...keys(SOURCES).map(source => imageReport('a:1', { source, previous: fixedDigest('c') })),
      imageReport('b:1', {
        stores: reported.flatMap(state =>
          builds.map(build => ({
            store: 'docker.sock',
            platform: 'linux/amd64',
            state,
            registryUse: build,
            verified: true,
          })),
        ),
      }),
      { key: 'docker.io/library/c:1', image: 'c:1' },
      imageReport('d:1', { byTag: true, repinned: true }),
    ],
    files: [{ file: 'Dockerfile', places: 2, written: true }],
    stores: [STORE, { ...STORE, note: { code: 'current-builder', builder: 'ci' } }],
    findings: [
      ...FINDINGS,
      { ...finding('malformed'), hint: 'do' },
      { ...finding('absent'), store: 'docker.sock' },
      { ...finding('pull-failed'), store: 'docker.sock' },
    ],
    repeat: ['--host', 'tcp://a'],
    read: [
      { kind: 'dockerfile', files: 2 },
      { kind: 'compose', files: 1, builds: 3 },
    ],
    skipped: [
      { file: 'out.Dockerfile', code: 'irregular', irregular: 'fifo' },
      {
        file: 'a/Dockerfile',
        code: 'malformed',
        reason: 'unknown instruction: FRMO',
        place: { file: 'a/Dockerfile', line: 1, column: 1 },
      },
    ],
    notices: [
      ...NOTICES,
      {
        code: 'outside',
        places: [place],
        texts: ['tools'],
        names: [],
        images: ['tools:latest'],
        replacedBy: [{ file: 'compose.yaml', line: 7 }],
      },
    ],
    diff: '--- a/x\n',
  }),
  report({ pin: 'policy', stores: [{ reached: false, label: 'a', message: 'no', hint: 'do' }] }),
  report({
    findings: [
      ...keys(REASONS).map(reason => ({ ...finding('by-tag'), reason })),
      ...keys(CODES).map(cause => ({ ...finding('unresolvable'), cause })),
      ...keys(CODES).map(cause => ({ ...finding('pull-failed'), cause })),
    ],
  }),
  report({ command: 'check', staging: ['add', '--force', 'docker-images.lock'] }),
  report({
    command: 'policy',
    policy: {
      version: 1,
      rules: [
        {
          action: 'CONVERT',
          selector: { identifier: 'docker-image://docker.io/library/a:1' },
          updates: { identifier: `docker-image://docker.io/library/a:1@${fixedDigest('a')}` },
        },
      ],
    },
  }),
  report({ command: 'why', images: DETAILS, stores: [STORE] }),
  report({ command: 'ls', images: DETAILS }),
  report({ command: 'update', updates: [UPDATED] }),
  report({ command: 'outdated', outdated: [OUTDATED], repeat: ['--semver', 'minor'] }),
  ...Object.values(LEAST).filter(({ command }) => command !== 'policy'),
]

/** What `main` prints when a run cannot be made. */
const FAILURES = keys(CODES).flatMap(code => {
  const { message, hint } = new DockLockError(code, 'no', { hint: 'do' })
  return [
    { exitCode: exitCodeOf(code), error: { code, message } },
    { exitCode: exitCodeOf(code), error: { code, message, hint, place } },
  ]
})

for (const [number, one] of WHOLE.entries())
  test(`valid: whole report ${number + 1}`, () => assert.ok(isValid(printed(one))))

for (const one of Object.values(LEAST))
  test(`valid: a report of ${one.command}`, () => assert.ok(isValid(printed(one))))

test('every command has a report but run, whose stdout is that of its program, merge-driver, which git runs, and completion', () =>
  assert.equal(
    [...Object.keys(LEAST), 'merge-driver', 'run', 'completion'].sort(),
    Object.keys(commands).sort(),
  ))

test('refused: fields of another command', () => {
  for (const [command, field, value] of [
    ['check', 'stores', []],
    ['check', 'files', []],
    ['check', 'dryRun', false],
    ['verify', 'registryRequests', 0],
    ['check', 'policy', { version: 1, rules: [] }],
  ] as const)
    assert.not.ok(isValid({ ...(printed(LEAST[command]) as object), [field]: value }), field)
})

for (const one of FINDINGS)
  test(`valid: ${one.code}`, () => assert.ok(isValid(printed(report({ findings: [one], exitCode: 1 })))))

for (const failure of FAILURES)
  test(`valid: a failure, ${failure.error.code}${'place' in failure.error ? ' with its place' : ''}`, () =>
    assert.ok(isValid(failure)))

test('valid: whatever others have written into it', () =>
  forAll(500, random => assert.ok(isValid(printed(hostileReport(random))))))

test('valid: what the library reports of real files', () =>
  withFolder(
    {
      Dockerfile: 'ARG BASE\nFROM node:24\nFROM $BASE\n',
      'a.Dockerfile': 'FROM scratch\nCOPY --from=Bad /a /b\nFROM alpine@sha256:abc\n',
    },
    async root => {
      const one = await check({ cwd: root })
      assert.equal([one.findings.length, one.skipped?.length], [1, 1])
      assert.is(one.notices.length, 1)
      assert.ok(isValid(printed(one)))
    },
  ))

test('refused: neither report nor failure', () => {
  for (const document of [
    null,
    [],
    {},
    'x',
    { exitCode: 0 },
    { ...report(), error: { code: 'usage', message: 'x' } },
  ])
    assert.not.ok(isValid(document), JSON.stringify(document))
})

test('refused: anything more, anywhere', () => {
  for (const document of [...WHOLE.map(printed), ...FAILURES]) {
    for (const [number, { path }] of mappingsOf(document).entries()) {
      const more = changed(document, number, value => Object.assign(value, { surplus: 1 }))
      assert.not.ok(isValid(more), path)
    }
  }
})

/** What may be missing; all else must be there. */
const OPTIONAL = new Set([
  'skipped',
  'skipped[].place',
  'skipped[].irregular',
  'skipped[].reason',
  'diff',
  'images[].digest',
  'images[].source',
  'images[].byTag',
  'images[].repinned',
  'images[].previous',
  'images[].stores',
  'images[].platforms',
  'images[].since',
  'images[].since.orEarlier',
  'images[].uses[].args',
  'images[].uses[].args[].place',
  'images[].uses[].buildArgs',
  'images[].uses[].buildArgs.V',
  'images[].uses[].builds[].line',
  'images[].uses[].digest',
  'images[].uses[].ignored',
  'images[].uses[].names',
  'images[].uses[].platform',
  'images[].uses[].reason',
  'images[].uses[].stage',
  'images[].uses[].stageName',
  'stores[].hint',
  'stores[].note',
  'findings[].store',
  'notices[].now',
  'findings[].arg',
  'findings[].date',
  'notices[].arg',
  'notices[].replacedBy',
  'notices[].replacedBy[].line',
  'notices[].date',
  'updates[].change.created',
  'updates[].change.version',
  'updates[].change.revision',
  'updates[].change.source',
  'updates[].change.compareLink',
  'updates[].change.created.old',
  'updates[].change.created.new',
  'updates[].change.version.old',
  'updates[].change.version.new',
  'updates[].change.revision.old',
  'updates[].change.revision.new',
  'updates[].change.source.old',
  'updates[].change.source.new',
  'updates[].change.digest.old',
  'updates[].change.digest.new',
  'updates[].change.configs[].user',
  'updates[].change.configs[].entrypoint',
  'updates[].change.configs[].environment',
  'updates[].change.configs[].ports',
  'updates[].change.configs[].user.old',
  'updates[].change.configs[].user.new',
  'updates[].change.configs[].entrypoint.old',
  'updates[].change.configs[].entrypoint.new',
  'outdated[].sameTag',
  'outdated[].wanted',
  'outdated[].latest',
  'outdated[].locked.date',
  'outdated[].sameTag.date',
  'outdated[].wanted.date',
  'outdated[].latest.date',
  'repeat',
  'read',
  'read[].builds',
  'staging',
  'findings[].hint',
  'findings[].detail',
  'findings[].now',
  'findings[].fix',
  'settings[].place',
  'settings[].variable',
  'findings[].searched',
  'error.hint',
  'error.place',
])

test('refused: anything less, but for what is optional', () => {
  const missing = new Set<string>()
  for (const document of [...WHOLE.map(printed), ...FAILURES]) {
    for (const [number, { path, value }] of mappingsOf(document).entries()) {
      for (const name of Object.keys(value)) {
        const what = path === '' ? name : `${path}.${name}`
        const less = changed(document, number, mapping => delete mapping[name])
        if (isValid(less)) missing.add(what)
        // An engine that did not answer must be named.
        else assert.not.ok(OPTIONAL.has(what) && what !== 'findings[].store', `${what} is optional`)
      }
    }
  }
  assert.equal([...missing].sort(), [...OPTIONAL].sort())
})

test('refused: another value of any kind', () => {
  for (const document of [...WHOLE.map(printed), ...FAILURES]) {
    for (const [number, { path, value }] of mappingsOf(document).entries()) {
      for (const name of Object.keys(value)) {
        const other = typeof value[name] === 'object' ? 'text' : {}
        assert.not.ok(
          isValid(changed(document, number, mapping => Object.assign(mapping, { [name]: other }))),
          `${path}.${name}`,
        )
      }
    }
  }
})

test('refused: words that are not in the language', () => {
  const refused: Report[] = [
    { ...LEAST.lock, command: 'lok' as never },
    report({ exitCode: 4 }),
    report({ images: [imageReport('a:1', { digest: 'sha256:abc' as never })] }),
    report({ images: [imageReport('a:1', { source: 'guessed' as never })] }),
    report({ files: [{ file: 'Dockerfile', places: -1, written: true }] }),
    report({ findings: [{ ...finding('unlocked'), code: 'unlukt' as never }] }),
    report({ findings: [{ ...finding('unlocked'), place: { ...place, line: 0 } }] }),
    report({ findings: [{ ...finding('by-tag'), reason: 'lazy' as never }] }),
    report({ pin: 'nowhere' as never }),
  ]
  for (const one of refused) assert.not.ok(isValid(printed(one)), json(one))
})

test.run()

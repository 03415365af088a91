/** What updates look like: as text, as a table, and as the body of a pull request. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report } from '../../src/core/report.ts'
import { ageWords } from '../../src/reporters/ages.ts'
import { markdown } from '../../src/reporters/markdown.ts'
import { text } from '../../src/reporters/text.ts'
import { NOTICES } from '../support/findings.ts'
import { fixedDigest } from '../support/generate.ts'
import { imageReport, OUTDATED, report, UPDATED } from '../support/reports.ts'

const test = suite('reporters/updates')
const STYLE = { color: false, width: 100 }
const print = (one: Report) => text(one, STYLE).split('\n')

test('ages in the largest unit that still says something', () => {
  const hours = (count: number) => ageWords(count * 3_600_000)
  assert.equal([0, 1, 23, 24, 24 * 89, 24 * 90, 24 * 720, 24 * 740].map(hours), [
    '0 hours',
    '1 hour',
    '23 hours',
    '1 day',
    '89 days',
    '2 months',
    '23 months',
    '2 years',
  ])
  assert.is(hours(-5), '0 hours')
})

test('all that changed in an image', () => {
  assert.equal(
    print(report({ command: 'update', updates: [UPDATED], images: [imageReport('node:24')] })).slice(0, 12),
    [
      'node:22 → 24  major',
      '    digest       sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb',
      '    built        2026-01-02 → 2026-02-03',
      '    version      old → new',
      '    revision     old → new  https://github.com/nodejs/docker-node/compare/old...new',
      '    source       old → new',
      '    platforms    added new; removed old',
      '    user         old → new (linux/amd64)',
      '    entrypoint   old → new (linux/amd64)',
      '    environment  added new; removed old (linux/amd64)',
      '    ports        added new; removed old (linux/amd64)',
      '',
    ],
  )
})

test('the table, in groups by step, with ages', () => {
  const rebuild = {
    ...OUTDATED,
    image: 'alpine:3.23',
    level: 'rebuild',
    locked: { tag: '3.23', digest: fixedDigest('c') },
    sameTag: { tag: '3.23', digest: fixedDigest('d') },
  } as const
  const { wanted: _, latest: __, ...only } = rebuild
  assert.equal(
    print(
      report({ command: 'outdated', lookedUp: 5, outdated: [OUTDATED, only], repeat: ['--semver', 'minor'] }),
    ),
    [
      '               locked                         same tag                       wanted          latest',
      'rebuild',
      '  alpine:3.23  sha256:cccccccccccc            sha256:dddddddddddd            -               -',
      'major',
      '  node:22      sha256:aaaaaaaaaaaa (41 days)  sha256:bbbbbbbbbbbb (41 days)  22.1 (41 days)  24',
      '',
      '2 of 5 images are outdated (1 rebuild, 1 major); 2 registry requests (42 ms)',
      '    → to update what is wanted, run: dock-lock update --semver minor',
      '    → to use the latest tags, run: dock-lock update --semver major',
      '',
    ],
  )
})

test('nothing outdated, or nothing that could be looked up', () => {
  assert.equal(print(report({ command: 'outdated' })), [
    'ok: 2 images are up to date; 2 registry requests (42 ms)',
    '',
  ])
  assert.equal(print(report({ command: 'outdated', lookedUp: 0, registryRequests: 1 })), [
    'ok: no locked images; 1 registry request (42 ms)',
    '',
  ])
})

test('the body of a pull request: what moved, and what did not', () => {
  const body = markdown(report({ command: 'update', updates: [UPDATED], notices: NOTICES }), STYLE)
  assert.equal(body.split('\n').slice(0, 12), [
    'Updates 1 base image.',
    '',
    '| image | tag | step | digest |',
    '|---|---|---|---|',
    '| `node` | `22` → `24` | major | `sha256:aaaaaaaaaaaa` → `sha256:bbbbbbbbbbbb` |',
    '',
    '### `node:22 → 24`',
    '',
    '- built: `2026-01-02 → 2026-02-03`',
    '- version: `old → new`',
    '- revision: `old → new` ([compare](https://github.com/nodejs/docker-node/compare/old...new))',
    '- source: `old → new`',
  ])
  assert.match(body, /### Not updated\n\n- `alpine:3\.20 → 3\.21 is held back/)
  assert.not.match(body, /only in the local engine/)
  assert.is(markdown(report({ command: 'update' }), STYLE), 'All base images are up to date.\n')
})

test('text of publishers is neither markup nor a mention', () => {
  const version = { old: '1', new: '`@everyone` [x](https://evil.example) | <img src=x>\n# title' }
  const update = { ...UPDATED, change: { ...UPDATED.change, version } }
  const body = markdown(report({ command: 'update', updates: [update] }), STYLE)
  const line = body.split('\n').find(one => one.startsWith('- version:'))
  assert.is(line, "- version: `1 → '@everyone' [x](https://evil.example) ¦ <img src=x>\\x0a# title`")
})

test('other reports stay text', () => assert.is(markdown(report(), STYLE), text(report(), STYLE)))

test.run()

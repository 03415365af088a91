import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareLink } from '../../src/core/forge.ts'

const test = suite('core/forge')
const [A, B] = ['a'.repeat(40), 'b'.repeat(40)]

test('known forges have a page for the commits between two revisions', () => {
  for (const [source, expected] of [
    ['https://github.com/o/r', `https://github.com/o/r/compare/${A}...${B}`],
    ['https://github.com/o/r.git', `https://github.com/o/r/compare/${A}...${B}`],
    ['https://github.com/o/r.git#main:sub', `https://github.com/o/r/compare/${A}...${B}`],
    ['https://github.com/o/r/tree/main/x', `https://github.com/o/r/compare/${A}...${B}`],
    ['https://u:p@github.com/o/r?x=1', `https://github.com/o/r/compare/${A}...${B}`],
    ['git@github.com:o/r.git', `https://github.com/o/r/compare/${A}...${B}`],
    ['git://github.com/o/r', `https://github.com/o/r/compare/${A}...${B}`],
    ['ssh://git@github.com/o/r.git', `https://github.com/o/r/compare/${A}...${B}`],
    ['https://GitHub.com/o/r', `https://github.com/o/r/compare/${A}...${B}`],
    ['https://gitlab.com/g/s/r', `https://gitlab.com/g/s/r/-/compare/${A}...${B}`],
    ['https://gitlab.com/g/r/-/tree/main', `https://gitlab.com/g/r/-/compare/${A}...${B}`],
    ['https://gitlab.example.org/g/r.git', `https://gitlab.example.org/g/r/-/compare/${A}...${B}`],
    ['https://codeberg.org/o/r', `https://codeberg.org/o/r/compare/${A}...${B}`],
    ['https://forgejo.example.org/o/r', `https://forgejo.example.org/o/r/compare/${A}...${B}`],
    ['https://gitea.com/o/r', `https://gitea.com/o/r/compare/${A}...${B}`],
    ['https://bitbucket.org/o/r', `https://bitbucket.org/o/r/branches/compare/${B}%0D${A}`],
  ] as const)
    assert.is(compareLink(source, A, B), expected, source)
})

test('anything else has no link', () => {
  for (const source of [
    '',
    'github.com/o/r',
    'https://example.org/o/r',
    'https://github.com.evil.example/o/r',
    'https://notgithub.com/o/r',
    'https://github.com',
    'https://github.com/o',
    'https://github.com/../r',
    'https://github.com/o/r)[x](y',
    'javascript://github.com/o/r',
    'https://gitlab/o/r',
    `https://gitlab.com/${'g/'.repeat(20)}r`,
  ])
    assert.is(compareLink(source, A, B), undefined, source)
  for (const [old, now] of [
    [A, A],
    ['', B],
    ['main', B],
    [A, 'v1.2'],
    [A, `${B}...x`],
    [A, 'abc'],
    [A, 'b'.repeat(65)],
  ] as const)
    assert.is(compareLink('https://github.com/o/r', old, now), undefined, `${old} ${now}`)
})

test.run()

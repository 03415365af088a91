/** Files made to deceive, to exhaust or to run something: nothing raw is printed, nothing is executed, and it ends. */
import { existsSync, rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hostileText } from '../support/generate.ts'
import { createRandom, type Random } from '../support/random.ts'
import type { Ran } from '../support/spawn.ts'
import { problemsOf } from './support/problems.ts'
import { type Project, withProject } from './support/project.ts'

const test = suite('hostile')

/** What a terminal takes for more than text; a line feed is ours. */
const RAW = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

function assertTame(ran: Ran, of: string): void {
  const said = ran.stdout + ran.stderr
  assert.not.ok(RAW.test(said), `${of}: ${JSON.stringify(said)}`)
  assert.not.match(said, /bug in dock-lock|\n {4}at /, of)
  assert.ok(ran.code !== null && ran.code !== 3, `${of}: exit code ${ran.code}, ${ran.signal}\n${said}`)
}

async function runAll(project: Project): Promise<Ran[]> {
  const all = [
    ['check'],
    ['check', '--json'],
    ['unpin', '--dry-run'],
    ['--offline', '--dry-run'],
    ['--offline', '--dry-run', '--json'],
    ['verify'],
    ['policy'],
  ]
  const results: Ran[] = []
  for (const args of all) {
    const ran = await project.runHere(args)
    // No engine is here, which is the one thing that 3 may mean.
    if (args[0] !== 'verify') assertTame(ran, args.join(' '))
    else assertTame({ ...ran, code: ran.code === 3 ? 0 : ran.code }, 'verify')
    results.push(ran)
  }
  return results
}

const ESC = '\u001b[31m\u001b]0;title\u0007'
const DIGEST = `sha256:${'a'.repeat(64)}`

const dockerfiles: Readonly<Record<string, string | Buffer>> = {
  'escapes in a name': `FROM al${ESC}pine:3\n`,
  'escapes in a tag': `FROM alpine:${ESC}\n`,
  'escapes in a digest': `FROM alpine@sha256:${ESC}\n`,
  'escapes in an instruction': `FROM a\n${ESC} x\n`,
  'escapes in a stage name': `FROM a AS ${ESC}\nCOPY --from=${ESC} / /\n`,
  'escapes in a platform': `FROM --platform=linux/${ESC} alpine:3\n`,
  'escapes in a flag': `FROM --${ESC}=x alpine:3\n`,
  'escapes in an ARG': `ARG A=${ESC}\nFROM \${A}\nFROM x:\${${ESC}}\n`,
  'escapes in a mount': `FROM a\nRUN --mount=type=bind,from=${ESC} true\nRUN --mount=${ESC} true\n`,
  'escapes in a syntax line': `# syntax=${ESC}\nFROM a\n`,
  'escapes in a directive': `# escape=${ESC}\nFROM a\n`,
  'carriage returns': `FROM alpine:3\rFROM b\r\rforged: line\n`,
  'a line that comments itself away': 'FROM alpine:3.1\u202e# 32.3:enipla\u2066\nFROM \u2066x\n',
  'marks that hide': 'FROM al\u200bpine:3\u00ad\nFROM \u{e0041}\u{e0042}\n\ufeffFROM x\n',
  'C1 controls in Latin-1': Buffer.from('FROM a\x9b31m\nFROM \x85x\n', 'latin1'),
  NUL: 'FROM alpine\0:3\nFROM \0\n\0\n',
  'bytes at random': Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * index * 7919) % 256)),
  'commands in names':
    'FROM $(touch canary)\nFROM `touch canary`\nFROM alpine:3;touch canary\nFROM "|touch canary"\n',
  'commands in expansions':
    'ARG A=$(touch canary)\nARG B=`touch canary`\nFROM ${A:-$(touch canary)}\nFROM ${B}\n',
  'options for programs': 'FROM --upload-pack=touch\nFROM -o\nCOPY --from=--help / /\n',
  'paths in names': 'FROM ../../../etc/passwd\nFROM /etc/passwd:x\nFROM file:///etc/passwd\n',
  'keys of objects':
    'ARG __proto__=x\nARG constructor=y\nFROM ${__proto__}${constructor}\nFROM __proto__:x AS __proto__\n',
}

test('hostile Dockerfiles of every kind', () =>
  withProject(async project => {
    for (const [name, content] of Object.entries(dockerfiles))
      project.write(`${name.replaceAll(' ', '-')}.Dockerfile`, content)
    project.write('docker-images.lock', 'lockfileVersion: 1\nimages: {}\n')
    const before = project.snapshot()
    const [check] = await runAll(project)
    assert.equal(project.snapshot(), before)
    // None was passed over: each is complained of.
    const files = new Set(problemsOf(check as Ran).map(({ where }) => where.split(':')[0]))
    assert.is(files.size, Object.keys(dockerfiles).length, [...files].join('\n'))
  }))

/** Problems, and files that are skipped. */
function reportedIn(ran: Ran): number {
  return problemsOf(ran).length + (ran.stdout.match(/^skipped: /gm) ?? []).length
}

test('escapes, line breaks and marks in the names of files and folders', () =>
  withProject(async project => {
    const odd = [
      `${ESC}.Dockerfile`,
      `a\nb/Dockerfile`,
      'x\u202e.Dockerfile',
      '--help.Dockerfile',
      ':(top).Dockerfile',
    ]
    project.write('good\n.Dockerfile', `FROM alpine:3@${DIGEST}\n`)
    for (const write of [
      (file: string) => project.write(file, 'FROM alpine:3\nFROM Bad\n'),
      // An image of its own for each: places of one image share a line.
      (file: string, index: number) => project.write(file, `FROM busybox:${index}\n`),
    ]) {
      odd.forEach(write)
      rmSync(project.path('.git'), { recursive: true, force: true })
      const [walked] = await runAll(project)
      assert.is(reportedIn(walked as Ran), odd.length + 1)
      await project.exec('git', ['init', '-q'])
      const [listed] = await runAll(project)
      assert.is(reportedIn(listed as Ran), odd.length + 1)
      for (const file of odd) {
        const one = await project.runHere(['check', '--', file])
        assertTame(one, file)
        assert.is(reportedIn(one), 1, one.stdout + one.stderr)
      }
    }
    // They can be locked, written and read again.
    const adopted = await project.runHere(['--no-verify', '--', 'good\n.Dockerfile'])
    assertTame(adopted, 'lock')
    assert.is(adopted.code, 0)
    assert.is((await project.runHere(['check', '--', 'good\n.Dockerfile'])).code, 0)
    assertTame(await project.run(['check', `nothing${ESC}`]), 'a path that there is not')
    assertTame(await project.runHere([`--${ESC}`]), 'an option that there is not')
    assertTame(await project.runHere(['-C', ESC, 'check']), 'a folder that there is not')
    assertTame(await project.runHere(['--platform', ESC]), 'a platform that there is not')
  }))

test('a lockfile and a config full of them', () =>
  withProject(async project => {
    const random: Random = createRandom(7)
    project.write('Dockerfile', 'FROM alpine:3\n')
    const texts = Array.from({ length: 12 }, () => hostileText(random))
    for (const [index, text] of texts.entries()) {
      const quoted = JSON.stringify(text)
      const forms = [`lockfileVersion: 1\nimages: ${text}\n`, `lockfileVersion: ${quoted}\n${quoted}: 1\n`]
      const key = `lockfileVersion: 1\nimages:\n  ${quoted}:\n    digest: ${quoted}\n`
      project.write('docker-images.lock', index % 3 === 2 ? key : (forms[index % 3] ?? ''))
      assertTame(await project.runHere(['check']), JSON.stringify(text))
      project.write('docker-images.lock', 'lockfileVersion: 1\nimages: {}\n')
      project.write('.dock-lock.yaml', `registries:\n  ${quoted}:\n    mirrors: [${quoted}]\n${quoted}: 1\n`)
      assertTame(await project.runHere(['check']), JSON.stringify(text))
      project.write('.dock-lock.yaml', text)
      assertTame(await project.runHere(['check', '--json']), JSON.stringify(text))
      rmSync(project.path('.dock-lock.yaml'))
    }
  }))

const sizes: Readonly<Record<string, () => string>> = {
  'a line of 10 MB': () => `FROM alpine:3\nRUN ${'x'.repeat(10 << 20)}\n`,
  'a name of 10 MB': () => `FROM ${'a'.repeat(10 << 20)}\n`,
  'a heredoc of 10 MB': () => `FROM alpine:3\nRUN <<E\n${'FROM x\n'.repeat((10 << 20) / 7)}E\n`,
  '100,000 instructions': () => `FROM alpine:3\n${'RUN true\n'.repeat(100_000)}`,
  '20,000 stages': () =>
    Array.from({ length: 20_000 }, (_, index) => `FROM alpine:${index % 50} AS s${index}\n`).join(''),
  '100,000 continued lines': () => `FROM alpine:3\nRUN true ${'\\\n  && true '.repeat(100_000)}\n`,
  '100,000 lines of comment': () => `${'# escape\n'.repeat(100_000)}FROM alpine:3\n`,
  '20,000 nested expansions': () => `ARG A=${'${A:-'.repeat(20_000)}x${'}'.repeat(20_000)}\nFROM $A\n`,
  '20,000 ARGs, each longer than the one before': () =>
    `ARG A0\n${Array.from({ length: 20_000 }, (_, index) => `ARG A${index + 1}=\${A${index}}x\n`).join('')}FROM $A20000\n`,
  'an ARG that doubles 60 times': () =>
    `ARG A0=xx\n${Array.from({ length: 60 }, (_, index) => `ARG A${index + 1}=$A${index}$A${index}\n`).join('')}FROM $A60\n`,
}

for (const [name, make] of Object.entries(sizes)) {
  test(`${name}: it ends`, () =>
    withProject(async project => {
      project.write('Dockerfile', make())
      const ran = await project.run(['check'], { timeoutMs: 60_000 })
      assertTame(ran, name)
      assert.ok(ran.code === 1 || ran.code === 2, ran.stdout.slice(0, 500))
      assert.ok(ran.stdout.length < 20_000_000)
    }))
}

test('20,000 ARGs, each of the one before and the first without a value: the build decides, and it ends', () =>
  withProject(async project => {
    const args = Array.from({ length: 20_000 }, (_, index) => `ARG A${index + 1}=$A${index}\n`)
    project.write('Dockerfile', `ARG A0\n${args.join('')}FROM $A20000\n`)
    const ran = await project.run(['check'], { timeoutMs: 60_000 })
    assertTame(ran, 'ARGs')
    assert.is(ran.code, 0, ran.stdout)
    assert.match(ran.stdout, /^~ Dockerfile:20002:6 {2}outside {2}\$A20000 .*ARG A0 has no value/m)
  }))

test('a lockfile of 10 MB, and one that would grow beyond all bounds: it ends', () =>
  withProject(async project => {
    project.write('Dockerfile', 'FROM alpine:3\n')
    project.write('docker-images.lock', `lockfileVersion: 1\nimages: {}\n${'# x\n'.repeat((10 << 20) / 4)}`)
    assertTame(await project.run(['check']), 'long')
    const bomb = Array.from(
      { length: 40 },
      (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]\n`,
    ).join('')
    project.write('docker-images.lock', `a0: &a0 x\n${bomb}`)
    assert.is((await project.run(['check'])).code, 2)
    project.write('docker-images.lock', `${'['.repeat(100_000)}`)
    const deep = await project.run(['check'])
    assertTame(deep, 'deep')
    assert.is(deep.code, 2)
  }))

/** Settings of a repository by which git starts programs. */
const gitSettings = (canary: string): readonly (readonly [string, string])[] => [
  ['core.fsmonitor', canary],
  ['core.hooksPath', '../hooks'],
  ['core.pager', canary],
  ['core.editor', canary],
  ['core.sshCommand', canary],
  ['core.askPass', canary],
  ['core.gitProxy', canary],
  ['core.alternateRefsCommand', canary],
  ['diff.external', canary],
  ['diff.x.textconv', canary],
  ['diff.x.command', canary],
  ['filter.x.clean', canary],
  ['filter.x.smudge', canary],
  ['filter.x.process', canary],
  ['merge.x.driver', canary],
  ['pager.ls-files', canary],
  ['pager.cat-file', canary],
  ['alias.ls-files', `!${canary}`],
  ['alias.cat-file', `!${canary}`],
  ['credential.helper', `!${canary}`],
  ['gpg.program', canary],
  ['uploadpack.packObjectsHook', canary],
  ['protocol.ext.allow', 'always'],
  ['remote.origin.url', `ext::${canary}`],
  ['remote.origin.uploadpack', canary],
  ['remote.origin.promisor', 'true'],
  ['remote.origin.partialclonefilter', 'blob:none'],
  ['extensions.partialClone', 'origin'],
]

test('a repository whose settings start programs starts none', () =>
  withProject(async project => {
    const canary = project.path('../canary')
    const script = project.path('../run-me')
    project.write('../run-me', `#!/bin/sh\necho "$0 $*" >> '${canary}'\n`, 0o755)
    for (const hook of [
      'post-index-change',
      'fsmonitor-watchman',
      'query-watchman',
      'post-checkout',
      'pre-commit',
    ])
      project.write(`../hooks/${hook}`, `#!/bin/sh\necho ${hook} >> '${canary}'\n`, 0o755)
    const git = (...args: string[]) => project.exec('git', args)
    await git('init', '-q')
    project.write('.gitattributes', '* diff=x filter=x merge=x\n')
    project.write('Dockerfile', `FROM alpine:3@${DIGEST}\n`)
    project.write('sub/Dockerfile', `FROM alpine:3@${DIGEST}\n`)
    project.write('sub/.gitignore', 'ignored\n')
    assert.is((await project.runHere(['--no-verify'])).code, 0)
    await git('add', '.')
    await git('update-index', '--skip-worktree', 'sub/.gitignore')
    await project.exec('rm', ['sub/.gitignore'])
    for (const [name, value] of gitSettings(script)) await git('config', name, value)
    await git('config', 'core.repositoryFormatVersion', '1')
    // Objects that are missing, which a partial clone would fetch.
    await project.exec('sh', ['-c', 'find .git/objects -type f -delete'])
    for (const args of [['check'], ['check', '--staged'], ['--no-verify'], ['check', 'sub'], ['unpin']]) {
      const ran = await project.runHere(args)
      assertTame(ran, args.join(' '))
      assert.not.ok(existsSync(canary), args.join(' '))
    }
    // The proof that it would have been seen: git itself does start it.
    await git('cat-file', '-p', ':Dockerfile')
    await git('status')
    assert.ok(existsSync(canary))
  }))

test('more engines than node.js expects listeners for: it does not talk of its own leaks', () =>
  withProject(async project => {
    project.write('docker-images.lock', 'lockfileVersion: 1\nimages: {}\n')
    const hosts = Array.from({ length: 15 }, (_, index) => [
      '--host',
      `unix://${project.path(`${index}.sock`)}`,
    ])
    const ran = await project.run(['verify', ...hosts.flat()])
    assert.is(ran.code, 3, ran.stderr)
    assert.not.match(ran.stderr, /Warning/)
  }))

test.run()

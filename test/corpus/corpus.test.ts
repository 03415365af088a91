/**
 * Runs every repository of the corpus as somebody who meets dock-lock for the first time. With UPDATE_CORPUS=1 what comes of it is
 * written into the files instead, for a person to read in the diff.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkCommand as check } from '../../src/commands/check.ts'
import { type Command, DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { lockCommand as lock } from '../../src/commands/lock.ts'
import { unpinCommand as unpin } from '../../src/commands/unpin.ts'
import { verifyCommand as verify } from '../../src/commands/verify.ts'
import type { Finding } from '../../src/core/finding.ts'
import type { Report } from '../../src/core/report.ts'
import { text } from '../../src/reporters/text.ts'
import { git, withFolder } from '../support/folder.ts'
import { startRegistry } from '../support/registry/index.ts'
import { type Repository, readRepositories, withExpected } from './repository.ts'
import { pathOf, worldOf } from './world.ts'

const test = suite('corpus')
const repositories = readRepositories()

test('has at least 40 repositories, and each kind that is common', () => {
  assert.ok(repositories.length >= 40, `${repositories.length}`)
  const kinds =
    'monorepo template addon version-matrix generated cookiecutter submodule windows dead-tag local-base ignored bot'
  for (const kind of kinds.split(' '))
    assert.ok(
      repositories.some(({ name }) => name.startsWith(kind)),
      kind,
    )
})

for (const repository of repositories) {
  test(repository.name, async () => {
    const actual = await firstDay(repository)
    if (process.env.UPDATE_CORPUS) writeFileSync(repository.path, withExpected(repository, actual))
    else assert.is(actual, repository.expected)
  })
}

/** What the commands make of a repository that has never seen them. */
async function firstDay(repository: Repository): Promise<string> {
  const { files, dead, denied, buildArgs } = repository
  const registry = await startRegistry({ answerAnything: true })
  for (const name of dead) registry.fault({ pathRegex: pathOf(name) }, { kind: 'status', status: 404 })
  for (const name of denied) registry.fault({ pathRegex: pathOf(name) }, { kind: 'status', status: 401 })
  try {
    return await withFolder(files, async root => {
      makeRepository(root, repository)
      const context = worldOf(root, repository, registry)
      const options = { ...DEFAULT_OPTIONS, buildArgs }
      const run = <Any extends Report>(
        command: (...given: Parameters<Command>) => Promise<Any>,
        more: object = {},
      ) => command(context, { ...options, ...more })
      const first = await run(lock)
      const pinned = contents(root, files)
      const checked = await run(check)
      const verified = first.lockfile.images > 0 ? await run(verify) : undefined
      const second = await run(lock)
      assertSame(contents(root, files), pinned, 'a second run changes nothing')
      assert.is(second.exitCode, first.exitCode)
      const strict = await run(lock, { strict: true })
      assert.equal(strict.notices, [])
      const lines = [
        `lock ${first.exitCode}, check ${checked.exitCode}, verify ${verified?.exitCode ?? '-'}, strict ${strict.exitCode}`,
        ...first.images.flatMap(({ image, digest, byTag }) =>
          digest === undefined ? [] : [`locked ${image}${byTag ? ' by tag' : ''}`],
        ),
        ...Object.entries(pinned).flatMap(([file, now]) =>
          file.endsWith('.lock') ? [] : pinsIn(file, now, files[file] ?? ''),
        ),
        ...first.findings.map(finding => `finding ${wordsOf(finding)}`),
        ...first.notices.map(notice => `notice ${wordsOf(notice)}`),
        ...(first.skipped ?? []).map(one =>
          ['skipped', one.code, one.file, ...(one.code === 'template' ? [`(${one.marker})`] : [])].join(' '),
        ),
        `last ${lastLine(second)}`,
      ]
      await run(unpin)
      // What a lockfile knew before is taken out too.
      if (!('docker-images.lock' in files))
        assertSame(contents(root, files), files, 'unpinned, all is as it was')
      return `${lines.join('\n')}\n`
    })
  } finally {
    await registry.close()
  }
}

function makeRepository(root: string, { git: isRepository, submodules }: Repository): void {
  if (!isRepository) return
  git(root, 'init', '-q')
  for (const path of submodules) {
    const library = join(root, path)
    git(library, 'init', '-q')
    git(library, 'add', '.')
    git(library, 'commit', '-q', '-m', 'one')
    git(root, 'submodule', '--quiet', 'add', `./${path}`, path)
  }
  git(root, 'add', '.')
}

/** File by file: a diff of all of them takes long. */
function assertSame(actual: Repository['files'], expected: Repository['files'], what: string): void {
  for (const [file, text] of Object.entries(expected)) assert.is(actual[file], text, `${file}: ${what}`)
}

function contents(root: string, files: Repository['files']): Record<string, string> {
  return Object.fromEntries(Object.keys(files).map(file => [file, readFileSync(join(root, file), 'utf8')]))
}

function pinsIn(file: string, now: string, before: string): readonly string[] {
  const old = before.split('\n')
  return now
    .split('\n')
    .flatMap((line, index) =>
      line === old[index]
        ? []
        : [`pinned ${file}:${index + 1}  ${line.replace(/sha256:[0-9a-f]{64}/g, 'D')}`],
    )
}

function wordsOf(finding: Finding): string {
  const places = 'places' in finding ? finding.places : 'place' in finding ? [finding.place] : []
  const where = places.slice(0, 1).map(({ file, line }) => `${file}:${line}`)
  const more = places.length > 1 ? [`${places.length} places`] : []
  const names = 'names' in finding && finding.names.length > 0 ? [`ARG ${finding.names.join(', ')}`] : []
  const image = 'image' in finding ? [finding.image] : []
  return [finding.code, ...where, ...more, ...names, ...image].join(', ')
}

/** How the second run ends, as people see it. */
function lastLine(report: Report): string {
  const lines = text(report, { color: false, width: 200 }).trimEnd().split('\n')
  return (lines.at(-1) ?? '').replace(/ \([^()]*m?s\)$/, '')
}

test.run()

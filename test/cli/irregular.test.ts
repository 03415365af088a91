/** Files of the project that are no regular files inside it, or of any size: refused at once, with one clear error, and never quoted. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { initCommand as init } from '../../src/commands/init.ts'
import { createContext } from '../../src/context.ts'
import type { SkippedFile } from '../../src/core/report-parts.ts'
import { check } from '../../src/index.ts'
import { skipReason } from '../../src/reporters/skipped.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { GIT_ENV, git, listAll, withFolder } from '../support/folder.ts'
import { problemsOf } from './support/problems.ts'
import { withProject } from './support/project.ts'
import { runUnprivileged } from './support/unprivileged.ts'

const test = suite('irregular')
const NO_GIT = { PATH: '/nonexistent' }
const SECRET = 'not-to-be-told'

/** What stands in the place of the file, and what is said of it. */
const KINDS: Readonly<Record<string, readonly [make: (path: string) => Server | undefined, says: string]>> = {
  fifo: [path => void execFileSync('mkfifo', [path]), 'it is a fifo, not a regular file'],
  directory: [path => void mkdirSync(path), 'it is a directory, not a regular file'],
  socket: [path => createServer().listen(path), 'it is a socket, not a regular file'],
  'link to a device': [
    path => void symlinkSync('/dev/zero', path),
    'it is a symbolic link to outside the project',
  ],
  'link to the environment': [
    path => void symlinkSync('/proc/self/environ', path),
    'it is a symbolic link to outside the project',
  ],
  'link out of the project': [
    path => {
      writeFileSync(join(path, '../../secret'), `${SECRET}: [\n`)
      symlinkSync('../secret', path)
      return undefined
    },
    'it is a symbolic link to outside the project',
  ],
  'link to nothing': [
    path => void symlinkSync('nothing', path),
    'it is a symbolic link to a file that does not exist',
  ],
  'link to its folder': [path => void symlinkSync('.', path), 'it is a directory, not a regular file'],
  '10 GB': [
    path => {
      writeFileSync(path, '')
      truncateSync(path, 10 * 2 ** 30)
      return undefined
    },
    'it is larger than ',
  ],
}

/** The file, how it comes to be read, and the code of the error. */
const FILES: readonly (readonly [file: string, run: (cwd: string) => Promise<unknown>, code: string])[] = [
  ['.dock-lock.yaml', cwd => check({ cwd, env: NO_GIT }), 'config'],
  ['docker-images.lock', cwd => check({ cwd, env: NO_GIT }), 'malformed'],
  ['.gitignore', cwd => check({ cwd, env: NO_GIT }), 'config'],
  ['package.json', cwd => init(createContext({ cwd, env: NO_GIT }), DEFAULT_OPTIONS), 'malformed'],
]

function worded(skipped: SkippedFile): string {
  return `${skipped.code} ${skipped.file}: ${skipReason(skipped)}`
}

async function withIrregular(
  file: string,
  kind: string,
  body: (root: string, says: string) => Promise<void>,
): Promise<void> {
  const [make, says] = KINDS[kind] as (typeof KINDS)[string]
  await withFolder({ 'p/Dockerfile': 'FROM scratch\n' }, async outer => {
    const root = join(outer, 'p')
    rmSync(join(root, file), { force: true })
    const server = make(join(root, file))
    if (server) await new Promise(done => server.once('listening', done))
    try {
      await body(root, says)
    } finally {
      if (server) server.close()
    }
  })
}

for (const kind of Object.keys(KINDS)) {
  for (const [file, run, code] of FILES) {
    test(`${file}: ${kind}`, () =>
      withIrregular(file, kind, async (root, says) => {
        const before = listAll(join(root, '..'))
        const error = await failureOf(() => run(root))
        assert.equal([error.code, whereOf(error)], [code, `${file}:1:1`])
        assert.ok(error.message.startsWith(`${file} cannot be read: ${says}`), error.message)
        assert.ok(error.hint)
        assert.not.ok(`${error.message} ${error.hint}`.includes(SECRET))
        assert.equal(listAll(join(root, '..')), before)
      }))
  }

  test(`a Dockerfile that is named: ${kind}`, () =>
    withIrregular('other', kind, async (root, says) => {
      // A folder is searched.
      if (says.startsWith('it is a directory')) return
      if (kind === '10 GB') {
        const { exitCode, findings } = await check({ cwd: root, env: NO_GIT, paths: ['other'] })
        assert.equal([exitCode, findings.map(({ code }) => code)], [2, ['malformed']])
        return
      }
      const error = await failureOf(() => check({ cwd: root, env: NO_GIT, paths: ['other'] }))
      // Where it leads is known before it is read.
      assert.equal([error.code, whereOf(error)], ['usage', 'other:1:1'], error.message)
      assert.is(error.message, `other cannot be read: ${says}`)
      assert.ok(error.hint)
    }))

  test(`a Dockerfile that is discovered: ${kind}`, () =>
    withIrregular('a.Dockerfile', kind, async (root, says) => {
      const { exitCode, findings, skipped = [], checkedFiles } = await check({ cwd: root, env: NO_GIT })
      if (kind === '10 GB') {
        assert.equal([exitCode, findings.map(({ code }) => code)], [2, ['malformed']])
        return
      }
      assert.equal(checkedFiles, ['Dockerfile'])
      assert.is(exitCode, 0)
      // A folder of that name is looked through.
      assert.equal(skipped.map(worded), kind === 'directory' ? [] : [`irregular a.Dockerfile: ${says}`])
    }))
}

test('with git, and in the index, a Dockerfile that leads out is reported; a config or lockfile that does is an error', () =>
  withFolder({ 'p/Dockerfile': 'FROM scratch\n', secret: SECRET }, async outer => {
    const root = join(outer, 'p')
    git(root, 'init', '-q')
    symlinkSync('../secret', join(root, 'a.Dockerfile'))
    git(root, 'add', '.')
    const reason = 'it is a symbolic link to outside the project'
    for (const staged of [false, true]) {
      const { skipped = [] } = await check({ cwd: root, env: GIT_ENV, staged })
      assert.equal(skipped.map(worded), [`irregular a.Dockerfile: ${reason}`], String(staged))
    }
    for (const file of ['.dock-lock.yaml', 'docker-images.lock']) {
      symlinkSync('../secret', join(root, file))
      git(root, 'add', '.')
      for (const staged of [false, true]) {
        const error = await failureOf(() => check({ cwd: root, env: GIT_ENV, staged }))
        assert.is(error.message, `${file} cannot be read: ${reason}`)
        assert.is(whereOf(error), `${file}:1:1`)
      }
      rmSync(join(root, file))
      git(root, 'add', '-A', '.')
    }
  }))

test('a project in which all is skipped says why', () =>
  withFolder({ 'p/x': '', secret: 'FROM a\n' }, async outer => {
    symlinkSync('../secret', join(outer, 'p/Dockerfile'))
    const error = await failureOf(() => check({ cwd: join(outer, 'p'), env: NO_GIT }))
    assert.is(error.code, 'usage')
    assert.match(error.message, /no Dockerfile found here: Dockerfile was skipped: it is a symbolic link/)
  }))

test('the command: a config that leads to the environment is refused, and nothing of it is shown', () =>
  withProject(async project => {
    project.write('Dockerfile', 'FROM scratch\n')
    symlinkSync('/proc/self/environ', project.path('.dock-lock.yaml'))
    for (const args of [['check'], ['check', '--json'], ['--offline'], ['verify'], ['unpin'], ['policy']]) {
      const ran = await project.run(args, { env: { SECRET } })
      assert.is(ran.code, 2, ran.stderr)
      assert.not.ok((ran.stdout + ran.stderr).includes(SECRET))
      if (args.includes('--json')) continue
      const [problem, ...others] = problemsOf(ran)
      assert.equal(others, [])
      assert.is(problem?.where, '.dock-lock.yaml:1:1')
      assert.ok(problem?.next)
    }
  }))

test('init does not write through a package.json that leads out', () =>
  withProject(async project => {
    project.write('../package.json', '{}\n')
    symlinkSync('../package.json', project.path('package.json'))
    const ran = await project.run(['init'])
    assert.is(ran.code, 2, ran.stdout)
    assert.is(readFileSync(project.path('../package.json'), 'utf8'), '{}\n')
  }))

test('folders that git cannot list are reported, and the rest is checked', () =>
  withProject(async project => {
    project.write('Dockerfile', 'FROM scratch\n')
    project.write('data/web/Dockerfile', 'FROM scratch\n')
    project.write("b'x/Dockerfile", 'FROM scratch\n')
    await project.exec('git', ['init', '-q'])
    for (const folder of ['data', "b'x"]) chmodSync(project.path(folder), 0)
    try {
      for (const args of [['check'], ['check', '--json']]) {
        const { code, stdout, stderr } = await runUnprivileged(project, args)
        assert.is(code, 0, stderr)
        if (args.length === 1)
          assert.match(
            stdout + stderr,
            /^not searched: b'x\/, data\/: they cannot be read: Permission denied$/m,
          )
        else
          assert.equal(
            JSON.parse(stdout).skipped.map(({ file, code }: { file: string; code: string }) => [file, code]),
            [
              ["b'x", 'unreadable'],
              ['data', 'unreadable'],
            ],
          )
      }
    } finally {
      for (const folder of ['data', "b'x"]) chmodSync(project.path(folder), 0o755)
    }
  }))

test.run()

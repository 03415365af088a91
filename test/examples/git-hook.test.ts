/** The plain git hook of examples/pre-commit: `dock-lock check --staged` judges what would be committed, not what lies around. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installTarball, packProject, plainEnv, REPOSITORY } from '../support/npm.ts'
import { type Ran, runProgram } from '../support/spawn.ts'

interface Project {
  root: string
  git: (...args: string[]) => Promise<Ran>
  write: (file: string, text: string) => void
  read: (file: string) => string
}
const test = suite<Project>('examples/pre-commit, the plain git hook')

test.before.each(async project => {
  project.root = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-hook-'))
})
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }))

const EMPTY_LOCK = 'lockfileVersion: 1\nimages: {}\n'

/** The example in a git repository of its own, with the hook that its README shows and the packed command installed. */
async function start(project: Project): Promise<void> {
  const { root } = project
  cpSync(join(REPOSITORY, 'examples/pre-commit'), root, { recursive: true })
  const env = plainEnv({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' })
  for (const name of Object.keys(env))
    if (/^GIT_(?:DIR|INDEX_FILE|WORK_TREE|PREFIX)$/.test(name)) delete env[name]
  project.git = (...args) =>
    runProgram('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: root, env })
  project.write = (file, text) => writeFileSync(join(root, file), text)
  project.read = file => readFileSync(join(root, file), 'utf8')
  await project.git('init', '--quiet')
  project.write('.gitignore', 'node_modules\n*.tgz\n')
  project.write('package.json', '{"private":true}\n')
  await installTarball(root, (await packProject(root)).tarball)
  const readme = project.read('README.md')
  const hook = /^( +)#!\/bin\/sh\n(?:\1.*\n)+/m.exec(readme)?.[0].replaceAll(/^ +/gm, '')
  assert.match(hook ?? '', '--staged')
  writeFileSync(join(root, '.git/hooks/pre-commit'), hook ?? '', { mode: 0o755 })
}

test('a commit is judged by the index: its Dockerfiles, its lockfile, its config', async project => {
  await start(project)
  const { git, write, read } = project
  const commit = async (...args: string[]) => git('commit', '--quiet', '--message', 'x', ...args)
  const accepted = async (...args: string[]) => {
    const { code, stdout, stderr } = await commit(...args)
    assert.is(code, 0, stdout + stderr)
  }
  const refused = async (what: RegExp | string, ...args: string[]) => {
    const head = await git('rev-parse', 'HEAD')
    const { code, stdout, stderr } = await commit(...args)
    assert.is(code, 1, stdout + stderr)
    assert.match(stdout + stderr, what)
    assert.is((await git('rev-parse', 'HEAD')).stdout, head.stdout)
  }
  await git('add', '.')
  await accepted()
  const pinned = read('Dockerfile')
  const lockfile = read('docker-images.lock')

  // Wrong in the index, right in the working tree.
  write('Dockerfile', `${pinned}FROM busybox:1.37\n`)
  await git('add', 'Dockerfile')
  write('Dockerfile', pinned)
  await refused(/^Dockerfile:\d+:6 {2}unlocked {2}busybox:1\.37/m)

  // The other way round.
  await git('add', 'Dockerfile')
  write('Dockerfile', `${pinned}FROM busybox:1.37\n`)
  write('README.md', 'changed\n')
  await git('add', 'README.md')
  await accepted()

  // `commit --all` has an index of its own, which git names to the hook.
  await refused('unlocked  busybox:1.37', '--all')
  write('Dockerfile', pinned)

  // The lockfile of the index counts, not the one that lies there.
  write('docker-images.lock', EMPTY_LOCK)
  await git('add', 'docker-images.lock')
  write('docker-images.lock', lockfile)
  await refused('unlocked  alpine:3.23')
  await git('add', 'docker-images.lock')
  write('docker-images.lock', EMPTY_LOCK)
  write('README.md', 'changed again\n')
  await git('add', 'README.md')
  await accepted()
  write('docker-images.lock', lockfile)

  // A file that is not added yet is not part of the commit.
  write('Dockerfile.new', 'FROM busybox:1.37\n')
  write('README.md', 'and again\n')
  await git('add', 'README.md')
  await accepted()
  await git('add', 'Dockerfile.new')
  await refused(/^Dockerfile\.new:1:6 {2}unlocked/m)

  // The config counts as soon as it is staged.
  write('.dock-lock.yaml', 'ignore: [{files: Dockerfile.new, reason: a draft}]\n')
  await refused(/^Dockerfile\.new:1:6 {2}unlocked/m)
  await git('add', '.dock-lock.yaml')
  await accepted()
})

test.run()

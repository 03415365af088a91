/** A project in a subfolder, checked by a hook and by aliases, in the main checkout and in a linked worktree. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Project, withProject } from './support/project.ts'

const test = suite('worktree')
const DIGEST = `sha256:${'a'.repeat(64)}`
const PINNED = `FROM alpine:3@${DIGEST}\n`
const WHO = ['-c', 'user.name=t', '-c', 'user.email=t@localhost']

/** `main` has a locked project in packages/api, and a worktree `wt` beside it. */
async function withWorktree(
  use: (
    project: Project,
    git: (folder: string, ...args: string[]) => ReturnType<Project['exec']>,
  ) => Promise<void>,
): Promise<void> {
  await withProject(async project => {
    const git = (folder: string, ...args: string[]) =>
      project.exec('git', [...WHO, ...args], { cwd: project.path(folder) })
    const [node, cli] = [project.command[0], project.command[1]]
    project.write('main/packages/api/Dockerfile', PINNED)
    project.write(
      'main/packages/api/docker-images.lock',
      `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3:\n    digest: ${DIGEST}\n`,
    )
    project.write('main/.gitignore', 'out/\n')
    project.write('main/note', '1\n')
    project.write(
      'hooks/pre-commit',
      `#!/bin/sh\ncd packages/api && exec ${node} ${cli} check --staged\n`,
      0o755,
    )
    await git('main', 'init', '-q')
    await git('main', 'add', '.')
    assert.is((await git('main', 'commit', '-q', '-m', 'one')).code, 0)
    await git('main', 'config', 'core.hooksPath', project.path('hooks'))
    await git('main', 'config', 'alias.locked', `!cd packages/api && ${node} ${cli} check --staged`)
    await git('main', 'worktree', 'add', '-q', project.path('wt'))
    await use(project, git)
  })
}

for (const top of ['main', 'wt']) {
  for (const [what, folder, args] of [
    ['a hook', top, ['commit', '-am', 'x']],
    ['a hook, with -C', '.', ['-C', top, 'commit', '-am', 'x']],
    ['a hook, from a subfolder', `${top}/packages`, ['commit', '-am', 'x']],
    ['an alias', top, ['locked']],
    ['an alias, with -C', '.', ['-C', `${top}/packages`, 'locked']],
  ] as const) {
    test(`in ${top}, by ${what}: passes, and refuses what is wrong in the project`, () =>
      withWorktree(async (project, git) => {
        project.write(`${top}/note`, '2\n')
        // Another repository would have it, or the other checkout.
        project.write(`${top === 'main' ? 'wt' : 'main'}/packages/api/Dockerfile`, 'FROM other:1\n')
        const passed = await git(folder, ...args)
        assert.is(passed.code, 0, passed.stdout + passed.stderr)
        assert.match(passed.stdout + passed.stderr, /^ok: 1 image in 1 file locked and pinned/m)
        project.write(`${top}/packages/api/Dockerfile`, `${PINNED}FROM busybox:1\n`)
        await git(top, 'add', '.')
        const refused = await git(folder, ...args)
        assert.is(refused.code, 1, refused.stdout + refused.stderr)
        assert.match(refused.stdout + refused.stderr, /^Dockerfile:2:6 {2}unlocked {2}busybox:1/m)
      }))
  }

  test(`in ${top}, check without --staged leaves out what the .gitignore at the top says`, () =>
    withWorktree(async project => {
      project.write(`${top}/packages/api/out/Dockerfile`, 'FROM other:1\n')
      const ran = await project.run(['check'], { cwd: project.path(`${top}/packages/api`) })
      assert.is(ran.code, 0, ran.stdout + ran.stderr)
      assert.match(ran.stdout, /^ok: 1 image in 1 file/)
    }))
}

test.run()

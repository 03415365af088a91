import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findProject, projectPath } from '../../src/io/project.ts'
import { failureOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/project')

test('the project is the nearest folder upwards with a lockfile', () =>
  withFolder({ 'docker-images.lock': '', 'a/docker-images.lock': '', 'a/b/c/x': '', 'd/e/x': '' }, root => {
    assert.is(findProject(join(root, 'a/b/c')), join(root, 'a'))
    assert.is(findProject(join(root, 'a')), join(root, 'a'))
    assert.is(findProject(join(root, 'd/e')), root)
  }))

test('without a lockfile it is where one stands', () =>
  withFolder({ 'a/b/x': '' }, root => assert.is(findProject(join(root, 'a/b')), join(root, 'a/b'))))

test('beyond the root of the git repository it is not looked for, be .git a folder or a file', () =>
  withFolder(
    {
      'docker-images.lock': '',
      'repo/.git/HEAD': '',
      'repo/a/x': '',
      'sub/.git': 'gitdir: x',
      'sub/a/x': '',
    },
    root => {
      assert.is(findProject(join(root, 'repo/a')), join(root, 'repo/a'))
      assert.is(findProject(join(root, 'sub/a')), join(root, 'sub/a'))
    },
  ))

test('the root of the repository itself counts', () =>
  withFolder({ '.git/HEAD': '', 'docker-images.lock': '', 'a/b/x': '' }, root =>
    assert.is(findProject(join(root, 'a/b')), root),
  ))

test('through a symbolic link, the project is where the link leads', () =>
  withFolder({ 'real/docker-images.lock': '', 'real/a/x': '' }, root => {
    symlinkSync(join(root, 'real'), join(root, 'link'))
    assert.is(findProject(join(root, 'link/a')), join(root, 'real'))
  }))

test('a path is what the person means where they stand, told from the project', () =>
  withFolder({ 'docker-images.lock': '', 'a/b/x': '', '..odd/Dockerfile': '' }, root => {
    const at = join(root, 'a')
    assert.is(projectPath(root, at, 'b/Dockerfile'), 'a/b/Dockerfile')
    assert.is(projectPath(root, at, '../Dockerfile'), 'Dockerfile')
    assert.is(projectPath(root, at, '..'), '.')
    assert.is(projectPath(root, at, '.'), 'a')
    assert.is(projectPath(root, at, join(root, 'a/b')), 'a/b')
    assert.is(projectPath(root, root, '..odd/Dockerfile'), '..odd/Dockerfile')
  }))

test('a path outside of the project is refused', () =>
  withFolder({ 'p/x': '', 'q/Dockerfile': '', 'pp/Dockerfile': '' }, async root => {
    for (const path of [
      '..',
      '../q/Dockerfile',
      '../pp/Dockerfile',
      '/etc/passwd',
      '../nowhere/Dockerfile',
    ]) {
      const error = await failureOf(() => projectPath(join(root, 'p'), join(root, 'p'), path))
      assert.is(error.code, 'usage')
      assert.match(error.message, /outside the project/)
      assert.ok(error.hint)
    }
  }))

test('a path by way of a symbolic link to the project is inside of it', () =>
  withFolder({ 'real/docker-images.lock': '', 'real/a/Dockerfile': '' }, root => {
    const real = join(root, 'real')
    const link = join(root, 'link')
    symlinkSync(real, link)
    assert.is(projectPath(real, link, 'a/Dockerfile'), 'a/Dockerfile')
    assert.is(projectPath(real, join(link, 'a'), 'Dockerfile'), 'a/Dockerfile')
    assert.is(projectPath(real, real, join(link, 'a/Dockerfile')), 'a/Dockerfile')
    assert.is(projectPath(real, real, join(link, 'a/new/Dockerfile')), 'a/new/Dockerfile')
    assert.is(projectPath(real, root, 'link'), '.')
  }))

test.run()

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { folderInRepository, readTool } from '../../src/io/tool.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/tool')

test('the folder of a project is that in its repository, in the workspace of CI, or nothing', () =>
  withFolder({ 'repo/api/docker-images.lock': '', 'repo/api/deep/Dockerfile': '' }, root => {
    const api = join(root, 'repo/api')
    assert.is(folderInRepository(api, {}), '')
    mkdirSync(join(root, 'repo/.git'))
    assert.is(folderInRepository(api, {}), 'api/')
    // The project of a folder is the nearest one with a lockfile.
    assert.is(folderInRepository(join(api, 'deep'), {}), 'api/')
    assert.is(folderInRepository(join(root, 'repo'), {}), '')
    for (const name of ['GITHUB_WORKSPACE', 'CI_PROJECT_DIR'])
      assert.is(folderInRepository(api, { [name]: root }), 'repo/api/')
    for (const path of [join(api, 'deep'), '/nowhere', 'repo', ''])
      assert.is(folderInRepository(api, { GITHUB_WORKSPACE: path }), 'api/', path)
    assert.is(folderInRepository(join(root, 'gone'), {}), '')
  }))

test('it has the version of the package', async () =>
  assert.match((await readTool('.', {})).version, /^\d+\.\d+\.\d+/))

test.run()

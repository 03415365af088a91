import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { DockLockError } from '../../src/core/error.ts'
import { readUserConfig } from '../../src/io/user-config.ts'
import { withFolder } from '../support/folder.ts'
import { schemaCheck } from './support.ts'

const test = suite('schema/user-config')
const isValid = schemaCheck('user-config')

async function isRead(document: unknown): Promise<boolean> {
  return withFolder({ 'dock-lock/config.yaml': stringify(document) }, async folder => {
    try {
      await readUserConfig('/nonexistent', { XDG_CONFIG_HOME: folder })
      return true
    } catch (error) {
      if (error instanceof DockLockError && error.code === 'config') return false
      throw error
    }
  })
}

test('schema and reader accept the same documents', async () => {
  for (const [document, expected] of [
    [{}, true],
    [{ trust: [] }, true],
    [{ trust: ['tcp://build-1:2376', 'ssh://ci@build-2'] }, true],
    [{ registries: { 'docker.io': { mirrors: ['https://a'], insecure: true } } }, true],
    [{ stores: [{ host: 'tcp://a:1' }, { context: 'b' }, { builder: 'c' }] }, true],
    [{ trust: 'tcp://a' }, false],
    [{ trust: ['build-1'] }, false],
    [{ trust: ['unix:///run/docker.sock'] }, false],
    [{ trust: ['ssh://u:p@a'] }, false],
    [{ trust: [1] }, false],
    [{ registries: [] }, false],
    [{ stores: [{}] }, false],
    [{ platforms: ['linux/amd64'] }, false],
    [{ toString: 1 }, false],
  ] as const) {
    const text = JSON.stringify(document)
    assert.is(isValid(document), expected, text)
    assert.is(await isRead(document), expected, text)
  }
})

test.run()

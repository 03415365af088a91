import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { explainSocket } from '../../src/stores/socket-error.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('socket error')

/** What is said of a file with this owner and mode; undefined where only root may make one. */
async function said(gid: number, mode: number) {
  if (process.getuid?.() !== 0) return undefined
  return withFolder({}, root => {
    const path = join(root, 'docker.sock')
    writeFileSync(path, '')
    chownSync(path, 0, gid)
    chmodSync(path, mode)
    return explainSocket(`unix://${path}`, path)
  })
}

const groups = readFileSync('/etc/group', 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split(':'))

test('the group of that very socket is named, and how to get into it', async () => {
  const own = userInfo().username
  const other = groups.find(([, , gid, members = '']) => gid !== '0' && !members.split(',').includes(own))!
  const named = await said(Number(other[2]), 0o660)
  if (named === undefined) return
  assert.match(named.message, `it belongs to root:${other[0]}`)
  assert.match(named.hint ?? '', `sudo usermod -aG ${other[0]} "$USER"`)
  const nameless = await said(54321, 0o660)
  assert.match(nameless?.message ?? '', 'it belongs to root:54321')
})

test('nobody is sent into group root, nor into one that may not write', async () => {
  for (const [gid, mode] of [
    [0, 0o660],
    [1, 0o600],
  ] as const) {
    const explained = await said(gid, mode)
    if (explained === undefined) return
    assert.not.match(explained.hint ?? '', 'usermod')
    assert.match(explained.hint ?? '', 'rootless')
  }
})

test('a socket that cannot be looked at has the general words', () => {
  const { message, hint } = explainSocket('unix:///nowhere/docker.sock', '/nowhere/docker.sock')
  assert.match(message, 'no permission')
  assert.match(hint ?? '', 'usermod -aG docker')
  assert.match(hint ?? '', 'rootless')
})

test.run()

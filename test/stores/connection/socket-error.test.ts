import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { explainSocket, type User } from '../../../src/stores/connection/socket-error.ts'
import { withFolder } from '../../support/folder.ts'

const test = suite('socket error')

const nobody: User = { name: 'nobody', uid: 65534, groups: [65534] }

/** What is said of a file with this group and mode; undefined where only root may make one. */
async function said(gid: number, mode: number, user: User = nobody) {
  if (process.getuid?.() !== 0) return undefined
  return withFolder({}, root => {
    const path = join(root, 'docker.sock')
    writeFileSync(path, '')
    chownSync(path, 0, gid)
    chmodSync(path, mode)
    return explainSocket(`unix://${path}`, path, user)
  })
}

const groups = readFileSync('/etc/group', 'utf8')
  .trim()
  .split('\n')
  .map(line => line.split(':'))

test('the group of that very socket is named, and how to get into it', async () => {
  const other = groups.find(([, , gid, members]) => gid !== '0' && members === '')!
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

test('who is in the group already is told what else it may be', async () => {
  const group = groups.find(([, , gid]) => gid !== '0')!
  const member = await said(Number(group[2]), 0o660, { ...nobody, groups: [Number(group[2])] })
  if (member === undefined) return
  assert.match(member.hint ?? '', 'SELinux')
  assert.match((await said(1, 0o600, { ...nobody, uid: 0 }))?.hint ?? '', 'SELinux')
})

test('a pipe of Windows has no group of this machine', () => {
  assert.match(explainSocket('npipe:////./pipe/docker_engine', undefined).hint ?? '', 'docker-users')
})

test('a socket that cannot be looked at has the general words', () => {
  const { message, hint } = explainSocket('unix:///nowhere/docker.sock', '/nowhere/docker.sock')
  assert.match(message, 'no permission')
  assert.match(hint ?? '', 'usermod -aG docker')
  assert.match(hint ?? '', 'rootless')
})

test.run()

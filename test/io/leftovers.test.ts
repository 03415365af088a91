import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeLeftovers, temporaryName } from '../../src/io/leftovers.ts'
import { listAll, withFolder } from '../support/folder.ts'

const test = suite('io/leftovers')

/** A process that has ended: nobody has its number for a while. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid
}

const ofPid = (name: string, pid: number) => name.replace(`-${process.pid}-`, `-${pid}-`)

test('what dead processes left goes; what live ones need, and all else, stays', () =>
  withFolder({ Dockerfile: '' }, async root => {
    const own = `.${await temporaryName()}`
    const dead = ofPid(own, deadPid())
    // The number of a live process, which started at another time: it was given anew.
    const reused = own.replace(/-\d+-(?=[0-9a-f]{8}$)/, '-1-')
    const elsewhere = dead.replace(/[0-9a-f]{8}/, '00000000')
    const gone = [`${dead}.tmp`, `${dead}.old`, ...(existsSync('/proc/self/stat') ? [`${reused}.tmp`] : [])]
    const kept = [
      `${own}.tmp`,
      `${own}.old`,
      `${own.replace(/[0-9a-f]{8}$/, '00000000')}.tmp`,
      // A process of another machine, and a new file: it may still run.
      `${elsewhere}.tmp`,
      `${dead}.txt`,
      dead,
      dead.slice(1),
      `x${dead}.tmp`,
      '.dock-lock.yaml',
      '.dock-lock-1.tmp',
      '.Dockerfile.1234-abcdabcd.tmp',
    ]
    for (const name of [...gone, ...kept]) writeFileSync(join(root, name), '')
    const folder = `${ofPid(own, deadPid())}.old`
    mkdirSync(join(root, folder))
    const link = `${own.replace(`-${process.pid}-`, `-${deadPid()}-`)}.tmp`
    symlinkSync('Dockerfile', join(root, link))
    await removeLeftovers('file', [root, root, join(root, 'missing')])
    const left = ['Dockerfile', ...kept, folder, link].sort()
    assert.equal(listAll(root), left)
    assert.ok(lstatSync(join(root, link)).isSymbolicLink())
  }))

test('of another machine, what is older than a day goes', () =>
  withFolder({}, async root => {
    const name = `.${ofPid(await temporaryName(), deadPid()).replace(/[0-9a-f]{8}/, '00000000')}.tmp`
    writeFileSync(join(root, name), '')
    const real = Date.now
    try {
      Date.now = () => real() + 23 * 3_600_000
      await removeLeftovers('file', [root])
      assert.equal(listAll(root), [name])
      Date.now = () => real() + 25 * 3_600_000
      await removeLeftovers('file', [root])
      assert.equal(listAll(root), [])
    } finally {
      Date.now = real
    }
  }))

test('among temporary files, only folders of the own user go', () =>
  withFolder({}, async root => {
    const dead = ofPid(await temporaryName(), deadPid())
    mkdirSync(join(root, dead))
    writeFileSync(join(root, dead, 'policy'), '')
    writeFileSync(join(root, ofPid(await temporaryName(), deadPid())), '')
    const own = await temporaryName()
    mkdirSync(join(root, own))
    await removeLeftovers('folder', [root])
    assert.not.ok(existsSync(join(root, dead)))
    assert.is(listAll(root).length, 2)
    assert.ok(existsSync(join(root, own)))
  }))

test('names are never the same twice, and short', async () => {
  const names = await Promise.all(Array.from({ length: 100 }, temporaryName))
  assert.is(new Set(names).size, 100)
  for (const name of names) assert.ok(name.length < 80, name)
})

test.run()

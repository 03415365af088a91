/** Files, images and tags are listed as people count. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFolder } from '../support/folder.ts'
import { fixedDigest } from '../support/generate.ts'
import { runMain } from '../support/in-process.ts'

const test = suite('cli/natural')

const NUMBERS = [10, 9, 100, 1]
const IN_ORDER = [1, 9, 10, 100]
const pinned = (number: number) => `FROM node:${number}@${fixedDigest(`${number}`)}\n`
const FILES = Object.fromEntries(NUMBERS.map(number => [`Dockerfile.${number}`, pinned(number)]))
const LOCKFILE = `lockfileVersion: 1\nimages:\n${NUMBERS.map(
  number => `  docker.io/library/node:${number}:\n    digest: ${fixedDigest(`${number}`)}\n`,
)
  .sort()
  .join('')}`

const lines = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => Number(found))

test('node:9 is before node:10, and Dockerfile.9 before Dockerfile.10', () =>
  withFolder({ ...FILES, 'docker-images.lock': LOCKFILE }, async root => {
    const run = async (...args: string[]) => (await runMain(root, args)).stdout
    const images = /"image": "node:(\d+)"/g
    for (const command of ['ls', 'check', 'why'])
      assert.equal(
        lines(await run(command, '--json', ...(command === 'why' ? ['node'] : [])), images),
        IN_ORDER,
      )
    assert.equal(lines(await run('ls'), /node:(\d+)/g), IN_ORDER)
    const { checkedFiles } = JSON.parse(await run('check', '--json'))
    assert.equal(lines(checkedFiles.join(' '), /\.(\d+)/g), IN_ORDER)
    const { stderr } = await runMain(root, ['why', 'nonsense'])
    assert.equal(lines(stderr, /node:(\d+)/g), [1, 9, 10])
  }))

test('findings come in the order of their files', () =>
  withFolder(FILES, async root => {
    const { stdout } = await runMain(root, ['check'])
    assert.equal(lines(stdout, /^Dockerfile\.(\d+):/gm), IN_ORDER)
  }))

test.run()

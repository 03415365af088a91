/**
 * Writes the files of some folders over and over by `writeAll`, until it is killed: `node writer.cjs FOLDER…`. The lockfile comes first; each
 * file has two texts, and gets the one that it does not have. What killed runs left is removed first, and what is left of that is counted.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { removeLeftovers } from '../../../src/io/leftovers.ts'
import { writeAll } from '../../../src/io/write.ts'
import { otherText, WRITTEN } from './written.ts'

async function run(roots: readonly string[]): Promise<void> {
  const interrupt = new AbortController()
  process.on('SIGHUP', () => interrupt.abort('SIGHUP'))
  const folders = roots.flatMap(root => WRITTEN.map(file => dirname(join(root, file))))
  await removeLeftovers('file', folders)
  const left = folders.flatMap(folder => readdirSync(folder)).filter(name => /\.(tmp|old)$/.test(name))
  process.stdout.write(`ready, ${left.length} left\n`)
  let written = 0
  const writeOften = async (root: string) => {
    while (!interrupt.signal.aborted) {
      const changes = WRITTEN.map(file => {
        const path = join(root, file)
        const before = readFileSync(path)
        return { file, path, before, after: Buffer.from(otherText(file, before.toString())) }
      })
      await writeAll(changes, interrupt.signal)
      if (++written === roots.length) process.stdout.write('written\n')
    }
  }
  const results = await Promise.allSettled(roots.map(writeOften))
  const failures = results.flatMap(one => (one.status === 'rejected' ? [one.reason] : []))
  for (const failure of failures) if (failure.code !== 'interrupted') throw failure
}

run(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exitCode = 1
})

/** Killed at random moments while it writes: no file is torn or lost, and the next run removes what is left. */
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseLockfile } from '../../src/io/lockfile.ts'
import { listAll, withFolder, writeFiles } from '../support/folder.ts'
import { createRandom } from '../support/random.ts'
import { textsOf, WRITTEN } from './support/written.ts'

const test = suite('killed')
const WRITER = fileURLToPath(new URL('support/writer.ts', import.meta.url))
/** Each process writes in that many projects at once, so that one signal comes at a moment of its own in each. */
const PROJECTS = 8
const KILLS = 200
const HANGUPS = 56

const modeOf = (file: string) => (WRITTEN.indexOf(file) % 2 === 0 ? 0o640 : 0o755)
const temporary = (root: string) => listAll(root).filter(name => /\.(tmp|old)$/.test(name))
const stateOf = (root: string) =>
  WRITTEN.map(file => textsOf(file).indexOf(readFileSync(join(root, file), 'utf8'))).join('')

async function assertWhole(root: string): Promise<void> {
  assert.match(stateOf(root), /^[01]+$/, 'a file is torn')
  for (const file of WRITTEN) assert.is(statSync(join(root, file)).mode & 0o777, modeOf(file), file)
  const lockfile = await parseLockfile(root, readFileSync(join(root, 'docker-images.lock')))
  assert.is(lockfile.images.size, 1)
}

/** Starts the writer, which removes what the last one left, and sends the signal `delay` ms later; without one, when all is written. */
async function strike(
  program: string,
  roots: readonly string[],
  signal: NodeJS.Signals,
  delay?: number,
): Promise<{ readonly ended: NodeJS.Signals | number | null; readonly ms: number }> {
  const child = spawn(process.execPath, [program, ...roots], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<NodeJS.Signals | number | null>((done, fail) => {
    child.on('error', fail)
    child.on('close', (code, by) => done(by ?? code))
  })
  const line = () => new Promise<string>(done => child.stdout.once('data', chunk => done(String(chunk))))
  assert.match(await line(), /^ready, 0 left\n/)
  const started = performance.now()
  await (delay === undefined ? line() : sleep(delay))
  const ms = performance.now() - started
  child.kill(signal)
  return { ended: await ended, ms }
}

test(`kill -9 at ${KILLS} random moments, and SIGHUP at ${HANGUPS}`, () =>
  withFolder({}, async folder => {
    const program = join(folder, 'writer.cjs')
    buildSync({
      entryPoints: [WRITER],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
    })
    const roots = Array.from({ length: PROJECTS }, (_, index) => join(folder, `p${index}`))
    for (const root of roots) {
      writeFiles(root, Object.fromEntries(WRITTEN.map(file => [file, textsOf(file)[0]])))
      for (const file of WRITTEN) chmodSync(join(root, file), modeOf(file))
    }
    const before = roots.map(listAll)
    const random = createRandom(11)
    // How long it takes is different on each machine and at each time.
    const { ms: longest } = await strike(program, roots, 'SIGKILL')
    const seen = new Set<string>()
    let leftovers = 0
    for (let count = 0; count < KILLS; count += PROJECTS) {
      const { ended } = await strike(program, roots, 'SIGKILL', random.int(0, Math.ceil(longest)))
      assert.is(ended, 'SIGKILL')
      for (const root of roots) {
        await assertWhole(root)
        if (temporary(root).length > 0) leftovers++
        seen.add(stateOf(root))
      }
    }
    // Otherwise it was never killed while it wrote.
    assert.ok(leftovers > KILLS / 4, `${leftovers} times something was left`)
    assert.ok(seen.size >= 2, [...seen].join(', '))
    for (let count = 0; count < HANGUPS; count += PROJECTS) {
      const { ended } = await strike(program, roots, 'SIGHUP', random.int(0, Math.ceil(longest)))
      assert.is(ended, 0)
      for (const root of roots) await assertWhole(root)
      // It ends by itself, and leaves nothing.
      assert.equal(roots.map(listAll), before)
    }
  }))

test.run()

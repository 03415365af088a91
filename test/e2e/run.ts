/**
 * The engine tests, where engines can be had: as root on Debian everything is installed and started; elsewhere an engine that
 * answers gets the tests that leave no trace in it. A skip is loud, and in CI it is a failure.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { hostProblem } from './support/machine.ts'
import { ownEngine } from './support/own-engine.ts'

/** The files that take minutes, by the `Duration` that a run prints for each. */
const longest = [
  'matrix',
  'tags',
  'started-builds',
  'podman',
  'differential',
  'package-managers',
  'builds',
  'builder',
  'transports',
  'failures',
  'pre-commit',
  'podman-walk',
]

const root = fileURLToPath(new URL('../..', import.meta.url))

function run(...args: string[]): boolean {
  return (
    spawnSync(process.execPath, ['--import', 'tsx', ...args], { cwd: root, stdio: 'inherit' }).status === 0
  )
}

const problem = hostProblem()
if (problem === undefined) {
  // Three files side by side: each has engines, registries and ports of its own, and waits for them some of the time.
  const first = longest.flatMap(name => ['--first', name])
  const ok =
    run('test/e2e/support/setup.ts') && run('test/run.ts', 'test/e2e', '--each', '--jobs', '3', ...first)
  process.exitCode = ok ? 0 : 1
} else if (process.env.CI) {
  console.error(`THE ENGINE TESTS CANNOT RUN HERE (${problem}). In CI that is a failure.`)
  process.exitCode = 1
} else {
  const line = '!'.repeat(78)
  const own = await ownEngine()
  console.error(`\n${line}\n!! NOT RUN: most engine tests. ${problem}\n!! They need root on Debian.`)
  console.error(
    own === undefined
      ? '!! No engine answers here either: NOTHING was tested on a real engine.'
      : `!! The engine at ${own} answers: only own-engine.test.ts is run on it.`,
  )
  console.error(`${line}\n`)
  if (own !== undefined && !run('test/run.ts', 'test/e2e', '--only', 'own-engine')) process.exitCode = 1
}

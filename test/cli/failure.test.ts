import { tmpdir } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../src/cli/main.ts'

const test = suite('cli/failure')

/** What a mistyped command prints on stderr. */
async function stderrOf(args: readonly string[], output: { isTTY?: boolean; columns?: number }) {
  const printed: string[] = []
  await main({
    argv: ['node', 'dock-lock', ...args],
    env: {},
    stdout: { write: () => {} },
    stderr: { ...output, write: text => printed.push(text) },
    cwd: () => tmpdir(),
    on: () => {},
    off: () => {},
  })
  return printed.join('')
}

const MISTYPED = ['update', '--semver', 'biggest']

test('an error is one line, and its next step another', async () => {
  const whole =
    'dock-lock: --semver biggest: write patch, minor or major\n    → See dock-lock update --help\n'
  assert.is(await stderrOf(MISTYPED, {}), whole)
  assert.is(await stderrOf(MISTYPED, { isTTY: true, columns: 80 }), whole)
})

test('on a terminal, both are broken between words', async () => {
  assert.equal((await stderrOf(MISTYPED, { isTTY: true, columns: 30 })).split('\n'), [
    'dock-lock: --semver biggest:',
    '    write patch, minor or',
    '    major',
    '    → See dock-lock update',
    '      --help',
    '',
  ])
})

test('a log that knows the width of no terminal gets whole lines', async () => {
  assert.not.match(await stderrOf(MISTYPED, { columns: 20 }), 'biggest:\n')
})

test.run()

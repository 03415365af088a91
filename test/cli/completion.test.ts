/** What the scripts offer in real shells is in test/e2e/shells.test.ts, as zsh and fish are not everywhere. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { completionScript } from '../../src/cli/completion/index.ts'
import { optionsOf } from '../../src/commands/entry.ts'
import { commands } from '../../src/commands/index.ts'
import { options } from '../../src/commands/options.ts'
import { runCli } from '../support/cli.ts'

const test = suite('cli/completion')
const shells = commands.completion?.words ?? []

test('there is a script for each shell that the help names', async () => {
  assert.equal(shells, ['bash', 'zsh', 'fish'])
  for (const shell of shells) {
    const ran = await runCli(['completion', shell])
    assert.is(ran.code, 0, ran.stderr)
    assert.is(ran.stdout, completionScript(shell))
    assert.match(ran.stdout, `dock-lock completion ${shell}\n`)
  }
  assert.throws(() => completionScript('tcsh'), /tcsh/)
})

for (const shell of shells) {
  test(`${shell}: every command, option and offered value is in the script`, () => {
    const words = new Set(completionScript(shell).split(/[^\w/-]+/))
    for (const [name, entry] of Object.entries(commands)) {
      assert.ok(words.has(name), name)
      for (const word of entry.words ?? []) assert.ok(words.has(word), word)
      for (const option of optionsOf(entry))
        assert.ok(words.has(shell === 'fish' ? option : `--${option}`), option)
    }
    for (const { offers } of Object.values(options))
      for (const word of Array.isArray(offers) ? offers : []) assert.ok(words.has(word), word)
  })

  test(`${shell}: the script ends with a newline and has no trailing blanks`, () => {
    assert.match(completionScript(shell), /\S\n$/)
    assert.not.match(completionScript(shell), /[ \t]$/m)
  })
}

test('another word, two or none are wrong usage; so is --json', async () => {
  for (const args of [['powershell'], [], ['bash', 'zsh'], ['bash', '--json']]) {
    const ran = await runCli(['completion', ...args])
    assert.is(ran.code, 2, args.join(' '))
    assert.match(ran.stdout + ran.stderr, 'dock-lock completion --help')
  }
})

test.run()

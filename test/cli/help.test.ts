import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { helpText } from '../../src/cli/help.ts'
import { commands } from '../../src/commands/index.ts'
import { COMMON, type OptionName, options } from '../../src/commands/options.ts'
import { exitCodeOf } from '../../src/core/error.ts'

const test = suite('cli/help')

/** The text without its line breaks. */
const joined = (help: string) => help.replace(/\n +/g, ' ')

test('the general help names every command, the options of all, and the exit codes', () => {
  const help = helpText(undefined, 80)
  for (const [name, { summary }] of Object.entries(commands)) {
    assert.match(help, new RegExp(`^  ${name} `, 'm'))
    assert.ok(joined(help).includes(summary), summary)
  }
  for (const name of COMMON) assert.ok(help.includes(`--${name}`), name)
  for (const code of [0, 1, 2, 3, exitCodeOf('interrupted')])
    assert.match(help, new RegExp(`^  ${String(code).padEnd(3)}  \\S`, 'm'))
})

for (const [command, { summary, operands, details, options: own }] of Object.entries(commands)) {
  test(`the help of ${command} says what it does, and names each of its options and no other`, () => {
    const help = helpText(command, 80)
    assert.ok(help.replace(/\n(?!\n)/, ' ').startsWith(`dock-lock ${command}: ${summary}`))
    assert.ok(
      help.includes(`dock-lock ${command} [OPTIONS]${operands === undefined ? '' : ` ${operands}`}\n`),
    )
    assert.ok(help.replaceAll('\n', ' ').includes(details[0] as string))
    const rows = help.slice(help.indexOf('\nOptions\n'))
    const named = [...rows.matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)].map(([, name]) => name)
    const isText = commands[command]?.onlyText !== undefined
    const common = COMMON.filter(name => !isText || !['json', 'reporter', 'quiet'].includes(name))
    assert.equal(named, [...own, ...common])
  })
}

test('lines are broken between words to fit any width', () => {
  for (const command of [undefined, ...Object.keys(commands)]) {
    for (const width of [24, 40, 80, 200]) {
      const lines = helpText(command, width).split('\n')
      const usage = lines.indexOf('Usage')
      for (const [index, line] of lines.entries()) {
        const isOneWord = !/\S\s+\S/.test(line)
        if (index !== usage + 1) assert.ok(line.length <= width || isOneWord, `${command} ${width}: ${line}`)
      }
      const prose = lines.slice(usage + 2, lines.indexOf('Options'))
      if (command !== undefined) for (const line of prose) assert.ok(line.length <= 100, line)
    }
  }
})

test('a width that is said to be nothing is none', () => assert.is(helpText('lock', 0), helpText('lock', 80)))

test('it ends with one newline and holds no trailing blanks', () => {
  for (const help of [helpText(undefined, 80), ...Object.keys(commands).map(name => helpText(name, 80))]) {
    assert.match(help, /\S\n$/)
    assert.not.match(help, /[ \t]$/m)
  }
})

test('every option is taken by some command, has help, and a short form of its own', () => {
  const used = new Set<OptionName>([...COMMON, ...Object.values(commands).flatMap(({ options }) => options)])
  assert.equal([...used].sort(), Object.keys(options).sort())
  const shorts = Object.values(options).flatMap(({ short }) => short ?? [])
  assert.is(new Set(shorts).size, shorts.length)
  for (const { type, value, help } of Object.values(options)) {
    assert.ok(help.length > 10)
    assert.is(value !== undefined, type === 'string')
  }
})

test.run()

/** Completion in the real shells, and the man page in groff and man. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { optionsOf } from '../../src/commands/entry.ts'
import { commands } from '../../src/commands/index.ts'
import { options } from '../../src/commands/options.ts'
import { runCli } from '../support/cli.ts'
import { plainEnv, REPOSITORY } from '../support/npm.ts'
import { runProgram } from '../support/spawn.ts'

interface Place {
  folder: string
}
const test = suite<Place>('shells')

test.before(async place => {
  place.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-shells-'))
  mkdirSync(join(place.folder, 'here/a folder'), { recursive: true })
  for (const file of ['Dockerfile', 'my file', '*']) writeFileSync(join(place.folder, 'here', file), '')
  for (const shell of Object.keys(SHELLS)) {
    const { stdout } = await runCli(['completion', shell])
    writeFileSync(join(place.folder, shell), stdout)
  }
  writeFileSync(join(place.folder, 'capture.zsh'), CAPTURE)
  writeFileSync(join(place.folder, 'setup.zsh'), SETUP)
})
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }))

/** Types the line into an interactive zsh, with a tab at its end. */
const CAPTURE = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "script=$1; source $2"
zpty -r z line '*READY*'
zpty -w -n z "$3"$'\\t'
out=
while zpty -r z line; do out+=$line; [[ $out == *'>>>'* ]] && break; done
print -r -- "$out"
`
const SETUP = `
PROMPT=
autoload -Uz compinit; compinit -u -d $script.dump
source $script
bindkey '^M' undefined-key; bindkey '^J' undefined-key; bindkey '^I' complete-word
start() { print -r - '<<<' }
stop() { print -r - '>>>'; exit }
compprefuncs=(start) comppostfuncs=(stop)
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  print -rl - $hits
  builtin compadd "$@"
}
print READY
`

type Complete = (folder: string, line: string) => Promise<string[]>

async function output(program: string, args: readonly string[], folder: string): Promise<string> {
  const ran = await runProgram(program, args, { cwd: join(folder, 'here'), env: plainEnv({ TERM: 'xterm' }) })
  assert.is(ran.stderr, '')
  return ran.stdout
}

function linesOf(text: string): string[] {
  return [...new Set(text.split(/\r?\n/).filter(line => line !== ''))]
}

const SHELLS: Readonly<Record<string, Complete>> = {
  bash: async (folder, line) => {
    // As readline splits it: the equals sign is a word.
    const words = line.split(/(=)| /).filter((word, index, all) => word || index === all.length - 1)
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dock_lock
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const args = ['--norc', '-c', script, 'bash', join(folder, 'bash'), ...words]
    return linesOf(await output('bash', args, folder))
  },
  zsh: async (folder, line) => {
    const files = ['capture.zsh', 'zsh', 'setup.zsh'].map(file => join(folder, file))
    const text = await output('zsh', ['-f', ...files, line], folder)
    const found = /<<<\r*\n(.*)>>>/s.exec(text)?.[1]
    assert.ok(found !== undefined, text)
    return linesOf(found.replaceAll('\r', '')).map(word => word.replaceAll('\\', ''))
  },
  fish: async (folder, line) => {
    const script = 'source $argv[1]; complete -C $argv[2]'
    const text = await output('fish', ['--no-config', '-c', script, join(folder, 'fish'), line], folder)
    return linesOf(text).map(row => row.split('\t')[0]!.replace(/\/$/, ''))
  },
}

for (const [shell, complete] of Object.entries(SHELLS)) {
  test(`${shell}: commands, and files for the default one`, async ({ folder }) => {
    const first = await complete(folder, 'dock-lock ')
    for (const name of [...Object.keys(commands), 'Dockerfile', 'a folder', '*'])
      assert.ok(first.includes(name), name)
    assert.equal(await complete(folder, 'dock-lock ch'), ['check'])
    assert.equal(await complete(folder, 'dock-lock help poli'), ['policy'])
    assert.equal(await complete(folder, 'dock-lock --host check unpi'), ['unpin'])
  })

  test(`${shell}: the options of the command, no others`, async ({ folder }) => {
    for (const name of ['check', 'update', 'run', 'completion']) {
      const words = await complete(folder, `dock-lock ${name} --`)
      const wanted = optionsOf(commands[name]!).map(option => `--${option}`)
      assert.equal(words.filter(word => word.startsWith('--')).sort(), wanted.sort(), name)
    }
    assert.ok((await complete(folder, 'dock-lock --fro')).includes('--frozen'))
    assert.ok((await complete(folder, 'dock-lock Dockerfile --fro')).includes('--frozen'))
    assert.equal(await complete(folder, 'dock-lock check --fro'), [])
  })

  test(`${shell}: values of options`, async ({ folder }) => {
    const levels = await complete(folder, 'dock-lock update --semver ')
    assert.equal(levels.sort(), [...(options.semver.offers ?? [])].sort())
    const same = await complete(folder, 'dock-lock update --semver=mi')
    assert.equal(
      same.map(word => word.replace('--semver=', '')),
      ['minor'],
    )
    assert.ok(
      (await complete(folder, 'dock-lock --platform linux/arm64 --platform linux/')).includes('linux/amd64'),
    )
    assert.equal(await complete(folder, 'dock-lock check -C '), ['a folder'])
    assert.equal(await complete(folder, 'dock-lock --target Do'), [])
  })

  test(`${shell}: operands`, async ({ folder }) => {
    assert.equal((await complete(folder, 'dock-lock override ')).sort(), ['bake', 'compose'])
    assert.equal(await complete(folder, 'dock-lock override bake Do'), ['Dockerfile'])
    assert.equal(await complete(folder, 'dock-lock check my'), ['my file'])
    assert.equal(await complete(folder, 'dock-lock check Dockerfile my'), ['my file'])
    assert.equal(await complete(folder, 'dock-lock why Do'), [])
    assert.ok((await complete(folder, 'dock-lock run -- tou')).includes('touch'))
  })
}

test('groff and man take the page without a warning', async ({ folder }) => {
  const page = join(REPOSITORY, 'dist/dock-lock.1')
  for (const device of ['utf8', 'ascii', 'html'])
    assert.match(await output('groff', ['-man', '-ww', `-T${device}`, page], folder), 'docker-images.lock')
  const shown = await output('man', ['--warnings', '--no-justification', '-l', page], folder)
  for (const text of ['--dry-run', '~/.config/dock-lock/config.yaml', 'dock-lock run -- docker build .'])
    assert.ok(shown.includes(text), text)
})

test.run()

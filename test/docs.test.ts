/** README and docs: every command shown parses, every quoted error exists, every link to a file leads somewhere, samples are what the command
 * prints. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCommandLine } from '../src/cli/args.ts'
import { play } from './cli/support/stage.ts'

const test = suite('docs')
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const names = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md'))
const PAGES = ['README.md', ...names.map(name => `docs/${name}`)]

/** The commands that a page shows: lines of code blocks, and code in a sentence or a table. */
function commandsOf(page: string): readonly string[] {
  const lines = page.matchAll(/^ *(?:\$ )?(?:npx (?:--no (?:-- )?)?)?dock-lock((?: [^\n]*)?)$/gm)
  const blocks = [...lines].filter(([line]) => /^ {4}|^\$/.test(line)).map(found => found[1] ?? '')
  const inline = [...page.matchAll(/`(?:npx (?:--no (?:-- )?)?)?dock-lock((?: [^`\n]*)?)`/g)].map(
    found => found[1] ?? '',
  )
  return [...blocks, ...inline]
}

/** The words of a command, without what the shell or the notation of the docs adds. */
function wordsOf(command: string): readonly string[] {
  // A sentence about the command names it without its arguments.
  if (command.trim() === 'run') return ['run', '--help']
  return command
    .replace(/\\\|\w+/g, '')
    .replace(/ +(?:[|>#]|&&).*$/, '')
    .replace(/[[\]…]/g, '')
    .split(' ')
    .map(word => word.replace(/^(['"])(.*)\1$/, '$2'))
    .filter(word => word !== '' && word !== 'COMMAND')
}

test('every command shown is one that dock-lock accepts', () => {
  let count = 0
  for (const path of PAGES) {
    for (const command of commandsOf(read(path))) {
      count++
      try {
        parseCommandLine(wordsOf(command))
      } catch (error) {
        assert.unreachable(`${path}: dock-lock${command}: ${(error as Error).message}`)
      }
    }
  }
  assert.ok(count > 40, `only ${count} commands were found`)
})

test('a command with an unknown option or a mistyped name is found', () => {
  for (const line of ['    $ dock-lock --forzen', '`dock-lock chekc`', '    npx dock-lock verify x']) {
    const [command = ''] = commandsOf(line)
    assert.throws(() => parseCommandLine(wordsOf(command)), undefined, line)
  }
})

/** All of src as one text, in which a value inside a template is `${}`. */
function sourceText(folder = join(ROOT, 'src')): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}

test('docs/troubleshooting.md quotes messages as the source has them', () => {
  const source = sourceText()
  const quoted = [...read('docs/troubleshooting.md').matchAll(/^\| `([^`]+)`/gm)].map(found => found[1] ?? '')
  assert.ok(quoted.length > 15, `only ${quoted.length} messages were found`)
  for (const message of quoted) {
    // Words in capitals and `…` stand for what differs from run to run.
    const parts = message.split(/…|\b[A-Z]{4,}\b/).map(part => part.trim())
    for (const part of parts.filter(part => part.length > 3)) {
      assert.ok(source.includes(part), `no message in src has: ${part}`)
    }
  }
})

test('every link to a file leads to a file', () => {
  for (const path of [...PAGES, 'SECURITY.md']) {
    for (const [, target = ''] of read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      assert.ok(existsSync(join(ROOT, dirname(path), target)), `${path}: there is no ${target}`)
    }
  }
})

test('docs/README.md lists every page', () => {
  const index = read('docs/README.md')
  for (const name of names.filter(name => name !== 'README.md')) {
    assert.ok(index.includes(`](${name}`), `docs/README.md does not list ${name}`)
  }
})

/** The digests that Docker Hub serves, which the pages show in place of those of the test's registry. */
const REAL = {
  'alpine:3.23': 'sha256:075c2c1a4068c1e251228ca2b0ea8b163f835ca5d66e758b93c7fc89b1995616',
  'node:24-alpine': 'sha256:d32cdf619f63fe0471182d08996dd516c6275bb5fd31ae06e55a570bd9e1ad43',
}
/** Docker Hub is the test's registry, and the engine pulls from it. */
const HUB = `
    $ registry add library/alpine:3.23
    $ registry add library/node:24-alpine
    $ mkdir -p $HOME/.config/dock-lock
    $ printf 'registries:\\n  docker.io:\\n    mirrors: ["http://{R}"]\\n' > $HOME/.config/dock-lock/config.yaml
`

/** What a command of a session prints on stdout, as the pages have it. Times and engines differ from run to run. */
async function samplesOf(session: string): Promise<readonly string[]> {
  const printed = await play(HUB + session)
  return printed.map(lines => {
    const shown = lines
      .filter(line => !/^(?:2\| |\[exit )/.test(line))
      .map(line => (line === '' ? '' : `    ${line}`))
    return Object.entries(REAL).reduce(
      (text, [name, digest]) =>
        text.replaceAll(`{${name}}`, digest).replaceAll(`{${name}…}`, digest.slice(0, 'sha256:'.length + 12)),
      shown.join('\n'),
    )
  })
}

function withoutRun(page: string): string {
  return page
    .replace(/\((?:\d+ ms|\d+\.\d s)\)/g, '({time})')
    .replace(/Docker [\d.]+ \((?:containerd|graphdriver) store/g, 'Docker 27.0.0 (graphdriver store')
}

const SAMPLES: Readonly<Record<string, string>> = {
  'README.md': `
    $ git init -q
    $ printf 'FROM node:24-alpine AS build\\nFROM alpine:3.23\\nCOPY --from=build /app/dist .\\n' > Dockerfile
    $ engine start
    $ dock-lock
    $ dock-lock
    $ dock-lock check
`,
  'docs/verify.md': `
    $ printf 'FROM alpine:3.23\\nFROM node:24-alpine\\n' > Dockerfile
    $ dock-lock --no-verify 2>/dev/null >/dev/null
    $ engine start
    $ engine add docker.io/library/alpine@{alpine:3.23}
    $ dock-lock verify
`,
  'docs/args.md': `
    $ printf 'ARG NODE_VERSION=24\\nFROM node:\${NODE_VERSION}-alpine\\n' > Dockerfile
    $ engine start
    $ dock-lock
`,
  'docs/platforms.md': `
    $ printf 'FROM --platform=$BUILDPLATFORM node:24-alpine AS build\\nFROM alpine:3.23\\n' > Dockerfile
    $ engine start
    $ dock-lock >/dev/null
    $ dock-lock pull --platform linux/arm64
`,
}

for (const [path, session] of Object.entries(SAMPLES)) {
  test(`${path} shows what the commands print`, async () => {
    const page = withoutRun(read(path))
    const samples = (await samplesOf(session)).filter(text => text !== '')
    assert.ok(samples.length > 0)
    for (const sample of samples) assert.ok(page.includes(sample), `${path} does not have:\n${sample}`)
  })
}

test.run()

/** Every command that README, docs and examples show is run, and prints what they say that it prints. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseCommandLine } from '../../src/cli/args.ts'
import { REPOSITORY } from '../support/npm.ts'
import { argumentsOf } from './arguments.ts'
import { assertShown, impliedCode } from './output.ts'
import { isLocked, type Scene, scenes } from './scenes.ts'
import { commandsOf, readPages, type Shown } from './shown.ts'
import { type World, withWorld } from './world.ts'

const test = suite('the commands of the docs')
const PAGES = readPages()
const SHOWN = PAGES.flatMap(commandsOf)
const SCENES = scenes(path => PAGES.find(page => page.path === path)?.text ?? '')

/** A project that has what the commands of all pages name. */
const PROJECT = {
  files: {
    Dockerfile:
      'FROM node:24-alpine AS build\nFROM alpine:3.23\nCOPY --from=busybox:1.37 /bin/busybox /bin/\n',
    'services/api/Dockerfile': 'FROM alpine:3.23\n',
    'tools/Dockerfile': 'FROM ghcr.io/acme/tool:1\n',
    'compose.yaml': 'services: {web: {build: .}, database: {image: "postgres:17"}}\n',
    'docker-bake.json': '{"target":{"default":{"dockerfile":"Dockerfile"}}}\n',
    'package.json':
      '{"private":true,"scripts":{"build":"docker build --tag app .","docker:build":"docker build ."}}\n',
  },
  images: {
    'library/node:24-alpine': 30,
    'library/alpine:3.23': 40,
    'library/busybox:1.37': 50,
    'library/postgres:17': 60,
    'acme/tool:1': 5,
  },
  mirrored: 'ghcr.io',
}

/** Files that only the commands that name them have. */
const NAMED_FILES: Readonly<Record<string, string>> = {
  'docker-compose.test.yml': 'services: {test: {build: .}}\n',
  'ci.yaml': 'services: {web: {build: {args: {CI: "1"}}}}\n',
  'web/compose.yaml': 'services: {web: {build: ..}}\n',
}

/** Commands that do not run as they are shown, or exit with another code than 0 in this project. */
const OTHERWISE: Readonly<Record<string, Otherwise>> = {
  run: { instead: ['run', '--help'], why: 'a sentence names the command without its arguments' },
  override: { instead: ['override', '--help'], why: 'a sentence names the command without its arguments' },
  'update --interactive': { instead: 'nothing', why: 'it asks on a terminal' },
  'verify --platform linux/amd64,linux/arm64': { code: 1, why: 'the engine keeps one platform of an image' },
}
interface Otherwise {
  readonly instead?: readonly string[] | 'nothing'
  readonly code?: number
  readonly why: string
}

const placeOf = ({ page, line, text }: Shown) => `${page}:${line}: dock-lock${text}`

/** The commands of a scene where the page has them; fewer, if it does not have all any more. */
function shownIn({ page, commands }: Scene): readonly Shown[] {
  const sessions = SHOWN.filter(one => one.page === page && one.block !== undefined)
  const start = sessions.findIndex(one => one.text === commands[0] && one.output !== undefined)
  return start === -1
    ? []
    : sessions.slice(start, start + commands.length).filter((one, at) => one.text === commands[at])
}
const IN_SCENES = new Set(SCENES.flatMap(shownIn))

interface Command {
  readonly args: readonly string[]
  /** Where it is shown first. */
  readonly shown: Shown
}

/** By their words, each once. */
function commandsOutsideScenes(): ReadonlyMap<string, Command> {
  const all = new Map<string, Command>()
  for (const one of SHOWN) {
    if (IN_SCENES.has(one)) continue
    for (const args of argumentsOf(one.text)) {
      const key = args.join(' ')
      if (!all.has(key)) all.set(key, { args, shown: one })
    }
  }
  return all
}

async function runCommand(world: World, { args, shown }: Command): Promise<void> {
  // `init` asks on a terminal.
  const plain = args[0] === 'init' ? [...args, '--yes'] : args
  const { instead = plain, code: expected = 0 }: Partial<Otherwise> = OTHERWISE[args.join(' ')] ?? {}
  // It must be right, all the same.
  if (instead === 'nothing') return void parseCommandLine(args)
  await world.copy(async ({ project, run }) => {
    // As `git init` makes it, where people have a template.
    mkdirSync(project.path('.git/hooks'), { recursive: true })
    for (const [name, content] of Object.entries(NAMED_FILES))
      if (instead.includes(name)) project.write(name, content)
    const { code, stdout, stderr } = await run(instead)
    assert.is(code, expected, `${placeOf(shown)}\n${stdout}${stderr}`)
  })
}

test('are found in every form', () => {
  assert.ok(SHOWN.length > 150, `only ${SHOWN.length} commands were found`)
  const textsOf = (text: string) => commandsOf({ path: 'x.md', text }).map(one => one.text)
  assert.equal(
    textsOf('A line with `dock-lock check`, `docker docklock ls`, `source <(dock-lock completion bash)`.'),
    [' check', ' ls', ' completion bash'],
  )
  assert.equal(textsOf('Text\n\n    $ dock-lock check    # now\n    ok\n    dock-lock verify\n\nText'), [
    ' check',
  ])
  assert.equal(textsOf('```yaml\nname: dock-lock\n- run: npx --no dock-lock check > x\n```\n    dock-lock'), [
    ' check',
  ])
  assert.equal(textsOf('```json\n{"dock-lock": {"a": ["npx --no dock-lock --frozen"]}}\n```'), [' --frozen'])
  assert.equal(textsOf('Text\n\n        → to update, run: dock-lock update; or revert'), [' update'])
  assert.equal(textsOf('```json\n{"build": "dock-lock --frozen && docker build ."}\n```'), [' --frozen'])
  assert.equal(argumentsOf(' completion bash\\|zsh'), [
    ['completion', 'bash'],
    ['completion', 'zsh'],
  ])
  assert.equal(argumentsOf(' [lock] [PATH…]'), [['lock', 'Dockerfile']])
  assert.equal(argumentsOf(' run -- docker build …'), [['run', '--', 'docker', 'build', '.']])
})

/** `assert.throws` does not take the failure of another assertion. */
function isRefused(compare: () => void): boolean {
  try {
    compare()
    return false
  } catch {
    return true
  }
}

test('are compared with what they print', () => {
  const printed = `✓ alpine:3.23  sha256:${'a'.repeat(12)}\nread it\ndone (12 ms)\n`
  const digest = `sha256:${'b'.repeat(12)}`
  for (const shown of [`✓ alpine:3.23  ${digest}\nread it\ndone (1.2 s)`, '…\nread …\n…', '…\ndone (1 ms)'])
    assertShown(printed, shown, shown)
  for (const shown of [`✓ alpine:3.23   ${digest}\n…`, 'read it\n…', '…\nread it', '✓ …\ndone (1 ms)'])
    assert.ok(
      isRefused(() => assertShown(printed, shown, shown)),
      shown,
    )
  assert.equal(['ok', '1 finding (2 ms)', 'dock-lock: no', 'not reached:  x'].map(impliedCode), [0, 1, 2, 3])
})

test('run, and exit with 0, in a project that is locked', () =>
  withWorld(PROJECT, async world => {
    await isLocked(world)
    const failed: string[] = []
    for (const command of commandsOutsideScenes().values())
      await runCommand(world, command).catch((error: Error) => failed.push(error.message))
    assert.is(failed.join('\n'), '')
    for (const text of [' --forzen', ' chekc', ' verify x', ' explain unlokced']) {
      const [args = []] = argumentsOf(text)
      await runCommand(world, { args, shown: { page: 'x.md', line: 1, text } }).then(
        () => assert.unreachable(`dock-lock${text} passes`),
        () => {},
      )
    }
  }))

for (const scene of SCENES) {
  test(`${scene.page}: dock-lock${scene.commands[0]} prints what is shown`, async () => {
    const all = shownIn(scene)
    assert.is(all.length, scene.commands.length, 'the page changed: change test/docs/scenes.ts, too')
    await withWorld(scene, async world => {
      await (scene.prepare ?? isLocked)(world)
      for (const shown of all) {
        const output = shown.output?.join('\n')
        const { code, stdout, stderr } = await world.run(argumentsOf(shown.text)[0] ?? [])
        assert.is(code, impliedCode(output ?? ''), `${placeOf(shown)}\n${stdout}${stderr}`)
        const said = (stdout || stderr).replaceAll(`${world.project.env.HOME}`, '/home/ada')
        if (output !== undefined) assertShown(said, output, placeOf(shown))
      }
    })
  })
}

test('have a scene if their output is shown', () => {
  const without = SHOWN.filter(one => one.output !== undefined && !IN_SCENES.has(one))
  assert.equal(without.map(placeOf), [], 'add the project behind it to test/docs/scenes.ts')
})

test('show the digests that Docker Hub has for the tags', () => {
  const real: Readonly<Record<string, string>> = Object.fromEntries(
    [
      ...readFileSync(join(REPOSITORY, 'docker-images.lock'), 'utf8').matchAll(
        /^ {2}docker\.io\/library\/(\S+):\n {4}digest: (\S+)$/gm,
      ),
    ].map(([, name, digest]) => [name, digest]),
  )
  const invented = SHOWN.flatMap(({ page, output = [] }) =>
    output.flatMap(line => {
      const digests = [...line.matchAll(/sha256:[0-9a-f]{12,}/g)].map(([digest]) => digest)
      const [digest = ''] = digests
      const name = Object.keys(real).find(one => line.includes(` ${one}  `) || line.startsWith(`${one}  `))
      // The tags of a line with two digests have moved.
      return name === undefined || digests.length !== 1 || real[name]?.startsWith(digest) === true
        ? []
        : [`${page}: ${line}`]
    }),
  )
  assert.ok(Object.keys(real).length >= 2)
  assert.equal(invented, [])
})

test('are all shown still, where this file has something to say about them', () => {
  const all = commandsOutsideScenes()
  assert.equal(
    Object.keys(OTHERWISE).filter(key => !all.has(key)),
    [],
  )
  const words = new Set([...all.values()].flatMap(({ args }) => args))
  assert.equal(
    Object.keys(NAMED_FILES).filter(name => !words.has(name)),
    [],
  )
})

test.run()

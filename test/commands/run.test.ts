/** What `run` reads in the command that it is given. */
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { runUnderPolicy } from '../../src/commands/run.ts'
import { createContext } from '../../src/context.ts'
import { text } from '../../src/reporters/text.ts'
import { dockerScript } from '../support/docker-script.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('run')

/** A docker with a new engine. A build leaves a file. */
const DOCKER = dockerScript(': > "$(dirname "$0")/started"; exit 7')

const locked = (...tags: readonly string[]) =>
  `lockfileVersion: 1\nimages:\n${tags
    .map(tag => `  docker.io/library/${tag}:\n    digest: sha256:${'a'.repeat(64)}\n`)
    .join('')}`

const FILES = {
  Dockerfile: 'ARG V=22\nFROM node:$V AS base\nFROM alpine:3.22 AS tools\n',
  'web/Dockerfile': 'ARG V\nFROM node:$V\n',
  'other.Dockerfile': 'FROM busybox:1\n',
  'compose.yaml': 'services:\n  web: {build: {context: web, args: {V: 18}}}\n  db: {image: "postgres:17"}\n',
  'test.yaml': 'services: {web: {build: {context: web, args: {V: 16}}}}\n',
  'docker-bake.json': '{"target":{"default":{"args":{"V":"14"}}}}',
  '.dock-lock.yaml': 'buildArgs: {V: "99"}\n',
}

/** The images that are reported as not locked; `started` if the command ran. */
async function run(
  command: string,
  {
    files = {},
    tags = [],
    folder = '.',
  }: {
    readonly files?: Readonly<Record<string, string>>
    readonly tags?: readonly string[]
    readonly folder?: string
  } = {},
): Promise<{ readonly outcome: string; readonly output: string }> {
  const all = {
    ...FILES,
    ...files,
    'docker-images.lock': locked('unrelated:1', ...tags),
    'bin/docker': DOCKER,
  }
  return withFolder(all, async root => {
    chmodSync(join(root, 'bin/docker'), 0o755)
    const env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, DOCKER_HOST: 'unix:///nonexistent' }
    const context = createContext({ cwd: join(root, folder), env })
    const report = await runUnderPolicy(context, { ...DEFAULT_OPTIONS, paths: command.split(' ') })
    const isStarted = existsSync(join(root, 'bin/started'))
    if (typeof report === 'number') {
      assert.equal([report, isStarted], [7, true])
      return { outcome: 'started', output: '' }
    }
    assert.equal([report.exitCode, isStarted], [1, false])
    const images = report.findings.map(finding =>
      'image' in finding ? `${finding.code} ${finding.image}` : finding.code,
    )
    return { outcome: images.join(', '), output: text(report, { color: false, width: 100 }) }
  })
}

const CASES: readonly [
  what: string,
  command: string,
  tags: readonly string[],
  expected: string,
  folder?: string,
][] = [
  ['all stages', 'docker build .', [], 'unlocked alpine:3.22, unlocked node:22'],
  ['everything is locked', 'docker build .', ['alpine:3.22', 'node:22'], 'started'],
  ['a target', 'docker build --target base .', [], 'unlocked node:22'],
  ['a target that is locked', 'docker build --target base .', ['node:22'], 'started'],
  ['a build arg', 'docker buildx build --target base --build-arg V=20 .', ['node:22'], 'unlocked node:20'],
  ['a variable', 'env V=20 docker build --target base --build-arg V .', ['node:22'], 'unlocked node:20'],
  ['a file', 'docker build -f other.Dockerfile .', ['alpine:3.22'], 'unlocked busybox:1'],
  [
    'an image as a context',
    'docker build --build-context node:22=docker-image://debian:13 --target base .',
    ['node:22'],
    'unlocked debian:13',
  ],
  [
    'a replaced image',
    'docker build --build-context node:22=docker-image://debian:13 --target base .',
    ['debian:13'],
    'started',
  ],
  ['a folder', 'docker build --build-arg V=3 .', [], 'unlocked node:3', 'web'],
  ['compose', 'docker compose build', ['node:18'], 'unlocked postgres:17'],
  ['compose in a folder below', 'docker compose up', ['postgres:17'], 'unlocked node:18', 'web'],
  ['compose with a file', 'docker compose -f test.yaml build', [], 'unlocked node:16'],
  [
    'bake, with the Compose file beside it',
    'docker buildx bake',
    ['alpine:3.22', 'postgres:17'],
    'unlocked node:14, unlocked node:18',
  ],
  ['bake with a file', 'docker buildx bake -f docker-bake.json', ['alpine:3.22'], 'unlocked node:14'],
  ['another command', 'docker images', [], 'started'],
  ['a command that is not literal', 'docker build -', [], 'started'],
  ['a Dockerfile that does not exist', 'docker build -f none .', [], 'started'],
]

for (const [what, command, tags, expected, folder = '.'] of CASES)
  test(what, async () => {
    const { outcome } = await run(command, { tags, folder })
    assert.is(outcome, expected)
  })

test('a digest that differs from the lockfile is reported', async () => {
  const files = { Dockerfile: `FROM node:22@sha256:${'b'.repeat(64)}\n` }
  assert.is((await run('docker build .', { files, tags: ['node:22'] })).outcome, 'mismatch node:22')
})

test('the next step depends on who else needs the image', async () => {
  const { output: ofProject } = await run('docker build -f other.Dockerfile .')
  assert.match(
    ofProject,
    /other\.Dockerfile:1:6 {2}unlocked {2}busybox:1 is not in docker-images\.lock\n {4}→ run: dock-lock/,
  )
  const { output: ofCommand } = await run('docker build --target base --build-arg V=20 .')
  assert.match(
    ofCommand,
    /Dockerfile:2:6 {2}unlocked {2}node:20 .*\n {4}→ only this command needs it: write it into/,
  )
})

test.run()

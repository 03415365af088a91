/** Updates with the embedded registry: choosing from a list, two runs at once, and files that cannot be written. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_OPTIONS, type Options } from '../../src/commands/command.ts'
import { lockCommand } from '../../src/commands/lock.ts'
import { outdatedCommand } from '../../src/commands/outdated.ts'
import { updateCommand } from '../../src/commands/update.ts'
import { createContext } from '../../src/context.ts'
import type { ChoiceGroup, Choose } from '../../src/core/choice.ts'
import { interrupted } from '../../src/core/error.ts'
import type { UpdateReport } from '../../src/core/report.ts'
import { readLockfileSource } from '../../src/io/lockfile.ts'
import { failureOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'
import { withoutEngine } from '../support/no-engine.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'

const test = suite('commands/update')

interface Bench {
  readonly root: string
  readonly registry: EmbeddedRegistry
  update(options?: Partial<Options>, choose?: Choose): Promise<UpdateReport>
  outdated(options?: Partial<Options>): ReturnType<typeof outdatedCommand>
  read(file: string): string
}

const TAGS = ['1.1', '1.2', '1.2.1', '2.0', '1.1-slim', '1.3-slim']

/** A locked project with `tool:1.1` in Dockerfile, `tool:1.1-slim` in web/Dockerfile. `{R}` is the registry. */
async function withBench(
  use: (bench: Bench) => Promise<void>,
  files: Readonly<Record<string, string>> = {
    Dockerfile: 'FROM {R}/tool:1.1\n',
    'web/Dockerfile': 'FROM {R}/tool:1.1-slim\n',
  },
): Promise<void> {
  const registry = await startRegistry()
  try {
    for (const tag of TAGS) registry.addImage('tool', tag)
    const filled = Object.entries(files).map(([name, text]) => [name, text.replaceAll('{R}', registry.host)])
    await withFolder(Object.fromEntries(filled) as Record<string, string>, async root => {
      const home = join(root, '.home')
      mkdirSync(home)
      const env = { PATH: process.env.PATH, HOME: home, ...withoutEngine(join(home, '.docker')) }
      const contextOf = (choose?: Choose) =>
        createContext({ cwd: root, env, ...(choose !== undefined && { choose }) })
      const given = {
        ...DEFAULT_OPTIONS,
        noVerify: true,
        platforms: [{ os: 'linux', architecture: 'amd64' }],
      }
      await lockCommand(contextOf(), given)
      registry.clear()
      await use({
        root,
        registry,
        update: (options, choose) => updateCommand(contextOf(choose), { ...given, ...options }),
        outdated: options => outdatedCommand(contextOf(), { ...given, ...options }),
        read: file => readFileSync(join(root, file), 'utf8'),
      })
    })
  } finally {
    await registry.close()
  }
}

const labelsOf = (groups: readonly ChoiceGroup[]) =>
  groups.map(({ title, choices }) => [
    title.split(':')[0],
    ...choices.map(({ label, isSelected }) => `${isSelected ? '*' : ' '}${label.replace(/^.*\//, '')}`),
  ])

test('a person chooses from all steps, in groups; only what is selected moves', () =>
  withBench(async ({ registry, update, read }) => {
    const { digest } = registry.addImage('tool', '1.1', { revision: 1 })
    let asked: readonly ChoiceGroup[] = []
    const report = await update({ interactive: true }, async (_, groups) => {
      asked = groups
      return groups.flatMap(({ choices }) =>
        choices.filter(({ label }) => label.endsWith('→ 1.3-slim')).map(({ value }) => value),
      )
    })
    assert.equal(labelsOf(asked), [
      ['rebuild', `*tool:1.1  ${digest.slice(0, 19)}`],
      ['minor', ' tool:1.1 → 1.2', ' tool:1.1-slim → 1.3-slim'],
      ['major', ' tool:1.1 → 2.0'],
    ])
    assert.equal(
      report.updates.map(({ tag }) => tag),
      [{ old: '1.1-slim', new: '1.3-slim' }],
    )
    assert.match(read('web/Dockerfile'), 'tool:1.3-slim@sha256:')
    assert.not.match(read('Dockerfile'), digest)
  }))

test('with --semver, its choice is selected beforehand', () =>
  withBench(async ({ update }) => {
    let asked: readonly ChoiceGroup[] = []
    await update({ interactive: true, semver: 'minor' }, async (_, groups) => {
      asked = groups
      return []
    })
    assert.equal(labelsOf(asked), [['minor', '*tool:1.1 → 1.2', '*tool:1.1-slim → 1.3-slim']])
  }))

test('tags move where Compose, Bake and dev container files write them, except in build args', () =>
  withBench(
    async ({ update, read, registry }) => {
      const report = await update({ semver: 'minor' })
      assert.equal(report.findings, [])
      const plain = (file: string) =>
        read(file)
          .replaceAll(registry.host, '{R}')
          .replace(/@sha256:[0-9a-f]{64}/g, '@D')
      assert.is(
        plain('compose.yaml'),
        `services:
  a: {image: "{R}/tool:1.2@D"}
  b:
    build:
      dockerfile_inline: |
        FROM {R}/tool:1.3-slim@D
  c: {image: "\${C:-{R}/tool:1.2@D}"}
  d:
    build: {context: ., args: {BASE: "{R}/tool:1.1@D"}}
`,
      )
      assert.is(
        plain('docker-bake.json'),
        '{"target": {"x": {"dockerfile-inline": "FROM {R}/tool:1.2@D\\n", "contexts": {"base": "docker-image://{R}/tool:1.3-slim@D"}}}}\n',
      )
      assert.is(plain('.devcontainer.json'), '{"image": "{R}/tool:1.2@D"}\n')
    },
    {
      'compose.yaml': `services:
  a: {image: "{R}/tool:1.1"}
  b:
    build:
      dockerfile_inline: |
        FROM {R}/tool:1.1-slim
  c: {image: "\${C:-{R}/tool:1.1}"}
  d:
    build: {context: ., args: {BASE: "{R}/tool:1.1"}}
`,
      'docker-bake.json':
        '{"target": {"x": {"dockerfile-inline": "FROM {R}/tool:1.1\\n", "contexts": {"base": "docker-image://{R}/tool:1.1-slim"}}}}\n',
      '.devcontainer.json': '{"image": "{R}/tool:1.1"}\n',
      Dockerfile: 'ARG BASE\nFROM ${BASE}\n',
    },
  ))

test('cancelled: nothing is written', () =>
  withBench(async ({ update, read }) => {
    const before = [read('Dockerfile'), read('docker-images.lock')]
    const error = await failureOf(() => update({ interactive: true }, () => Promise.reject(interrupted())))
    assert.is(error.code, 'interrupted')
    assert.equal([read('Dockerfile'), read('docker-images.lock')], before)
  }))

test('two runs at once: one wins whole, or both agree; the lockfile and the files fit', () =>
  withBench(async ({ root, registry, update, outdated }) => {
    for (let revision = 1; revision <= 5; revision++) {
      registry.addImage('tool', '1.1', { revision })
      const runs = await Promise.allSettled([update(), update()])
      assert.ok(runs.some(({ status }) => status === 'fulfilled'))
      // Whoever lost says that the files have changed meanwhile, or found everything done.
      for (const run of runs) if (run.status === 'rejected') assert.is(run.reason.code, 'changed')
      const { images } = await readLockfileSource(root)
      const locked = images.get(`${registry.host}/tool:1.1`)?.digest
      assert.match(readFileSync(join(root, 'Dockerfile'), 'utf8'), `@${locked}`)
      assert.is((await outdated({ images: [`${registry.host}/tool:1.1`] })).outdated[0]?.sameTag, undefined)
    }
  }))

test('the tags of a repository are listed once, whatever the number of images', () =>
  withBench(async ({ registry, outdated }) => {
    const report = await outdated()
    assert.is(report.exitCode, 1)
    assert.is(registry.requests.filter(({ path }) => path.includes('/tags/list')).length, 1)
    assert.is(report.registryRequests, registry.requests.length)
  }))

test('an ARG that two files use moves in both, and a value that only one file has stays there', () =>
  withBench(
    async ({ update, read, registry }) => {
      const { updates, notices } = await update({ semver: 'major' })
      assert.equal(
        updates.map(({ tag, level }) => [tag.new, level]),
        [['2.0', 'major']],
      )
      assert.match(read('Dockerfile'), /^ARG V=2\.0@sha256:\w+\nFROM \S+\/tool:\$V\n$/)
      assert.match(read('b.Dockerfile'), new RegExp(`^FROM ${registry.host}/tool:2\\.0@sha256:\\w+\\n$`))
      assert.equal(
        notices.map(({ code }) => code),
        [],
      )
    },
    {
      Dockerfile: 'ARG V=1.1\nFROM {R}/tool:$V\n',
      'b.Dockerfile': 'FROM {R}/tool:1.1\n',
    },
  ))

test.run()

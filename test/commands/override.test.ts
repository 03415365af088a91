/** `override`: the file that it prints for real projects. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { lockCommand } from '../../src/commands/lock.ts'
import { overrideCommand } from '../../src/commands/override.ts'
import type { OverrideReport } from '../../src/core/report.ts'
import { NO_WORLD, worldOf } from '../corpus/world.ts'
import { type Files, withFolder } from '../support/folder.ts'
import { startRegistry } from '../support/registry/index.ts'

const test = suite('override')

/** Locks the files without pinning them, and overrides the builds. */
async function override(files: Files, ...paths: readonly string[]): Promise<OverrideReport> {
  const registry = await startRegistry({ answerAnything: true })
  try {
    return await withFolder(files, async root => {
      const context = worldOf(root, NO_WORLD, registry)
      await lockCommand(context, { ...DEFAULT_OPTIONS, noPin: true, noVerify: true })
      return overrideCommand(context, { ...DEFAULT_OPTIONS, paths })
    })
  } finally {
    await registry.close()
  }
}

const withoutDigests = (text: string) => text.replace(/@sha256:[0-9a-f]{64}/g, '@D')

test('Compose: each build has the images that it needs, with its args and target', async () => {
  const { override: text } = await override(
    {
      'compose.yaml': `services:
  web:
    build: {context: web, args: {V: "22"}, target: build}
  inline:
    build:
      dockerfile_inline: |
        FROM nginx:1
        COPY --from=debian / /
  db:
    image: postgres:17
`,
      'web/Dockerfile': '# syntax=docker/dockerfile:1\nARG V=20\nFROM node:${V} AS build\nFROM alpine:3\n',
    },
    'compose',
  )
  const image = (name: string) => `docker-image://docker.io/library/${name}@D`
  assert.equal(parse(withoutDigests(text)), {
    services: {
      web: { build: { additional_contexts: { 'node:22': image('node:22') } } },
      inline: {
        build: { additional_contexts: { debian: image('debian:latest'), 'nginx:1': image('nginx:1') } },
      },
      db: { image: 'docker.io/library/postgres:17@D' },
    },
  })
})

test('an image that is pinned in the file needs no context', async () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const { override: text } = await override(
    { 'compose.yaml': 'services:\n  a: {build: .}\n', Dockerfile: `FROM alpine:3@${digest}\nFROM node:22\n` },
    'compose',
  )
  assert.equal(Object.keys(parse(text).services.a.build.additional_contexts), ['node:22'])
})

test('Bake: a context that names an image by its tag gets the digest', async () => {
  const { override: text } = await override(
    {
      'docker-bake.json':
        '{"target":{"a":{"dockerfile-inline":"FROM base\\n","contexts":{"base":"docker-image://alpine:3.20","src":"./src"}}}}',
    },
    'bake',
  )
  assert.equal(JSON.parse(withoutDigests(text)), {
    target: { a: { contexts: { base: 'docker-image://docker.io/library/alpine:3.20@D' } } },
  })
})

test('Compose: a service without a build gets its image, unless the file pins or ignores it', async () => {
  const { override: text } = await override(
    {
      'compose.yaml': `services:
  db: {image: "postgres:\${V:-17}"}
  pinned: {image: "redis:7@sha256:${'a'.repeat(64)}"}
  # dock-lock: ignore made elsewhere
  other:
    # dock-lock: ignore made elsewhere
    image: team/other
  ours: {build: {dockerfile_inline: FROM scratch}, image: "ours:1"}
  same: {image: "ours:1"}
`,
    },
    'compose',
  )
  assert.equal(parse(withoutDigests(text)), {
    services: { db: { image: 'docker.io/library/postgres:17@D' } },
  })
})

test('several files are one project, as with several -f', async () => {
  const files = {
    'a.yml': 'services: {web: {build: {context: ., args: {V: "1"}}}, db: {image: "postgres:16"}}\n',
    'b.yml': 'services: {web: {build: {args: {V: "2"}}}, db: {image: "postgres:17"}}\n',
    'a.json': '{"target":{"default":{"args":{"V":"1"}}}}',
    'b.json': '{"target":{"default":{"args":{"V":"2"}}}}',
    Dockerfile: 'ARG V\nFROM node:$V\n',
    '.dock-lock.yaml': 'files: {compose: [[a.yml, b.yml]]}\n',
  }
  const compose = await override(files, 'compose', 'a.yml', 'b.yml')
  const node = { 'node:2': 'docker-image://docker.io/library/node:2@D' }
  assert.equal(parse(withoutDigests(compose.override)), {
    services: {
      web: { build: { additional_contexts: node } },
      db: { image: 'docker.io/library/postgres:17@D' },
    },
  })
  const bake = await override(files, 'bake', 'a.json', 'b.json')
  assert.equal(JSON.parse(withoutDigests(bake.override)), { target: { default: { contexts: node } } })
})

test('a build without its stage is refused', async () => {
  try {
    await override(
      { 'compose.yaml': 'services:\n  web: {build: {context: ., target: x}}\n', Dockerfile: 'FROM alpine\n' },
      'compose',
    )
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, 'Dockerfile: target stage "x" could not be found')
  }
})

test('a context that would also replace a stage is refused', async () => {
  try {
    await override(
      { 'compose.yaml': 'services:\n  web: {build: .}\n', Dockerfile: 'FROM alpine AS alpine\nRUN true\n' },
      'compose',
    )
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, 'web: a named context "alpine" would also replace the stage')
  }
})

test('a file that cannot be read is an error with its reason', async () => {
  const files = {
    'compose.yaml': 'services:\n  a:\n    image: "a:${V:?must be set}"\n',
    Dockerfile: 'FROM alpine:3\n',
  }
  try {
    await override(files, 'compose')
    assert.unreachable()
  } catch (error) {
    assert.match((error as Error).message, 'required variable V is missing a value: must be set')
  }
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import type { Digest } from '../../src/core/digest.ts'
import {
  bakeOverride,
  composeOverride,
  type OverriddenBuild,
  replacedStage,
} from '../../src/core/override.ts'
import { parseReference } from '../../src/core/reference.ts'
import { readBakeJson } from '../../src/formats/bake/json.ts'
import { evaluatePlain } from '../../src/formats/bake/plain.ts'
import { loadJsonTree } from '../../src/formats/json-tree.ts'

const test = suite('core/override')
const DIGEST = `sha256:${'a'.repeat(64)}` as Digest

function image(text: string) {
  const parsed = parseReference(text)
  if (!parsed.ok) throw new Error(text)
  return { reference: parsed.reference, digest: DIGEST }
}

const BUILDS: readonly OverriddenBuild[] = [
  {
    name: 'web',
    contexts: { 'debian:12': 'docker-image://debian:13', src: '../src' },
    images: [
      'node:22-alpine',
      'alpine',
      'debian:12',
      'ghcr.io/acme/base:1',
      'alpine:latest',
      `busybox:1@${DIGEST}`,
    ].map(image),
    stages: ['build'],
  },
  { name: 'empty', contexts: {}, images: [], stages: [] },
  { name: 'localhost', contexts: {}, images: [image('localhost:5000/x/y:z_1')], stages: [] },
]
const WEB = {
  alpine: `docker-image://docker.io/library/alpine:latest@${DIGEST}`,
  'ghcr.io/acme/base:1': `docker-image://ghcr.io/acme/base:1@${DIGEST}`,
  'node:22-alpine': `docker-image://docker.io/library/node:22-alpine@${DIGEST}`,
}
const LOCALHOST = { 'localhost:5000/x/y:z_1': `docker-image://localhost:5000/x/y:z_1@${DIGEST}` }

test('Bake: each locked tag is a context of the targets that use it', () => {
  assert.equal(JSON.parse(bakeOverride(BUILDS)), {
    target: { web: { contexts: WEB }, localhost: { contexts: LOCALHOST } },
  })
  assert.is(bakeOverride([]), '{\n  "target": {}\n}\n')
})

test('Bake merges it with the file that it overrides', async () => {
  const read = await loadJsonTree()
  const texts = [
    '{"target":{"web":{"context":"web","contexts":{"debian:12":"docker-image://debian:13","src":"../src"}},"empty":{},"localhost":{}}}',
    bakeOverride(BUILDS),
  ].map((text, index) => {
    const parsed = readBakeJson(`${index}.json`, text, read)
    if (!parsed.ok) throw new Error(parsed.problem.reason)
    return parsed.read
  })
  const merged = evaluatePlain(texts, {})
  const contexts = merged.ok ? [...merged.definition.targets.values()].map(target => target.contexts) : []
  assert.equal(contexts, [{ ...BUILDS[0]?.contexts, ...WEB }, {}, LOCALHOST])
})

test('Compose: the same in YAML, only for services that are built', () => {
  assert.equal(parse(composeOverride(BUILDS)), {
    services: {
      web: { build: { additional_contexts: WEB } },
      localhost: { build: { additional_contexts: LOCALHOST } },
    },
  })
  assert.equal(parse(composeOverride([])), { services: {} })
})

test('the same builds give the same text, in whatever order their images come', () => {
  const [web] = BUILDS as [OverriddenBuild]
  const turned = [{ ...web, images: web.images.toReversed() }]
  assert.is(bakeOverride(turned), bakeOverride([web]))
  assert.is(composeOverride(turned), composeOverride([web]))
})

test('an image that is a context of the build already keeps the name of the context', () => {
  const contexts = { base: 'docker-image://debian:12' }
  const build = {
    name: 'web',
    contexts,
    images: [{ ...image('debian:12'), context: 'base' }],
    stages: ['base'],
  }
  assert.equal(JSON.parse(bakeOverride([build])).target.web.contexts, {
    base: `docker-image://docker.io/library/debian:12@${DIGEST}`,
  })
  assert.is(replacedStage([build], 'compose'), undefined, 'the context replaces the stage anyway')
})

test('a context must not replace a stage of the same name', () => {
  const build = { name: 'web', contexts: {}, images: [image('alpine')], stages: ['alpine'] }
  assert.equal(replacedStage([build], 'compose'), { build: 'web', stage: 'alpine' })
  assert.is(replacedStage([{ ...build, images: [image('alpine:3.20')] }], 'compose'), undefined)
  const others = [
    { ...build, stages: [] },
    { ...build, name: 'b', images: [] },
  ]
  assert.is(replacedStage(others, 'compose'), undefined)
  assert.equal(replacedStage(others, 'bake'), { build: 'web', stage: 'alpine' }, 'b may inherit from web')
})

test.run()

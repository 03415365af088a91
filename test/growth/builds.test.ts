/** Files that start builds, four times as large: the work to read them grows at most linearly. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBake } from '../../src/formats/bake/index.ts'
import type { ProjectFiles } from '../../src/formats/build-format.ts'
import { parseEnvFile } from '../../src/formats/compose/dotenv.ts'
import { compose } from '../../src/formats/compose/index.ts'
import { substitute } from '../../src/formats/compose/interpolate.ts'
import { assertLinear } from '../support/growth.ts'

const test = suite('growth: builds')
const OPTIONS = { args: {}, platforms: [] }
const parts = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join('')

type Files = Readonly<Record<string, string>>

function project(files: Files): ProjectFiles {
  return {
    root: '/project',
    env: {},
    read: async path => {
      const text = files[path]
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text }
    },
    evaluateBake: async () => ({ kind: 'printed', text: '{}' }),
  }
}

const composes: Readonly<Record<string, readonly [number, (count: number) => Files]>> = {
  'services with builds': [
    200,
    count => ({ 'compose.yaml': `services:\n${parts(count, index => `  s${index}: {build: d${index}}\n`)}` }),
  ],
  'files that are included': [
    60,
    count => ({
      'compose.yaml': `include:\n${parts(count, index => `  - d${index}/c.yaml\n`)}`,
      ...Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `d${index}/c.yaml`,
          `services: {s${index}: {image: a}}`,
        ]),
      ),
    }),
  ],
  'services that extend those of another file': [
    200,
    count => ({
      'compose.yaml': `services:\n${parts(count, index => `  s${index}: {extends: {file: b.yaml, service: s${index}}}\n`)}`,
      'b.yaml': `services:\n${parts(count, index => `  s${index}: {image: a}\n`)}`,
    }),
  ],
  'services that extend one with many keys': [
    250,
    count => ({
      'compose.yaml': `services:\n  b: {image: a, environment: {${parts(count, index => `K${index}: x, `)}}}\n${parts(count, index => `  s${index}: {extends: b}\n`)}`,
    }),
  ],
  documents: [
    300,
    count => ({ 'compose.yaml': parts(count, index => `---\nservices: {s${index}: {image: a}}\n`) }),
  ],
}
for (const [name, [size, make]] of Object.entries(composes)) {
  test(`Compose, ${name}: the time to read them is linear`, () =>
    assertLinear(size, count => {
      const files = make(count)
      return async () => {
        const { problems } = await compose.read('compose.yaml', project(files), OPTIONS)
        assert.equal(problems, [])
      }
    }))
}

const target = (count: number, of: (index: number) => unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, of(index)]))
const bakes: Readonly<Record<string, readonly [string, number, (count: number) => string]>> = {
  'names in one line': ['docker-bake.hcl', 4000, count => 'a '.repeat(count)],
  'names in a block': ['docker-bake.hcl', 4000, count => `target "a" {\n${'a '.repeat(count)}\n}\n`],
  'targets, each of the one before': [
    'docker-bake.json',
    300,
    count =>
      JSON.stringify({
        target: target(count, index =>
          index === 0 ? { args: { A: 'x' } } : { inherits: [`t${index - 1}`] },
        ),
        group: { default: { targets: Object.keys(target(count, () => 0)) } },
      }),
  ],
  'a target of many': [
    'docker-bake.json',
    400,
    count =>
      JSON.stringify({
        target: {
          ...target(count, index => ({ args: { [`A${index}`]: 'x' } })),
          all: { inherits: Object.keys(target(count, () => 0)) },
        },
      }),
  ],
}
for (const [name, [file, size, make]] of Object.entries(bakes)) {
  test(`Bake, ${name}: the time to read them is linear`, () =>
    assertLinear(size, count => {
      const files = project({ [file]: make(count) })
      return () => readBake('.', [file], files, OPTIONS)
    }))
}

test('variables with defaults in one line: the time to replace them is linear', () =>
  assertLinear(20_000, count => {
    const text = '${A:-x}'.repeat(count)
    return () => substitute(text, () => undefined)
  }))

test('variables of an env file in one line: the time to read them is linear', () =>
  assertLinear(20_000, count => {
    const text = `${parts(count, index => `A${index}='x'`)}\n`
    return () => assert.ok(parseEnvFile(text, () => undefined).ok)
  }))

test.run()

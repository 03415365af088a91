/** What dock-lock reads from JSON without buildx is what buildx prints. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BakeDefinition, parsePrinted } from '../../../src/formats/bake/definition.ts'
import { readBakeJson } from '../../../src/formats/bake/json.ts'
import { evaluatePlain, type PlainRead } from '../../../src/formats/bake/plain.ts'
import { loadJsonTree } from '../../../src/formats/json-tree.ts'
import { type BakeCase, bakeCases } from './cases.ts'

const test = suite('bake: JSON without buildx')

/** Cases that buildx evaluates and dock-lock does not. */
const LEFT_TO_BUILDX = [
  'json-condition',
  'json-function',
  'json-local-platform',
  'json-number-exponent',
  'json-object-keys',
  'json-other-target',
  'json-template-if',
  'json-variable-lookup-disabled',
  'json-variable-typed-list',
]

const CASES = bakeCases().filter(({ files }) => files.every(({ path }) => path.endsWith('.json')))

async function read({ files, env }: BakeCase): Promise<PlainRead | undefined> {
  const texts = []
  for (const { path, text } of files) {
    const parsed = readBakeJson(path, text, await loadJsonTree())
    if (!parsed.ok) return undefined
    texts.push(parsed.read)
  }
  return evaluatePlain(texts, env)
}

/** As plain data. buildx prints all targets as the group "default", and the targets of a matrix in any order. */
function plainData({ targets, groups }: BakeDefinition): unknown {
  const sorted = [...groups]
    .filter(([name]) => name !== 'default')
    .map(([name, all]) => [name, [...all].sort()])
  return { targets: Object.fromEntries(targets), groups: Object.fromEntries(sorted) }
}

test('there are enough cases', () => assert.ok(bakeCases().length >= 110 && CASES.length >= 80))

for (const one of CASES) {
  const { name, printed } = one
  test(name, async () => {
    const found = await read(one)
    if (LEFT_TO_BUILDX.includes(name) || printed === undefined) {
      assert.not.ok(found?.ok)
      return
    }
    if (!found?.ok) assert.unreachable(found?.reason ?? 'it is no JSON')
    else assert.equal(plainData(found.definition), plainData(parsePrinted(printed)!))
  })
}

test('the first case that is left to buildx has its reason and place', async () => {
  const one = CASES.find(({ name }) => name === 'json-function')!
  assert.equal(await read(one), {
    ok: false,
    file: 'docker-bake.json',
    offset: one.files[0]!.text.indexOf('"a"'),
    reason: 'this needs evaluation: ${upper(V)}',
  })
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dockerfile } from '../../support/extract.ts'
import { imageLine, readCases } from './cases.ts'

const test = suite('dockerfile: the corpus')
const cases = readCases()
const platforms = { buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }

test('has at least 150 cases', () => {
  assert.ok(cases.length >= 150)
})

for (const { name, source, buildArgs, images, refused } of cases) {
  test(name, () => {
    const occurrences = dockerfile.extract(source, 'Dockerfile', { buildArgs, ...platforms })
    const problems = occurrences.filter(({ kind }) => kind === 'invalid' || kind === 'variable')
    if (typeof refused === 'number') {
      assert.ok(
        problems.some(({ place }) => place.line === refused),
        `refused at ${problems.map(({ place }) => place.line)}, expected ${refused}`,
      )
      return
    }
    assert.equal(problems, [])
    if (refused) return
    const found = new Set(occurrences.flatMap(occurrence => imageLine(occurrence) ?? []))
    assert.equal([...found].sort(), [...images].sort())
  })
}

test.run()

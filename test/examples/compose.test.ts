/** The example of a Compose project: its README says which images dock-lock locks, and where it pins them. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImageOccurrence } from '../../src/core/occurrence.ts'
import { familiarName } from '../../src/core/reference.ts'
import { readCompose } from '../formats/compose/project.ts'

const test = suite('examples/compose')
const read = (name: string) =>
  readFileSync(new URL(`../../examples/compose/${name}`, import.meta.url), 'utf8')

test('the README lists the images that the Compose file names, and whether they are pinned', async () => {
  const files = { 'compose.yaml': read('compose.yaml'), 'web/Dockerfile': read('web/Dockerfile') }
  const { builds, occurrences, problems } = await readCompose({ at: 'compose.yaml', files, env: {} })
  assert.equal(problems, [])
  assert.equal(
    builds.map(({ args }) => args),
    [{ NODE_VERSION: ['22-alpine'] }, {}],
  )
  const rows = read('README.md')
    .split('\n')
    .filter(line => /^\| `/.test(line))
  assert.is(rows.length, 5)
  const images = occurrences.filter((one): one is ImageOccurrence => one.kind === 'image')
  assert.equal(images.map(({ reference }) => familiarName(reference)).sort(), [
    'postgres:17-alpine',
    'valkey/valkey:8',
  ])
  for (const { reference, pin } of images) {
    const row = rows.find(line => line.includes(`\`${familiarName(reference)}\``))
    assert.is(pin.kind === 'never', row?.includes('| no: by tag') === true, row)
  }
})

test.run()

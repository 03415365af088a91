/**
 * Asks docker compose of Debian forky about the projects of test/formats/compose/projects, and about generated ones. No engine is needed.
 * DOCK_LOCK_DIFFERENTIAL_COMPOSE (default 100) is the number of generated projects, DOCK_LOCK_DIFFERENTIAL_SEED the first seed.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { generateProject } from '../formats/compose/generate.ts'
import { comparable, type Expected, observed, readCompose, readProjects } from '../formats/compose/project.ts'
import { createRandom } from '../support/random.ts'
import { askCompose, composeProgram } from './support/compose.ts'

const test = suite('Compose, as docker compose reads it')
const count = Number(process.env.DOCK_LOCK_DIFFERENTIAL_COMPOSE ?? 100)
const firstSeed = Number(process.env.DOCK_LOCK_DIFFERENTIAL_SEED ?? 1)

test('docker compose says of each project what is stored with it', async () => {
  const program = await composeProgram()
  for (const project of readProjects()) {
    const { said: _, ...answer } = await askCompose(program, project)
    assert.equal(answer, JSON.parse(project.expected) as Expected, project.name)
  }
})

test('dock-lock reads generated projects as docker compose does', async () => {
  const program = await composeProgram()
  let accepted = 0
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const project = generateProject(createRandom(seed))
    const { said, ...answer } = await askCompose(program, project)
    // dock-lock reads some projects that Compose refuses: it does not check every field.
    if (answer.refused) continue
    accepted++
    const read = await readCompose(project)
    const context = `seed ${seed}\n${JSON.stringify(project, undefined, 1)}\n${said}\n${JSON.stringify(read.problems)}`
    assert.is(comparable(observed(read)), comparable(answer), context)
  }
  assert.ok(accepted > count / 3, `docker compose accepts ${accepted} of ${count}`)
})

test.run()

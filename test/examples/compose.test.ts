/** The example of a Compose project: dock-lock makes it what it is, and its README says what is pinned where. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { lockCommand } from '../../src/commands/lock.ts'
import { lsCommand } from '../../src/commands/ls.ts'
import { NO_WORLD, worldOf } from '../corpus/world.ts'
import { REPOSITORY } from '../support/npm.ts'
import { startRegistry } from '../support/registry/index.ts'

const test = suite('examples/compose')
const EXAMPLE = join(REPOSITORY, 'examples/compose')
const FILES = ['compose.yaml', 'web/Dockerfile']
const withoutDigests = (text: string) => text.replace(/@sha256:[0-9a-f]{64}/g, '@D')

test('its files are pinned as dock-lock pins them, and its README lists the places', async () => {
  const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-compose-'))
  const registry = await startRegistry({ answerAnything: true })
  try {
    cpSync(EXAMPLE, project, { recursive: true })
    rmSync(join(project, 'docker-images.lock'))
    for (const file of FILES)
      writeFileSync(
        join(project, file),
        withoutDigests(readFileSync(join(EXAMPLE, file), 'utf8')).replaceAll('@D', ''),
      )
    const context = worldOf(project, NO_WORLD, registry)
    const report = await lockCommand(context, DEFAULT_OPTIONS)
    assert.equal(report.findings, [])
    for (const file of FILES)
      assert.is(
        withoutDigests(readFileSync(join(project, file), 'utf8')),
        withoutDigests(readFileSync(join(EXAMPLE, file), 'utf8')),
      )
    const { images } = await lsCommand(context, DEFAULT_OPTIONS)
    const rows = readFileSync(join(EXAMPLE, 'README.md'), 'utf8')
      .split('\n')
      .filter(line => /^\| `/.test(line))
    const states = images.flatMap(({ image, uses }) => uses.map(({ state }) => `${image} ${state}`))
    const said = rows.map(row => {
      const [, image, , pinned] = row.split('|').map(cell => cell.trim())
      return `${image?.slice(1, -1)} ${pinned?.startsWith('no: by tag') ? 'by-tag' : 'pinned'}`
    })
    // The argument TOOLS is one row for two places.
    assert.equal([...new Set(states)].sort(), [...new Set(said)].sort())
  } finally {
    await registry.close()
    rmSync(project, { recursive: true, force: true })
  }
})

test.run()

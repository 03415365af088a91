/** The sample of docs/updates.md, made by the command with the embedded registry. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { lockCommand } from '../../src/commands/lock.ts'
import { outdatedCommand } from '../../src/commands/outdated.ts'
import { createContext } from '../../src/context.ts'
import { text } from '../../src/reporters/text.ts'
import { withFolder } from '../support/folder.ts'
import { withoutEngine } from '../support/no-engine.ts'
import { startRegistry } from '../support/registry/index.ts'

const test = suite('commands/outdated')

const NOW = '2026-11-28T12:00:00Z'
const IMAGES = [
  ['alpine', '3.23', '2026-10-18T09:30:00Z'],
  ['node', '22.1-alpine', '2026-08-20T09:30:00Z'],
  ['postgres', '16', '2026-03-20T09:30:00Z'],
  ['redis', '8', '2026-11-10T09:30:00Z'],
] as const
/** What is newer when the registry is asked again. */
const NEWER = [
  ['alpine', '3.23', '2026-11-26T09:30:00Z'],
  ['node', '22.4-alpine', '2026-11-17T09:30:00Z'],
  ['postgres', '16', '2026-11-23T09:30:00Z'],
  ['postgres', '18', '2026-11-23T09:30:00Z'],
] as const

test('docs/updates.md shows what the command prints', async () => {
  const registry = await startRegistry()
  const add = ([name, tag, created]: (typeof IMAGES | typeof NEWER)[number]) =>
    registry.addImage(`library/${name}`, tag, { created })
  try {
    IMAGES.forEach(add)
    const files = {
      Dockerfile: IMAGES.map(([name, tag]) => `FROM ${name}:${tag}\n`).join(''),
      '.dock-lock.yaml': `registries:\n  docker.io:\n    mirrors: [${registry.url}]\n`,
    }
    await withFolder(files, async root => {
      const home = join(root, '.home')
      mkdirSync(home)
      const env = { PATH: process.env.PATH, HOME: home, ...withoutEngine(join(home, '.docker')) }
      const context = createContext({ cwd: root, env })
      const options = { ...DEFAULT_OPTIONS, platforms: [{ os: 'linux', architecture: 'amd64' }] }
      await lockCommand(context, { ...options, noVerify: true })
      NEWER.forEach(add)
      const report = await outdatedCommand(context, { ...options, platforms: [], semver: 'minor' })
      const printed = text({ ...report, asOf: NOW, milliseconds: 1200 }, { color: false, width: 80 })
      const docs = readFileSync(new URL('../../docs/updates.md', import.meta.url), 'utf8')
      const sample = `$ dock-lock outdated --semver minor\n${printed}`
        .trimEnd()
        .split('\n')
        .map(line => (line === '' ? '' : `    ${line}`))
        .join('\n')
      assert.is(/^ {4}\$ dock-lock outdated[\s\S]*?(?=\n\n\|)/m.exec(docs)?.[0], sample)
    })
  } finally {
    await registry.close()
  }
})

test.run()

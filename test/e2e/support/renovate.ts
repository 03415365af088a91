/**
 * Tests docs/update-bots.md with the real renovate package: `node --import tsx test/e2e/support/renovate.ts`. It is no part of the tests
 * that always run, because installing it takes minutes. It stays in the folder of temporary files.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { CLI } from '../../support/cli.ts'
import { withFolder } from '../../support/folder.ts'
import { npm } from '../../support/npm.ts'
import { startRegistry } from '../../support/registry/index.ts'
import { runProgram } from '../../support/spawn.ts'

const VERSION = '39.264.1'
const DOCUMENT = fileURLToPath(new URL('../../../docs/update-bots.md', import.meta.url))

interface Dependency {
  readonly depName: string
  readonly currentValue: string
  readonly currentDigest: string
  readonly replaceString: string
}

/** The folder of the package. */
async function install(): Promise<string> {
  const folder = join(tmpdir(), 'dock-lock-renovate')
  const installed = join(folder, 'node_modules/renovate')
  if (!existsSync(join(installed, 'dist/config-validator.js'))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=optional']
    await npm(folder, ['install', ...flags, `renovate@${VERSION}`])
  }
  return installed
}

/** Every JSON block of the document is a configuration that the validator accepts without a warning. */
async function validate(renovate: string): Promise<void> {
  const blocks = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^```json\n(.*?)^```$/gms)].map(
    ([, text = '']) => text,
  )
  assert.is(blocks.length, 3)
  for (const text of [...blocks, '{"packageRules":[{"matchManagers":"x","unknown":1}]}']) {
    // What only the bot may set is valid in its own configuration.
    const isGlobal = text.includes('allowedCommands')
    await withFolder({ 'renovate.json': text, 'config.js': `module.exports = ${text}` }, async cwd => {
      const { code, stdout, stderr } = await runProgram(
        process.execPath,
        [join(renovate, 'dist/config-validator.js'), '--strict', isGlobal ? 'config.js' : 'renovate.json'],
        { cwd, env: { PATH: process.env.PATH, HOME: cwd }, timeoutMs: 120_000 },
      )
      assert.is(code === 0, text !== '{"packageRules":[{"matchManagers":"x","unknown":1}]}', stdout + stderr)
    })
  }
  console.log(`${blocks.length} configurations are valid`)
}

/** Renovate finds the pins that dock-lock wrote; after it has changed one, dock-lock completes the lockfile. */
async function update(renovate: string): Promise<void> {
  const load = createRequire(import.meta.url)
  const { extractPackageFile } = load(join(renovate, 'dist/modules/manager/dockerfile/extract.js')) as {
    extractPackageFile(
      text: string,
      file: string,
      config: object,
    ): { readonly deps: readonly Dependency[] } | null
  }
  const registry = await startRegistry()
  try {
    for (const name of ['node', 'alpine', 'busybox']) registry.addImage(name, '1')
    const image = (name: string) => registry.reference(name, '1')
    const dockerfile = `ARG BASE=${image('node')}\nFROM \${BASE} AS build\nFROM ${image('alpine')}\nCOPY --from=${image('busybox')} /a /b\n`
    await withFolder({ Dockerfile: dockerfile }, async cwd => {
      const env = { PATH: process.env.PATH, HOME: cwd, DOCKER_HOST: 'unix:///nonexistent' }
      const run = async (...args: string[]) => runProgram(process.execPath, [CLI, ...args], { cwd, env })
      const read = (file: string) => readFileSync(join(cwd, file), 'utf8')
      assert.is((await run('--no-verify')).code, 0)
      const deps = extractPackageFile(read('Dockerfile'), 'Dockerfile', {})?.deps ?? []
      assert.equal(
        deps.map(({ depName, currentValue }) => `${depName}:${currentValue}`),
        ['node', 'alpine', 'busybox'].map(image),
      )
      for (const { depName, currentDigest, replaceString } of deps) {
        const moved = registry.moveTag(depName.slice(depName.indexOf('/') + 1), '1')
        const text = read('Dockerfile').replace(replaceString, replaceString.replace(currentDigest, moved))
        assert.ok(text.includes(moved), replaceString)
        writeFileSync(join(cwd, 'Dockerfile'), text)
      }
      const ahead = await run('check')
      assert.is(ahead.code, 1)
      assert.is(ahead.stdout.match(/the file is ahead/g)?.length, 3, ahead.stdout)
      assert.is((await run('check', '--allow-ahead')).code, 0)
      assert.is((await run('--no-verify')).code, 0)
      assert.is((await run('check', '--strict')).code, 0)
      assert.is(read('docker-images.lock').match(/platforms:/g)?.length, 3, read('docker-images.lock'))
    })
    console.log(
      'its Dockerfile manager finds the pins in ARG, FROM and COPY, and dock-lock accepts its digests',
    )
  } finally {
    await registry.close()
  }
}

const renovate = await install()
await validate(renovate)
await update(renovate)

/** The built command and library on each supported line of Node, from its oldest release where that is the limit. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { satisfies } from 'semver'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutEngine } from '../support/no-engine.ts'
import { plainEnv, REPOSITORY } from '../support/npm.ts'
import { startRegistry } from '../support/registry/index.ts'
import { runProgram } from '../support/spawn.ts'
import { nodeProgram, nodeVersions } from './support/nodes.ts'

interface Place {
  folder: string
}
const test = suite<Place>('node versions')
const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))

test.before(place => {
  place.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-node-'))
})
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }))

for (const wanted of nodeVersions) {
  test(`Node ${wanted}`, async ({ folder }) => {
    const node = await nodeProgram(wanted)
    const registry = await startRegistry()
    const project = join(folder, `project-${wanted}`)
    const env = plainEnv(withoutEngine(join(folder, `docker-${wanted}`)))
    const run = (...args: string[]) => runProgram(node, args, { cwd: project, env })
    const cli = join(REPOSITORY, manifest.bin['dock-lock'])
    try {
      mkdirSync(project)
      const { stdout: version } = await run('--version')
      assert.ok(version.startsWith(`v${wanted}.`) || version === `v${wanted}\n`, version)
      assert.ok(satisfies(version.trim(), manifest.engines.node), version)
      const { digest } = registry.addImage('o/base', '1', {})
      const name = registry.reference('o/base', '1')
      writeFileSync(join(project, 'Dockerfile'), `FROM ${name}\n`)
      writeFileSync(join(project, '.dock-lock.yaml'), 'platforms: [linux/amd64]\n')
      writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
      assert.is((await run(cli, '--version')).stdout, `${manifest.version}\n`)
      for (const args of [
        ['--help'],
        [],
        ['check'],
        ['ls', '--json'],
        ['outdated'],
        ['policy'],
        ['completion', 'bash'],
      ]) {
        const ran = await run(cli, ...args)
        assert.is(ran.code, 0, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`)
        // Not even a warning of Node.
        assert.not.match(ran.stderr, /warning|deprecat/i)
      }
      assert.is(readFileSync(join(project, 'Dockerfile'), 'utf8'), `FROM ${name}@${digest}\n`)
      const library = pathToFileURL(join(REPOSITORY, manifest.exports['.'].default))
      writeFileSync(
        join(folder, 'library.mjs'),
        `import { parseReference } from '${library}'\nconsole.log(parseReference('a:1').ok)\n`,
      )
      assert.is((await run(join(folder, 'library.mjs'))).stdout, 'true\n')
      await registry.down()
      assert.is((await run(cli, '--offline', '--no-verify')).code, 0)
    } finally {
      await registry.close()
    }
  })
}

test.run()

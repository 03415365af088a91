import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeFolders, planDockerPlugin } from '../../src/io/docker-plugin.ts'
import { writeAll } from '../../src/io/write.ts'
import { runProgram } from '../support/spawn.ts'

interface Place {
  folder: string
}
const test = suite<Place>('io/docker-plugin')

test.before.each(place => {
  place.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-plugin-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

const plan = (folder: string, env = {}) =>
  planDockerPlugin({ cwd: folder, env: { HOME: folder, ...env }, dist: join(folder, 'dist') })

async function install(folder: string, env = {}) {
  const plugin = await plan(folder, env)
  makeFolders(plugin)
  await writeAll(plugin.changes)
  return plugin
}

test('writes a program and a setting into ~/.docker, once', async ({ folder }) => {
  const { path, config } = await install(folder)
  assert.is(path, join(folder, '.docker/cli-plugins/docker-docklock'))
  assert.is(statSync(path).mode & 0o111, 0o111)
  assert.is(statSync(config).mode & 0o077, 0)
  const { plugins, features } = JSON.parse(readFileSync(config, 'utf8'))
  assert.match(plugins.docklock['error-hooks'], /(?:^|,)buildx build(?:,|$)/)
  assert.equal(features, { hooks: 'true' })
  assert.equal((await plan(folder)).changes, [])
})

test('DOCKER_CONFIG names the folder, also from the current one', async ({ folder }) => {
  const { path } = await install(folder, { DOCKER_CONFIG: 'other' })
  assert.is(path, join(folder, 'other/cli-plugins/docker-docklock'))
  assert.not(existsSync(join(folder, '.docker')))
})

test('everything else in the configuration stays, byte for byte', async ({ folder }) => {
  mkdirSync(join(folder, '.docker'))
  const start = '{\r\n    "auths": { "r.example": {"auth": "dXNlcjpwdw=="} },\r\n\r\n    "proxies": [ 1,2 ]'
  writeFileSync(join(folder, '.docker/config.json'), `${start}\r\n}`, { mode: 0o640 })
  const { config } = await install(folder)
  const text = readFileSync(config, 'utf8')
  assert.ok(text.startsWith(`${start},\r\n    "plugins": {\r\n        "docklock"`), text)
  assert.not.match(text.replaceAll('\r\n', ''), '\n')
  assert.is(statSync(config).mode & 0o777, 0o640)
})

test('an empty file, which docker accepts, and one of a single line', async ({ folder }) => {
  mkdirSync(join(folder, '.docker'))
  const file = join(folder, '.docker/config.json')
  for (const [text, start] of [
    ['', '{\n\t"plugins": {\n\t\t"docklock"'],
    [' \n', '{\n\t"plugins": {\n\t\t"docklock"'],
    ['{"plugins":{}}', '{"plugins":{\n\t\t"docklock"'],
  ] as const) {
    writeFileSync(file, text)
    await install(folder)
    const after = readFileSync(file, 'utf8')
    assert.ok(after.startsWith(start), after)
    assert.match(after, '\n\t"features": {\n\t\t"hooks": "true"\n\t}')
    assert.equal((await plan(folder)).changes, [])
  }
})

test('hooks that a person chose stay, on or off', async ({ folder }) => {
  mkdirSync(join(folder, '.docker'))
  for (const [hooks, state] of [
    ['"true"', 'on'],
    ['"1"', 'on'],
    ['"false"', 'off'],
    ['"0"', 'off'],
  ]) {
    const text = `{"features": {"hooks": ${hooks}}, "plugins": {"docklock": {"error-hooks": "pull"}}}`
    writeFileSync(join(folder, '.docker/config.json'), text)
    const plugin = await install(folder)
    assert.is(plugin.hooks, state)
    assert.is(readFileSync(plugin.config, 'utf8'), text)
  }
})

test('links stay links', async ({ folder }) => {
  for (const name of ['.docker', 'dotfiles', 'plugins']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'dotfiles/docker.json'), '{}')
  symlinkSync('../dotfiles/docker.json', join(folder, '.docker/config.json'))
  symlinkSync('../plugins', join(folder, '.docker/cli-plugins'))
  await install(folder)
  assert.match(readFileSync(join(folder, 'dotfiles/docker.json'), 'utf8'), 'docklock')
  assert.ok(existsSync(join(folder, 'plugins/docker-docklock')))
})

test('npx, whose cache is emptied, is refused', async ({ folder }) => {
  const dist = join(folder, '.npm/_npx/0123/node_modules/dock-lock/dist')
  let message = ''
  await planDockerPlugin({ cwd: folder, env: { HOME: folder }, dist }).catch(error => {
    message = error.message
  })
  assert.match(message, 'npx')
})

test('the program says what to do if dock-lock is gone', async ({ folder }) => {
  const { path, program } = await install(folder)
  const ran = await runProgram(path, ['docker-cli-plugin-metadata'])
  assert.is(ran.code, 2)
  assert.match(ran.stderr, `${program} is gone`)
})

test('quotes in paths do no harm', async ({ folder }) => {
  const place = join(folder, "it's $(touch x) here")
  mkdirSync(join(place, 'dist'), { recursive: true })
  writeFileSync(join(place, 'dist/cli.cjs'), 'console.log(process.argv.slice(2).join())')
  const { path } = await install(place)
  const ran = await runProgram(path, ['docklock', 'a b'])
  assert.is(ran.stdout, 'docker-plugin,docklock,a b\n', ran.stderr)
})

test.run()

/** Which builder: as the files say in which buildx keeps them. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StoreSelector } from '../../../src/core/selector.ts'
import { chooseBuilder } from '../../../src/stores/builder/choice.ts'
import { failureOf } from '../../support/failure.ts'
import { type Files, withFolder } from '../../support/folder.ts'

const test = suite('builder choice')

const SOCKET = 'unix:///var/run/docker.sock'
const instance = (Name: string, Driver: string, Endpoint = SOCKET) =>
  JSON.stringify({ Name, Driver, Nodes: [{ Name: `${Name}0`, Endpoint, Platforms: null }] })
const context = (name: string, Host: string): Files => ({
  [`contexts/meta/${createHash('sha256').update(name).digest('hex')}/meta.json`]: JSON.stringify({
    Name: name,
    Endpoints: { docker: { Host } },
  }),
})
const current = (Name: string, Key = SOCKET, Global = false): Files => ({
  'buildx/current': JSON.stringify({ Key, Name, Global }),
})
const hash = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 20)
const BUILDERS: Files = {
  'buildx/instances/farm': instance('farm', 'docker-container'),
  'buildx/instances/pods': instance('Pods', 'kubernetes', 'kubernetes:///pods'),
  'buildx/instances/plain': instance('plain', 'docker', 'far'),
  'buildx/instances/here': instance('here', 'docker', 'unix:///x.sock'),
  ...context('far', 'tcp://far:2375'),
}

/** The choice in one line. */
async function choose(
  files: Files,
  selector: StoreSelector = {},
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return withFolder({ ...BUILDERS, ...files }, async root => {
    const choice = await chooseBuilder(selector, { DOCKER_CONFIG: root, ...env })
    if (choice === undefined) return 'no builder'
    if ('engine' in choice) return `engine ${choice.engine.host ?? choice.engine.context}`
    return `${choice.builder.name} ${choice.builder.driver} ${choice.builder.source}`
  })
}

test('nothing names one, and nobody has used buildx', () =>
  withFolder({}, async DOCKER_CONFIG => {
    assert.is(await chooseBuilder({}, { DOCKER_CONFIG }), undefined)
    assert.is(await chooseBuilder({}, { DOCKER_CONFIG: join(DOCKER_CONFIG, 'gone') }), undefined)
  }))

test('the option goes before the variable, the variable before the one in use', async () => {
  const used = current('plain')
  const set = { BUILDX_BUILDER: 'pods' }
  assert.is(await choose(used, { builder: 'farm' }, set), 'farm docker-container --builder')
  assert.is(await choose(used, {}, set), 'Pods kubernetes BUILDX_BUILDER')
  assert.is(await choose(used), 'engine far')
  assert.is(await choose(used, {}, { BUILDX_BUILDER: '' }), 'engine far')
})

test('whoever names an engine means no builder', async () => {
  for (const selector of [{ host: 'unix:///a' }, { context: 'far' }, { context: 'default' }])
    assert.is(await choose(current('farm'), selector, { BUILDX_BUILDER: 'farm' }), 'no builder')
})

test('a builder of an engine, and a context, are that engine', async () => {
  assert.is(await choose({}, { builder: 'plain' }), 'engine far')
  assert.is(await choose({}, { builder: 'here' }), 'engine unix:///x.sock')
  assert.is(await choose({}, { builder: 'far' }), 'engine far')
  assert.is(await choose({}, { builder: 'default' }), 'engine default')
  assert.is(await choose({ 'buildx/instances/old': '{"Name":"old"}' }, { builder: 'old' }), 'engine default')
})

test('names are found in any case', async () => {
  assert.is(await choose({}, { builder: 'FARM' }), 'farm docker-container --builder')
})

test('the one in use holds for the engine for which it was chosen, or for all', async () => {
  const farm = 'farm docker-container current'
  assert.is(await choose(current('farm')), farm)
  assert.is(await choose(current('farm'), {}, { DOCKER_HOST: SOCKET }), farm)
  assert.is(await choose(current('farm'), {}, { DOCKER_HOST: 'tcp://x:1' }), 'no builder')
  assert.is(await choose(current('farm', 'tcp://x:2375'), {}, { DOCKER_HOST: 'x' }), farm)
  assert.is(await choose(current('farm'), {}, { DOCKER_CONTEXT: 'far' }), 'no builder')
  assert.is(await choose(current('farm', 'far'), {}, { DOCKER_CONTEXT: 'far' }), farm)
  assert.is(await choose({ ...current('farm', 'far'), 'config.json': '{"currentContext":"far"}' }), farm)
  assert.is(await choose(current('farm', 'far', true)), farm)
  assert.is(await choose(current('gone', SOCKET, true)), 'no builder')
  assert.is(await choose(current('')), 'no builder')
})

test('a default of the engine is used where nothing else is', async () => {
  const defaults: Files = { [`buildx/defaults/${hash(SOCKET)}`]: 'farm' }
  assert.is(await choose({ ...defaults, ...current('') }), 'farm docker-container current')
  assert.is(await choose({ ...defaults, ...current('pods', 'far') }), 'farm docker-container current')
  assert.is(await choose({ ...defaults, ...current('pods') }), 'Pods kubernetes current')
  assert.is(await choose({ ...defaults, ...current('') }, {}, { DOCKER_CONTEXT: 'far' }), 'no builder')
})

test('BUILDX_CONFIG is another folder', () =>
  withFolder({ 'instances/farm': instance('farm', 'remote') }, async BUILDX_CONFIG => {
    assert.is(await choose({}, { builder: 'farm' }, { BUILDX_CONFIG }), 'farm remote --builder')
  }))

test('what nobody knows is an error that names the others, and never a path', async () => {
  for (const name of ['gone', '../../config.json', 'instances/farm', '-x', 'a\u001b[31m']) {
    const failure = await failureOf(() => choose({ 'config.json': '{"Driver":"remote"}' }, { builder: name }))
    assert.is(failure.code, 'usage')
    assert.match(failure.hint ?? '', /There is default, farm, here, plain, pods;/)
    assert.not.match(failure.message, /\u001b/)
  }
  const failure = await failureOf(() => choose({}, {}, { BUILDX_BUILDER: 'gone' }))
  assert.is(failure.code, 'config')
  assert.match(failure.message, /BUILDX_BUILDER: there is no builder "gone"/)
})

test('a file that is broken is named', async () => {
  for (const files of [{ 'buildx/current': '{' }, { 'buildx/instances/farm': 'x', ...current('farm') }]) {
    const failure = await failureOf(() => choose(files))
    assert.is(failure.code, 'config')
    assert.match(failure.message, /buildx.*is not JSON/)
  }
})

test.run()

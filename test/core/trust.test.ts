import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isDockerHub,
  reportedBy,
  routesTo,
  routesToMirror,
  type SourcedSelector,
  sourceOfEngine,
  verifiesTls,
} from '../../src/core/trust.ts'

const test = suite('core/trust')

test('every name of Docker Hub is Docker Hub, and no other', () => {
  for (const host of [
    'docker.io',
    'DOCKER.io',
    'docker.io.',
    'docker.io:443',
    'docker.io.:80',
    'index.docker.io',
    'registry-1.docker.io',
    'registry-1.docker.io:5000',
    'auth.docker.io',
    'registry.hub.docker.com',
    'hub.docker.com',
  ])
    assert.ok(isDockerHub(host), host)
  for (const host of [
    'notdocker.io',
    'docker.io.example',
    'docker.io:443.example',
    'docker.ioo',
    'ghcr.io',
    '',
  ])
    assert.not.ok(isDockerHub(host), host)
})

const MUTE = { loopback: false, insecureByUser: false, insecureByRepository: false }

test('whoever makes a host less private, credentials go where the user allows it', () => {
  for (const loopback of [true, false])
    for (const insecureByUser of [true, false])
      for (const insecureByRepository of [true, false])
        for (const host of ['ghcr.io', 'index.docker.io'])
          for (const routes of [
            routesTo(host, { loopback, insecureByUser, insecureByRepository }),
            routesToMirror('https:', host, 'repository', { loopback, insecureByUser, insecureByRepository }),
          ]) {
            assert.ok(routes.length > 0)
            for (const { scheme, verifyTls, anonymous } of routes) {
              assert.not.ok(scheme === 'http:' && verifyTls)
              if (!verifyTls && !loopback && !insecureByUser) {
                assert.ok(anonymous !== undefined)
                assert.is(host, 'ghcr.io')
              } else assert.is(anonymous, undefined)
            }
          }
  assert.ok(verifiesTls('ghcr.io', { ...MUTE, insecureByRepository: true }, true))
  assert.not.ok(verifiesTls('ghcr.io', { ...MUTE, insecureByRepository: true }, false))
  assert.ok(verifiesTls('auth.docker.io', { ...MUTE, insecureByRepository: true }, false))
  assert.not.ok(verifiesTls('ghcr.io', { ...MUTE, insecureByUser: true }, true))
})

test('an http mirror of the repository is anonymous also where the user declared its host insecure', () => {
  const trust = { ...MUTE, insecureByUser: true }
  assert.is(routesToMirror('http:', 'r.example', 'user', trust)[0]?.anonymous, undefined)
  assert.ok(routesToMirror('http:', 'r.example', 'repository', trust)[0]?.anonymous)
  assert.ok(routesToMirror('http:', 'index.docker.io', 'user', trust)[0]?.anonymous)
})

test('what an engine of the repository reports decides nothing', () => {
  const info = {
    name: 'Docker',
    mirrors: ['http://m'],
    insecureRegistries: ['ghcr.io'],
    insecureCidrs: ['0.0.0.0/0'],
    rules: [1],
  }
  assert.is(reportedBy('user', info), info)
  assert.equal(reportedBy('repository', info), {
    name: 'Docker',
    mirrors: [],
    insecureRegistries: [],
    insecureCidrs: [],
  })
})

const facts = {
  trusted: ['tcp://build-1', 'tcp://Build-2:2376/', 'ssh://ci@build-3:22/run/docker.sock'],
  isInProject: (path: string) => path.startsWith('/project/'),
}
const named = (host: string): SourcedSelector => ({ selector: { host }, source: 'repository' })

test('whose an engine is that the repository names', () => {
  for (const host of [
    'unix:///var/run/docker.sock',
    'unix:///run/user/1000/docker.sock',
    'npipe:////./pipe/docker_engine',
    'npipe://\\\\.\\pipe\\docker_engine',
    'tcp://build-1:2375',
    'tcp://BUILD-1',
    'tcp://build-2:2376',
    'ssh://ci@build-3:22/run/docker.sock',
  ])
    assert.is(sourceOfEngine(named(host), facts), 'user', host)
  for (const host of [
    'tcp://attacker:2375',
    'tcp://127.0.0.1:2375',
    'tcp://localhost',
    'tcp://build-1:2376',
    'tcp://build-1.:2375',
    'tcp://build-1:2375@attacker',
    'tcp://build-1/other',
    'tcp://build-2',
    'ssh://build-3',
    'ssh://root@build-3:22/run/docker.sock',
    'ssh://CI@build-3:22/run/docker.sock',
    'ssh://attacker',
    'unix:///project/x.sock',
    'unix://x.sock',
    'unix://./x.sock',
    'unix://@abstract',
    'unix://\0abstract',
    'unix:///run/a\0b',
    'npipe:////server/pipe/docker_engine',
    'npipe:////./pipe/../x',
    'npipe:////./pipe/..',
    'npipe:///project/x.sock',
    'npipe:///run/x.sock',
    'npipe://\\\\server\\pipe\\docker_engine',
  ])
    assert.is(sourceOfEngine(named(host), facts), 'repository', host)
})

test('contexts and builders are the user’s, and so is all that the user names', () => {
  for (const selector of [{}, { context: 'far' }, { context: '../../x' }, { builder: 'arm' }])
    assert.is(sourceOfEngine({ selector, source: 'repository' }, facts), 'user')
  assert.is(sourceOfEngine({ selector: { host: 'tcp://anywhere' }, source: 'user' }, facts), 'user')
})

test.run()

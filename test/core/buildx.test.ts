import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readInspection } from '../../src/core/buildx.ts'
import { asPlatform } from '../support/platform.ts'

const test = suite('core/buildx')
const RUNNING = `Name:          farm
Driver:        docker-container
Last Activity: 2026-11-24 02:12:17 +0000 UTC

Nodes:
Name:             farm0
Endpoint:         unix:///var/run/docker.sock
Status:           running
BuildKit version: v0.25.1
Platforms:        linux/amd64, linux/amd64/v2, linux/386
Labels:
 org.mobyproject.buildkit.worker.executor: oci
GC Policy rule#0:
 All:            false
Name:             farm1
Endpoint:         ssh://farm
Error:            no such host
`
const listing = (platforms: string) => RUNNING.replace(/linux\/amd64, .*/, platforms)

test('what it says of the builder and its nodes is read as far as it goes', () => {
  for (const text of ['', 'no such thing']) assert.equal(readInspection(text), { driver: '', nodes: [] })
  const { driver, nodes } = readInspection(RUNNING)
  assert.is(driver, 'docker-container')
  assert.equal(
    nodes.map(({ name, status, version, error }) => [name, status, version, error]),
    [
      ['farm0', 'running', 'v0.25.1', ''],
      ['farm1', '', '', 'no such host'],
    ],
  )
})

test('the platform of a node is the first, unless its user gave it platforms', () => {
  assert.equal(readInspection(RUNNING).nodes[0]?.platform, asPlatform('linux/amd64'))
  for (const platforms of ['linux/arm64*, linux/amd64', 'linux/amd64*', ''])
    assert.is(readInspection(listing(platforms)).nodes[0]?.platform, undefined)
})

test('line ends and the name of the version may differ', () => {
  assert.is(readInspection(RUNNING.replaceAll('\n', '\r\n')).nodes[0]?.version, 'v0.25.1')
  for (const name of ['Buildkit:', 'BuildKit:'])
    assert.is(readInspection(RUNNING.replace('BuildKit version:', name)).nodes[0]?.version, 'v0.25.1')
})

test('the driver is that of the builder, whatever its nodes say', () => {
  const text = RUNNING.replace('Driver:        docker-container\n', '').replace(
    'Status:',
    'Driver: docker\nStatus:',
  )
  assert.is(readInspection(text).driver, '')
})

test.run()

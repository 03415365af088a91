import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writtenSettings } from '../../src/core/setting.ts'

const test = suite('core/setting')

const settingsOf = (written: Readonly<Record<string, unknown>>) =>
  writtenSettings(written, 'repository', path => ({ file: path.join('/'), line: 1, column: 1 })).map(
    ({ name, values, place }) => [name, values, place?.file],
  )

test('one for each entry of a mapping, and of a list of mappings', () =>
  assert.equal(
    settingsOf({
      pin: 'policy',
      platforms: ['linux/amd64', 'linux/arm64'],
      buildArgs: { A: 'a:1', B: ['b:1', 'b:2'] },
      files: { exclude: '*.old' },
      ignore: [{ files: ['x', 'y'], reason: 'old' }],
      registries: { 'docker.io': { mirrors: ['https://m.example'], insecure: false } },
    }),
    [
      ['pin', ['policy'], 'pin'],
      ['platforms', ['linux/amd64', 'linux/arm64'], 'platforms'],
      ['buildArgs.A', ['a:1'], 'buildArgs/A'],
      ['buildArgs.B', ['b:1', 'b:2'], 'buildArgs/B'],
      ['files.exclude', ['*.old'], 'files/exclude'],
      ['ignore[0]', ['files: x, y', 'reason: old'], 'ignore/0'],
      ['registries.docker.io', ['mirrors: https://m.example', 'insecure: false'], 'registries/docker.io'],
    ],
  ))

test('an empty list or mapping sets nothing', () => {
  assert.equal(settingsOf({}), [])
  assert.equal(settingsOf({ platforms: [], buildArgs: {} }), [['platforms', [], 'platforms']])
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readUserConfig, userConfigPath } from '../../src/io/user-config.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/user-config')
const NOTHING = { registries: {}, stores: [], trust: [] }

test('it is in XDG_CONFIG_HOME, else in ~/.config; a relative folder does not count', () => {
  for (const [env, path] of [
    [{ HOME: '/home/me' }, '/home/me/.config/dock-lock/config.yaml'],
    [{ HOME: '/home/me', XDG_CONFIG_HOME: '/etc/me' }, '/etc/me/dock-lock/config.yaml'],
    [{ HOME: '/home/me', XDG_CONFIG_HOME: '' }, '/home/me/.config/dock-lock/config.yaml'],
    [{ HOME: '/home/me', XDG_CONFIG_HOME: '.config' }, '/home/me/.config/dock-lock/config.yaml'],
  ] as const)
    assert.is(userConfigPath(env), path)
})

test('none, and an empty one, say nothing', async () => {
  await withFolder({}, async home =>
    assert.equal(await readUserConfig('/nonexistent', { HOME: home }), NOTHING),
  )
  await withFolder({ '.config/dock-lock/config.yaml': '# nothing\n' }, async home =>
    assert.equal(await readUserConfig('/nonexistent', { HOME: home }), NOTHING),
  )
})

test('all that can be said is read, and counts as the user’s', () =>
  withFolder(
    {
      'dock-lock/config.yaml': `registries:
  r.example: {insecure: true}
stores: [{host: 'tcp://a:1'}]
trust: ['tcp://b:2', 'ssh://me@c']
`,
    },
    async folder =>
      assert.equal(await readUserConfig('/nonexistent', { XDG_CONFIG_HOME: folder }), {
        registries: { 'r.example': { insecure: true } },
        stores: [
          {
            selector: { host: 'tcp://a:1' },
            source: 'user',
            place: { file: `${folder}/dock-lock/config.yaml`, line: 3, column: 10 },
          },
        ],
        trust: ['tcp://b:2', 'ssh://me@c'],
      }),
  ))

test('what is wrong is said with its path and place', async () => {
  for (const [text, where, message] of [
    ['registries: {}\nplatforms: []\n', '2:1', /unknown setting "platforms"/],
    ['trust:\n  - build-1\n', '2:5', /tcp:\/\/host:port/],
    ['trust: [\n', '2:1', /./],
    ['- a\n', '1:1', /mapping/],
    ['stores:\n  - host: x\n', '2:5', /tcp:\/\/host:port/],
  ] as const)
    await withFolder({ 'dock-lock/config.yaml': text }, async folder => {
      const error = await failureOf(readUserConfig('/nonexistent', { XDG_CONFIG_HOME: folder }))
      assert.is(error.code, 'config')
      assert.is(whereOf(error), `${folder}/dock-lock/config.yaml:${where}`)
      assert.match(error.message, message)
    })
  await withFolder({ 'dock-lock/config.yaml/x': '' }, async folder => {
    const error = await failureOf(readUserConfig('/nonexistent', { XDG_CONFIG_HOME: folder }))
    assert.match(error.message, `${folder}/dock-lock/config.yaml cannot be read`)
  })
})

test('one that lies in the project is refused: a repository could bring it', () =>
  withFolder({ '.config/dock-lock/config.yaml': 'trust: []\n' }, async root => {
    const error = await failureOf(readUserConfig(root, { HOME: root }))
    assert.match(error.message, 'is in the project')
    await failureOf(readUserConfig(root, { HOME: '/nonexistent', XDG_CONFIG_HOME: `${root}/.config` }))
  }))

test.run()

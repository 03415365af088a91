import { homedir } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { homeFolder } from '../../src/lib/home.ts'

const test = suite('lib/home')
const both = { HOME: '/home/me', USERPROFILE: 'C:\\Users\\me' }

test('each system has its variable, and the other one means nothing', () => {
  assert.is(homeFolder(both, 'linux'), '/home/me')
  assert.is(homeFolder(both, 'darwin'), '/home/me')
  assert.is(homeFolder(both, 'win32'), 'C:\\Users\\me')
  assert.is(homeFolder({ USERPROFILE: both.USERPROFILE }, 'linux'), homedir())
  assert.is(homeFolder({ HOME: both.HOME }, 'win32'), homedir())
})

test('without it, or with an empty one, the system knows', () => {
  assert.is(homeFolder({}), homedir())
  assert.is(homeFolder({ HOME: '', USERPROFILE: '' }), homedir())
})

test.run()

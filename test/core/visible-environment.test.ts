import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { visibleEnvironment } from '../../src/core/visible-environment.ts'

const test = suite('core/visible-environment')

test('secrets are not visible, other variables are', () => {
  const secrets = {
    GITHUB_TOKEN: 'x',
    DB_PASSWORD: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    SECRET_KEY_BASE: 'x',
    npm_token: 'x',
    REGISTRY_AUTH: 'x',
    DOCKER_AUTH_CONFIG: '{}',
    DATABASE_URL: 'postgres://user:pw@host/db',
    OTHER: 'ghp_abcdef',
  }
  const harmless = {
    NODE_VERSION: '22',
    TAG: '1',
    KEYCLOAK_VERSION: '26',
    TOKEN_SERVICE_IMAGE: 'team/tokens:1',
    MONKEY: 'y',
    AUTHOR: 'me',
    REGISTRY_URL: 'https://registry.example.com',
    EMPTY: '',
  }
  const visible = visibleEnvironment({ ...secrets, ...harmless })
  assert.equal(
    { ...visible },
    {
      ...Object.fromEntries(Object.keys(secrets).map(name => [name, `<${name}>`])),
      ...harmless,
    },
  )
})

test('names of an object of JavaScript are not set', () => {
  const visible = visibleEnvironment({})
  for (const name of ['constructor', 'toString', '__proto__']) assert.is(visible[name], undefined)
})

test.run()

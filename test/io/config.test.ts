import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../src/io/config.ts'
import { readConfig } from '../../src/io/config-file.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { withFolder, writeFiles } from '../support/folder.ts'

const test = suite('io/config')
const NO_FILES = { include: [], exclude: [], compose: [] }
const EMPTY = {
  registries: {},
  buildArgs: {},
  platforms: [],
  stores: [],
  pin: 'files',
  files: NO_FILES,
  ignore: [],
  updates: [],
}

test('none, an empty one and one of comments say nothing', async () => {
  await withFolder({}, async root => assert.equal(await readConfig(root), EMPTY))
  for (const text of ['', '# nothing\n', '{}', '---\n', 'null\n'])
    assert.equal(await parseConfig(text), EMPTY, text)
})

test('all that can be said is read', () =>
  withFolder(
    {
      '.dock-lock.yaml': `registries:
  docker.io:
    mirrors: [https://mirror.example, 'http://localhost:5000/path']
  localhost:5001:
    insecure: true
buildArgs:
  NODE: [20, 22]
  BASE: alpine
platforms: [linux/amd64, linux/arm64/v8]
stores:
  - host: tcp://build-1:2376
  - context: far
  - builder: arm
pin: policy
files:
  include: ops/*.build
  exclude: [legacy/, '*.template']
  compose: [[compose.yaml, ./ci.yaml], one.yaml]
ignore:
  - files: legacy/
    reason: not built any more
  - images: ['base', 'ci-*']
    reason: built here
updates:
  - images: node
    range: '>=22 <25'
    exclude: ['23*', '*-rc*']
  - images: [postgres, 'ghcr.io/acme/*']
    semver: minor
  - minAge: 7d
`,
    },
    async root =>
      assert.equal(await readConfig(root), {
        registries: {
          'docker.io': { mirrors: ['https://mirror.example', 'http://localhost:5000/path'] },
          'localhost:5001': { insecure: true },
        },
        buildArgs: { NODE: ['20', '22'], BASE: ['alpine'] },
        platforms: [
          { os: 'linux', architecture: 'amd64' },
          { os: 'linux', architecture: 'arm64', variant: 'v8' },
        ],
        stores: [{ host: 'tcp://build-1:2376' }, { context: 'far' }, { builder: 'arm' }].map(
          (selector, index) => ({
            selector,
            source: 'repository',
            place: { file: '.dock-lock.yaml', line: 11 + index, column: 5 },
          }),
        ),
        pin: 'policy',
        files: {
          include: ['ops/*.build'],
          exclude: ['legacy/', '*.template'],
          compose: [['compose.yaml', 'ci.yaml'], ['one.yaml']],
        },
        ignore: [
          { files: 'legacy/', reason: 'not built any more' },
          { images: ['base', 'ci-*'], reason: 'built here' },
        ].map(rule => ('files' in rule ? { ...rule, files: [rule.files] } : rule)),
        updates: [
          { images: ['node'], range: '>=22 <25', exclude: ['23*', '*-rc*'] },
          { images: ['postgres', 'ghcr.io/acme/*'], semver: 'minor' },
          { minAge: 604_800_000 },
        ],
      }),
  ))

test('the value of an ARG is what stands there, not the number that YAML makes of it', async () => {
  const { buildArgs } = await parseConfig(`buildArgs:
  ONE: 20.10
  TWO: [3.20, 1.0, 0x10, 1e3, 007, "3.30"]
  THREE: 12345678901234567890
`)
  assert.equal(buildArgs, {
    ONE: ['20.10'],
    TWO: ['3.20', '1.0', '0x10', '1e3', '007', '3.30'],
    THREE: ['12345678901234567890'],
  })
})

const REFUSED: readonly [what: string, text: string, where: string, message: RegExp][] = [
  ['a list', '- a\n', '1:1', /mapping/],
  ['a text', 'hello\n', '1:1', /mapping/],
  ['an unknown setting', 'platforms: []\nregistry: x\n', '2:1', /unknown setting "registry"/],
  ['an unknown setting without a value', 'platforms: []\nregistry:\n', '2:1', /unknown setting "registry"/],
  ['a name that every object has', 'toString: 1\n', '1:1', /unknown setting "toString"/],
  ['another such', '__proto__: {}\n', '1:1', /unknown setting "__proto__"/],
  ['registries as a list', 'registries: [docker.io]\n', '1:1', /"registries" must be a mapping/],
  ['registries without a value', 'registries:\n', '1:1', /"registries" must be a mapping/],
  ['a registry as text', 'registries:\n  docker.io: x\n', '2:3', /mirrors/],
  [
    'an unknown setting of a registry',
    'registries:\n  docker.io:\n    mirror: x\n',
    '3:5',
    /unknown setting "mirror"/,
  ],
  ['another name of Docker Hub', 'registries:\n  index.docker.io: {}\n', '2:3', /docker\.io for Docker Hub/],
  ['a registry as a URL', 'registries:\n  "https://r.example": {}\n', '2:3', /HOST:PORT/],
  ['a registry with a path', 'registries:\n  r.example/team: {}\n', '2:3', /HOST:PORT/],
  ['one mirror as text', 'registries:\n  docker.io:\n    mirrors: https://x\n', '3:5', /list/],
  ['a mirror that is no URL', 'registries:\n  docker.io:\n    mirrors: [x.example]\n', '3:15', /URL/],
  [
    'a mirror with credentials that have a space in them',
    'registries:\n  a.b:\n    mirrors: ["https://u:p@ s3cret@x"]\n',
    '3:15',
    /URL/,
  ],
  ['a mirror with a query', 'registries:\n  docker.io:\n    mirrors: ["https://x?y"]\n', '3:15', /URL/],
  [
    'a mirror with credentials',
    'registries:\n  a.b:\n    mirrors: ["https://u:s3cret@x"]\n',
    '3:15',
    /credentials/,
  ],
  ['files as a list', 'files: [a]\n', '1:1', /"include", "exclude" or "compose"/],
  ['an unknown setting of files', 'files:\n  only: a\n', '2:3', /unknown setting "only"/],
  ['an empty pattern', 'files:\n  include: [""]\n', '2:3', /"include" must be a pattern/],
  ['Compose files as a mapping', 'files:\n  compose: {a: b}\n', '2:3', /must be a list of lists/],
  ['no Compose file in a list', 'files:\n  compose: [[]]\n', '2:13', /a list of Compose files/],
  ['too many patterns', `files:\n  exclude: [${'a,'.repeat(257)}]\n`, '2:3', /more than 256/],
  ['a long pattern', `files:\n  exclude: ${'a'.repeat(513)}\n`, '2:3', /longer than 512/],
  ['insecure as text', 'registries:\n  docker.io:\n    insecure: "true"\n', '3:5', /true or false/],
  ['a registry whose name YAML takes for a number', 'registries:\n  5000: x\n', '2:3', /mirrors/],
  ['ARGs as a list', 'buildArgs: [A=1]\n', '1:1', /mapping/],
  ['an ARG without a value', 'buildArgs:\n  A:\n', '2:3', /text/],
  ['an ARG that is true', 'buildArgs:\n  A: true\n', '2:3', /text/],
  ['an ARG of mappings', 'buildArgs:\n  A: [{}]\n', '2:3', /text/],
  ['a platform as text', 'platforms: linux/amd64\n', '1:1', /list/],
  ['an odd platform', 'platforms:\n  - linux/amd64\n  - linux/a b\n', '3:5', /linux\/a b/],
  ['what the user trusts', 'platforms: []\ntrust: [tcp://a]\n', '2:1', /dock-lock\/config\.yaml/],
  ['stores as a mapping', 'stores: {host: tcp://a}\n', '1:1', /list/],
  ['a store as text', 'stores:\n  - tcp://a\n', '2:5', /"host", "context" or "builder"/],
  ['a store of nothing', 'stores:\n  - {}\n', '2:5', /"host", "context" or "builder"/],
  ['an unknown kind of store', 'stores:\n  - engine: a\n', '2:5', /unknown setting "engine"/],
  ['two stores in one', 'stores:\n  - host: tcp://a\n    context: b\n', '3:5', /the next store/],
  ['a store without a value', 'stores:\n  - context:\n', '2:5', /"context" must be text/],
  ['a host with a control character', 'stores:\n  - host: "unix:///a\\tb"\n', '2:5', /tcp:\/\/host:port/],
  ['a host that ends in a blank', 'stores:\n  - host: "unix:///a "\n', '2:5', /tcp:\/\/host:port/],
  ['a host without a scheme', 'stores:\n  - host: build-1:2375\n', '2:5', /tcp:\/\/host:port/],
  ['a host with a password', 'stores:\n  - host: ssh://u:s3cret@a\n', '2:5', /password/],
  ['another pin', 'pin: digest\n', '1:1', /files or policy/],
  ['ignore as a mapping', 'ignore: {}\n', '1:1', /list/],
  ['ignore without a reason', 'ignore:\n  - files: x\n', '2:5', /reason/],
  ['ignore with a blank reason', 'ignore:\n  - files: x\n    reason: " "\n', '2:5', /reason/],
  ['ignore with files and images', 'ignore:\n  - {files: x, images: y, reason: z}\n', '2:5', /either/],
  ['ignore with neither', 'ignore:\n  - reason: z\n', '2:5', /either/],
  [
    'ignore with something else',
    'ignore:\n  - {files: x, reason: z, until: 1}\n',
    '2:27',
    /unknown setting "until"/,
  ],
  ['a setting twice', 'pin: files\npin: policy\n', '2:1', /./],
  ['an alias', 'platforms: &a [linux/amd64]\nignore: *a\n', '1:15', /aliases/],
  ['no YAML', 'platforms: [\n', '2:1', /./],
  ['two documents', 'pin: files\n---\npin: files\n', '2:1', /./],
]
for (const [what, text, where, message] of REFUSED) {
  test(`refused with its place: ${what}`, async () => {
    const error = await failureOf(() => parseConfig(text))
    assert.is(error.code, 'config')
    assert.match(error.message, message)
    assert.is(whereOf(error), `.dock-lock.yaml:${where}`)
    assert.match(error.hint ?? '', /schema/)
    assert.not.match(error.message, /s3cret/)
  })
}

test('a folder in its place is told', () =>
  withFolder({ '.dock-lock.yaml/x': '' }, async root => {
    const error = await failureOf(() => readConfig(root))
    assert.equal([error.code, whereOf(error)], ['config', '.dock-lock.yaml:1:1'])
  }))

test('.dock-lock.yml is read like .dock-lock.yaml; both are an error', () =>
  withFolder({ '.dock-lock.yml': 'pin: policy\n' }, async root => {
    assert.is((await readConfig(root)).pin, 'policy')
    writeFiles(root, { '.dock-lock.yml': 'pin: what\n' })
    assert.is(whereOf(await failureOf(() => readConfig(root))), '.dock-lock.yml:1:1')
    writeFiles(root, { '.dock-lock.yaml': '', '.dock-lock.yml': '' })
    const error = await failureOf(() => readConfig(root))
    assert.equal([error.code, whereOf(error)], ['config', '.dock-lock.yml:1:1'])
    assert.match(error.message, /two configs: \.dock-lock\.yaml and \.dock-lock\.yml/)
    assert.match(error.hint ?? '', /delete \.dock-lock\.yml/)
  }))
test('a socket and an ssh path may have blanks', async () => {
  for (const host of [
    'unix:///a/Application Support/docker.sock',
    'ssh://h/my sock/x',
    'npipe:////./pipe/my engine',
  ])
    await withFolder({ '.dock-lock.yaml': `stores:\n  - host: ${host}\n` }, async root =>
      assert.equal((await readConfig(root)).stores[0]?.selector, { host }),
    )
})

test.run()

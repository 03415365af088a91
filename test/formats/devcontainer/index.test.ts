import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BuildOptions } from '../../../src/core/build.ts'
import {
  type DevcontainerRead,
  devcontainer,
  readDevcontainer,
} from '../../../src/formats/devcontainer/index.ts'

const test = suite('devcontainer')
const OPTIONS: BuildOptions = { args: {}, platforms: [] }
const PATH = '.devcontainer/devcontainer.json'

function read(
  text: string,
  {
    path = PATH,
    env = {},
    options = OPTIONS,
  }: { path?: string; env?: Record<string, string>; options?: BuildOptions } = {},
): Promise<DevcontainerRead> {
  const project = {
    root: '/home/me/shop',
    env,
    read: async (file: string) =>
      file === path ? ({ kind: 'text', text } as const) : ({ kind: 'missing' } as const),
  }
  return readDevcontainer(path, project, options)
}

/** What is known of each image. */
function images({ occurrences }: DevcontainerRead, text: string): unknown {
  return occurrences.map(occurrence => {
    const { kind, place, range } = occurrence
    const written = text.slice(range.start, range.end)
    const common = [kind, occurrence.text, written, `${place.line}:${place.column}`]
    if (kind !== 'image') return [...common, occurrence.kind === 'variable' ? occurrence.names : undefined]
    const { pin } = occurrence
    return [
      ...common,
      pin.kind === 'here' ? text.slice(0, pin.range.start).length : [pin.reason, ...pin.names],
    ]
  })
}

test('the names of the specification match', () => {
  for (const path of [
    PATH,
    '.devcontainer.json',
    'a/.devcontainer.json',
    '.devcontainer/go/devcontainer.json',
    'a/b/.devcontainer/devcontainer.json',
  ])
    assert.ok(devcontainer.matches(path), path)
  for (const path of [
    'devcontainer.json',
    '.devcontainer/a/b/devcontainer.json',
    'x.devcontainer.json',
    '.devcontainer/x.json',
  ])
    assert.not.ok(devcontainer.matches(path), path)
})

test('an image, with comments and a trailing comma', async () => {
  const text =
    '// a comment\r\n{\r\n  "image": "mcr.microsoft.com/devcontainers/base:1-bookworm", /* "image": "x" */\r\n}\r\n'
  const found = await read(text)
  const image = 'mcr.microsoft.com/devcontainers/base:1-bookworm'
  assert.equal(images(found, text), [['image', image, image, '3:13', text.indexOf('", /*')]])
  assert.equal([found.builds, found.problems, found.files], [[], [], [PATH]])
  const [occurrence] = found.occurrences
  const tag = occurrence?.kind === 'image' ? occurrence.tag : undefined
  assert.equal(tag, [
    { text: '1-bookworm', range: { start: text.indexOf('1-book'), end: text.indexOf('", /*') } },
  ])
})

test('a digest that is there is replaced', async () => {
  const digest = `@sha256:${'a'.repeat(64)}`
  const text = `{"image":"alpine:3.20${digest}"}`
  const [occurrence] = (await read(text)).occurrences
  const pin =
    occurrence?.kind === 'image' && occurrence.pin.kind === 'here' ? occurrence.pin.range : undefined
  assert.equal(pin, { start: text.indexOf('@'), end: text.indexOf('"}') })
})

test('a build: paths are relative to the file, and variables are replaced', async () => {
  const text = `{
  "build": {
    "dockerfile": "../docker/Dockerfile",
    "context": "..",
    "target": "\${localEnv:STAGE:dev}",
    "args": {
      "VARIANT": "22",
      "USER": "\${localEnv:USER}",
      "NAME": "\${localWorkspaceFolderBasename}"
    }
  },
  "image": "not:used"
}`
  const { builds, occurrences, problems } = await read(text, {
    env: { USER: 'me' },
    options: {
      args: { VARIANT: ['1'], X: ['x'] },
      platforms: [{ os: 'linux', architecture: 'arm64' }],
      target: 'prod',
    },
  })
  assert.equal([occurrences, problems], [[], []])
  const [{ written, argImage, ...build } = assert.unreachable() as never] = builds
  assert.equal(build, {
    name: 'devcontainer',
    dockerfile: { file: 'docker/Dockerfile' },
    target: 'dev',
    args: { VARIANT: ['22'], X: ['x'], USER: ['me'], NAME: ['shop'] },
    argOrigins: {
      VARIANT: { file: PATH, line: 7 },
      USER: { file: PATH, line: 8 },
      NAME: { file: PATH, line: 9 },
    },
    platforms: [{ os: 'linux', architecture: 'arm64' }],
    contexts: {},
    origin: { file: PATH, line: 3 },
  })
  assert.is(argImage?.('VARIANT')?.reference.repository, 'library/22')
  assert.equal(Object.keys(written.args), ['VARIANT'])
  assert.equal(written.args.VARIANT?.rangeOf({ start: 0, end: 2 }), {
    start: text.indexOf('22'),
    end: text.indexOf('22') + 2,
  })
})

test('the old dockerFile wins, in every place of the file', async () => {
  for (const [path, dockerfile] of [
    [PATH, '.devcontainer/Dockerfile'],
    ['.devcontainer.json', 'Dockerfile'],
    ['api/.devcontainer/go/devcontainer.json', 'api/.devcontainer/go/Dockerfile'],
  ] as const) {
    const { builds } = await read('{"dockerFile":"Dockerfile","build":{"dockerfile":"x"}}', { path })
    assert.equal(
      builds.map(build => build.dockerfile),
      [{ file: dockerfile }],
    )
  }
})

test('the workspace folder is the one with the file', async () => {
  for (const [path, file] of [
    [PATH, 'd/shop'],
    ['.devcontainer.json', 'd/shop'],
    ['api/.devcontainer/go/devcontainer.json', 'api/d/api'],
    ['api/.devcontainer.json', 'api/d/api'],
  ] as const) {
    const text = '{"dockerFile":"${localWorkspaceFolder}/d/${localWorkspaceFolderBasename}"}'
    const { builds } = await read(text, { path })
    assert.equal(
      builds.map(build => build.dockerfile),
      [{ file }],
      path,
    )
  }
})

test('Compose files are handed on', async () => {
  const one = await read('{"dockerComposeFile":"docker-compose.yml","service":"app","image":"x"}')
  assert.equal(
    [one.composeFiles, one.builds, one.occurrences],
    [['.devcontainer/docker-compose.yml'], [], []],
  )
  const two = await read(
    '{"dockerComposeFile":["../compose.yaml","${localEnv:EXTRA:extra.yaml}","/home/me/shop/x.yaml"]}',
  )
  assert.equal(two.composeFiles, ['compose.yaml', '.devcontainer/extra.yaml', 'x.yaml'])
})

test('an image with variables is locked by tag, or decided outside', async () => {
  const text = '{"image":"${localEnv:IMAGE:node}:${localEnv:TAG:22}"}'
  const written = '${localEnv:IMAGE:node}:${localEnv:TAG:22}'
  assert.equal(images(await read(text), text), [
    ['image', 'node:22', written, '1:11', ['arg-given', 'IMAGE', 'TAG']],
  ])
  assert.equal(images(await read(text, { env: { TAG: '24' } }), text), [
    ['image', 'node:24', written, '1:11', ['arg-given', 'IMAGE', 'TAG']],
  ])
  const middle = '{"image":"node:${localEnv:V:22}-alpine"}'
  assert.equal(images(await read(middle), middle), [
    ['image', 'node:22-alpine', 'node:${localEnv:V:22}-alpine', '1:11', ['arg-in-middle', 'V']],
  ])
  const unset = '{"image":"node:${localEnv:V}"}'
  assert.equal(images(await read(unset), unset), [
    ['variable', 'node:${localEnv:V}', 'node:${localEnv:V}', '1:11', ['V']],
  ])
  // As in the dev container CLI, a default ends at the next colon.
  const colon = '{"image":"${localEnv:I:node:22}"}'
  assert.equal(images(await read(colon), colon), [
    ['image', 'node', '${localEnv:I:node:22}', '1:11', ['arg-given', 'I']],
  ])
  const unknown = '{"image":"a:${containerEnv:X}"}'
  assert.equal(images(await read(unknown), unknown), [
    ['invalid', 'a:${containerEnv:X}', 'a:${containerEnv:X}', '1:11', undefined],
  ])
})

test('a missing comma or brace is accepted, as the dev container CLI does', async () => {
  const comma = '{\n"name": "x"\n"image": "alpine:3" "features": ["a" "b"]\n'
  assert.equal((await read(comma)).problems, [])
  const [found] = (await read(comma)).occurrences
  assert.equal([found?.text, found?.place.line], ['alpine:3', 3])
})

test('what cannot be read is one problem', async () => {
  const reasons = async (text: string, options = {}) =>
    (await read(text, options)).problems.map(
      ({ place: { line, column }, reason }) => `${line}:${column} ${reason}`,
    )
  assert.equal(await reasons('{"image":'), ['1:10 not valid JSON: Value expected'])
  assert.equal(await reasons(''), ['1:1 not valid JSON: Value expected'])
  assert.equal(await reasons('{\n"build":{"dockerfile":"../../Dockerfile"}}'), [
    '2:23 the Dockerfile ../../Dockerfile is outside the project',
  ])
  assert.equal(await reasons('{"dockerFile":"/etc/passwd"}'), [
    '1:15 the Dockerfile /etc/passwd is outside the project',
  ])
  const missing = await readDevcontainer(
    'x',
    { root: '/', env: {}, read: async () => ({ kind: 'missing' }) },
    OPTIONS,
  )
  assert.equal(missing.problems, [
    { place: { file: 'x', line: 1, column: 1 }, reason: 'there is no such file' },
  ])
  const refused = await readDevcontainer(
    'x',
    { root: '/', env: {}, read: async () => ({ kind: 'refused', reason: 'too large' }) },
    OPTIONS,
  )
  assert.equal(
    refused.problems.map(({ reason }) => reason),
    ['too large'],
  )
})

test('other types than expected say nothing', async () => {
  for (const text of [
    '[]',
    '1',
    '"x"',
    '{"image":1}',
    '{"build":"x"}',
    '{"build":{"dockerfile":["x"]}}',
    '{"image":null,"build":null}',
  ]) {
    const { builds, occurrences, problems, composeFiles } = await read(text)
    assert.equal([builds, occurrences, problems, composeFiles], [[], [], [], []], text)
  }
})

test.run()

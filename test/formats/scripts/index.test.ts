import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BakeRequest } from '../../../src/core/bake.ts'
import type { BuildOptions } from '../../../src/core/build.ts'
import type { ProjectFiles } from '../../../src/formats/build-format.ts'
import {
  readCommandLine,
  readScripts,
  type ScriptsRead,
  scripts,
} from '../../../src/formats/scripts/index.ts'
import { mayHoldBuilds } from '../../../src/formats/scripts/names.ts'

const test = suite('scripts')
const OPTIONS: BuildOptions = { args: {}, platforms: [] }

function project(files: Readonly<Record<string, string>>, env: Record<string, string> = {}): ProjectFiles {
  return {
    root: '/home/me/shop',
    env,
    read: async path => {
      const text = files[path]
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text }
    },
  }
}

function read(
  script: string,
  { path = 'package.json', files = {}, env = {}, options = OPTIONS } = {} as {
    path?: string
    files?: Record<string, string>
    env?: Record<string, string>
    options?: BuildOptions
  },
): Promise<ScriptsRead> {
  const text = JSON.stringify({ scripts: { build: script } }, null, 2)
  return readScripts(path, project({ ...files, [path]: text }, env), options)
}

const dockerfiles = ({ builds }: ScriptsRead) =>
  builds.map(build => ('file' in build.dockerfile ? build.dockerfile.file : ''))

test('only package.json matches', () => {
  assert.ok(scripts.matches('package.json') && scripts.matches('a/b/package.json'))
  assert.not.ok(scripts.matches('my-package.json') || scripts.matches('package.json5'))
})

test('a build with all that matters', async () => {
  const found = await read(
    'npm run lint && docker build --pull -t app:$TAG -f docker/app.Dockerfile --target=release --build-arg NODE=22 --build-arg=HOST --build-arg NONE --platform linux/amd64,linux/arm64 --build-context alpine=docker-image://alpine:3.20 --build-context src=../src ctx',
    { env: { HOST: 'h' }, options: { args: { NODE: ['1'], X: ['x'] }, platforms: [], target: 'dev' } },
  )
  assert.equal(
    [found.problems, found.skipped, found.composeRuns, found.files],
    [[], [], [], ['package.json']],
  )
  const [build] = found.builds
  const origin = { file: 'package.json', line: 3 }
  assert.equal(build, {
    name: 'build',
    dockerfile: { file: 'docker/app.Dockerfile' },
    target: 'release',
    args: { NODE: ['22'], X: ['x'], HOST: ['h'] },
    argOrigins: { NODE: origin, HOST: origin },
    platforms: [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ],
    contexts: { alpine: 'docker-image://alpine:3.20', src: '../src' },
    origin,
  })
  assert.equal(
    found.occurrences.map(occurrence => [
      occurrence.kind,
      occurrence.text,
      occurrence.role,
      occurrence.platform?.architecture,
      occurrence.place.line,
    ]),
    [
      ['image', 'alpine:3.20', 'context', 'amd64', 3],
      ['image', 'alpine:3.20', 'context', 'arm64', 3],
    ],
  )
})

test('every way to write a build', async () => {
  for (const [script, expected] of [
    ['docker build .', 'Dockerfile'],
    ['docker build app', 'app/Dockerfile'],
    ['docker build -fx app', 'x'],
    ['docker build -f=x app', 'x'],
    ['docker build --file=x app', 'x'],
    ['docker build app --file x', 'x'],
    ['docker --context prod -D build .', 'Dockerfile'],
    ['docker image build .', 'Dockerfile'],
    ['docker builder build .', 'Dockerfile'],
    ['docker buildx build .', 'Dockerfile'],
    ['docker buildx --builder b b --load .', 'Dockerfile'],
    ['/usr/bin/docker build .', 'Dockerfile'],
    ['DOCKER_BUILDKIT=1 docker build .', 'Dockerfile'],
    ['cross-env A=1 sudo docker build .', 'Dockerfile'],
    ['if ! docker build .; then exit 1; fi', 'Dockerfile'],
    ['cd app && docker build .', 'app/Dockerfile'],
    ['(cd app && true) && docker build .', 'Dockerfile'],
    ['(cd app && cd sub && docker build ..)', 'app/Dockerfile'],
    ['cd /home/me/shop/app; docker build .', 'app/Dockerfile'],
    ['docker build -- .', 'Dockerfile'],
    ['docker build -t "$(git rev-parse HEAD)" -o \'type=tar,dest=x\' .', 'Dockerfile'],
    ['docker build . > log 2>&1', 'Dockerfile'],
    ['dock-lock run -- docker build app', 'app/Dockerfile'],
    ['dock-lock && V=1 npx dock-lock run -- docker build app', 'app/Dockerfile'],
    ['npm exec -- dock-lock run -- docker build app', 'app/Dockerfile'],
    ['docker build -t a . && docker push a', 'Dockerfile'],
  ] as const) {
    const found = await read(script)
    assert.equal([dockerfiles(found), found.skipped], [[expected], []], script)
  }
})

test('the platform "local" is that of the engine', async () => {
  const platforms = async (list: string) =>
    (await read(`docker build --platform ${list} .`)).builds.map(build => [
      build.platforms.map(({ architecture }) => architecture),
      build.alsoOwnPlatform,
    ])
  assert.equal(await platforms('local'), [[[], undefined]])
  assert.equal(await platforms('local,linux/arm64'), [[['arm64'], true]])
})

test('podman looks for a Containerfile first', async () => {
  const files = { 'app/Containerfile': '', 'app/Dockerfile': '', Dockerfile: '', 'app/x': '' }
  for (const [script, expected] of [
    ['podman build app', 'app/Containerfile'],
    ['podman build', 'Dockerfile'],
    ['podman build -f x app', 'app/x'],
    ['podman image build --layers=false --pull=always .', 'Dockerfile'],
  ] as const)
    assert.equal(dockerfiles(await read(script, { files })), [expected], script)
})

test('what is no build here says nothing', async () => {
  for (const script of [
    'tsc',
    'docker run alpine build .',
    'docker pull alpine',
    'echo docker build .',
    'docker build https://github.com/example/app.git',
    'docker buildx ls',
    'docker compose ps',
    'docker buildx bake',
    'mydocker build .',
    'echo dock-lock run -- docker build .',
    'dock-lock run docker build .',
  ]) {
    const found = await read(script)
    assert.equal([found.builds, found.composeRuns, found.skipped, found.problems], [[], [], [], []], script)
  }
})

test('what is not literal is left out, with its reason', async () => {
  for (const [script, reason] of [
    ['docker build $CONTEXT', 'it has a flag that dock-lock does not know'],
    ['docker build ./$CONTEXT', 'its context is not literal'],
    ['docker build -f $F .', 'its file, target, platform, args or contexts are not literal'],
    ['docker build --build-arg V=$V .', 'its file, target, platform, args or contexts are not literal'],
    ['docker build --new-flag x .', 'it has a flag that dock-lock does not know'],
    ['docker build -', 'its Dockerfile is not one file'],
    ['docker build . extra', 'its context is not literal'],
    ['docker build', 'its context is not literal'],
    ['cd $DIR && docker build .', 'its folder is not literal'],
    ['cd .. && docker build .', 'its folder is outside the project'],
    ['docker build ..', 'its Dockerfile ../Dockerfile is outside the project'],
    ['docker build --platform linux .', 'its platform is not valid'],
    ['V=$X docker build --build-arg V .', 'its environment is not literal'],
    ['export V=$X; docker compose build', 'its environment is not literal'],
    ['docker build `pwd`', 'the script is not literal'],
    ['docker buildx bake --set app.args.V=1', '--set changes its targets'],
    ['docker buildx bake -f -', 'its definition is not in the project'],
    ['docker buildx bake https://github.com/example/app.git', 'its definition is not in the project'],
    ['docker compose -f $F build', 'its flags are not literal'],
    ['docker compose $X -f a.yaml build', 'its flags are not literal'],
    ['env -i V=1 docker build .', 'its environment is not literal'],
    ['sudo -E docker compose build', 'its environment is not literal'],
  ] as const) {
    const { builds, composeRuns, skipped } = await read(script)
    assert.equal([builds, composeRuns], [[], []], script)
    assert.equal(
      skipped,
      [{ place: { file: 'package.json', line: 3, column: 5 }, reason: `build: ${reason}` }],
      script,
    )
  }
})

test('an assigned variable is the value of an arg', async () => {
  const { builds } = await read(
    'export A=1; B="2 3" docker build --build-arg A --build-arg B --build-arg C .',
    { env: { B: 'x', C: 'c' } },
  )
  assert.equal(builds[0]?.args, { A: ['1'], B: ['2 3'], C: ['c'] })
})

test('docker compose', async () => {
  const { composeRuns } = await read(
    'cd app && X=1 docker compose -f a.yaml --file=../b.yaml --profile dev --env-file .env.ci --project-directory . build web; docker-compose up -d',
    { path: 'web/package.json' },
  )
  const place = { file: 'web/package.json', line: 3, column: 5 }
  assert.equal(composeRuns, [
    {
      place,
      folder: 'web/app',
      files: ['web/app/a.yaml', 'web/b.yaml'],
      profiles: ['dev'],
      envFiles: ['web/app/.env.ci'],
      projectDirectory: 'web/app',
      env: { X: '1' },
    },
    { place, folder: 'web/app', files: [], profiles: [], envFiles: [], env: {} },
  ])
})

test('docker compose with files of its own: read with its flags and its environment', async () => {
  const files = {
    'ci/a.yaml':
      'services:\n  web:\n    build: {context: ../web, args: {V: "${V}", W: "${W}"}}\n  extra:\n    image: extra:1\n    profiles: [extra]\n',
    'b.yaml': 'services:\n  web:\n    build: {target: t}\n',
    'ci/env': 'W=w\n',
  }
  const found = await read(
    'V=2 docker compose -f ci/a.yaml -f b.yaml --env-file ci/env --profile none build',
    {
      files,
    },
  )
  assert.equal(
    found.builds.map(({ dockerfile, args, target, origin }) => [dockerfile, args, target, origin]),
    [[{ file: 'web/Dockerfile' }, { V: ['2'], W: ['w'] }, 't', { file: 'b.yaml', line: 3 }]],
  )
  assert.equal([found.occurrences, found.problems], [[], []])
  assert.equal(found.files, ['package.json', 'ci/env', 'ci/a.yaml', 'b.yaml'])
  const all = await read('docker compose -f ci/a.yaml up', { files })
  assert.equal(
    all.occurrences.map(({ text, place }) => [text, place.line]),
    [['extra:1', 5]],
  )
  const changed = all.reread?.('ci/a.yaml', files['ci/a.yaml'].replace('extra:1', 'extra:2'))
  assert.equal(
    changed?.occurrences.map(({ text }) => text),
    ['extra:2'],
  )
  const missing = await read('docker compose -f nope.yaml build')
  assert.equal(missing.problems, [
    { place: { file: 'package.json', line: 1, column: 1 }, reason: 'nope.yaml does not exist' },
  ])
})

test('docker compose with variables reads the files that it finds', async () => {
  const files = { 'app/compose.yaml': 'services:\n  web:\n    build: {context: ., args: {V: "${V:-1}"}}\n' }
  const found = await read('cd app && V=2 docker compose build', { files })
  assert.equal(
    found.builds.map(({ args }) => args),
    [{ V: ['2'] }],
  )
  assert.equal((await read('cd app && docker compose build', { files })).builds, [])
})

test('only a file with a build in a script is parsed', () => {
  for (const text of [
    '"docker build ."',
    '"docker buildx b ."',
    '"cd x && docker-compose up"',
    '"podman build"',
  ])
    assert.ok(mayHoldBuilds(text), text)
  for (const text of ['"dockerode": "1", "build": "tsc"', '"docker run x"', '"docker",\n"build"'])
    assert.not.ok(mayHoldBuilds(text), text)
})

test('docker buildx bake with files', async () => {
  const files = {
    'ci/bake.json': '{"variable":{"V":{"default":"1"}},"target":{"a":{"context":"app","args":{"V":"${V}"}}}}',
  }
  const found = await read('V=2 docker buildx bake -f ci/bake.json --set "*.tags=x" --load a', { files })
  assert.equal(dockerfiles(found), ['app/Dockerfile'])
  assert.equal([found.builds[0]?.args, found.files], [{ V: ['2'] }, ['package.json', 'ci/bake.json']])
  const missing = await read('docker bake -f nope.hcl')
  assert.equal(missing.problems, [
    { place: { file: 'nope.hcl', line: 1, column: 1 }, reason: 'there is no such file' },
  ])
})

const HCL = 'variable "V" {\n  default = "20"\n}\ntarget "a" {\n  args = { V = V }\n}\n'

/** What buildx is asked about these files, and the args that it answers with. */
async function readBakeScript(
  script: string,
  files: Readonly<Record<string, string>>,
  argv?: readonly string[],
) {
  const requests: BakeRequest[] = []
  const text = JSON.stringify({ scripts: { build: script } })
  const asked: ProjectFiles = {
    ...project({ ...files, 'package.json': text }, { W: 'w' }),
    evaluateBake: async request => {
      requests.push(request)
      const { V } =
        JSON.parse(request.files.find(({ path }) => path === 'assigned.json')?.text ?? '{}').variable ?? {}
      const args = { V: V?.default ?? '20' }
      return { kind: 'printed', text: JSON.stringify({ target: { a: { args } } }) }
    },
  }
  const read =
    argv === undefined
      ? await readScripts('package.json', asked, OPTIONS)
      : await readCommandLine(argv, '.', argv.join(' '), asked, OPTIONS)
  return { read, requests, args: read.builds.map(({ args }) => args.V) }
}

test('variables that a script sets reach the evaluation of a Bake file', async () => {
  for (const script of [
    'V=22 docker buildx bake',
    'export V=22 && docker buildx bake',
    'V=22 DOCKER_BUILDKIT=1 docker buildx bake -f docker-bake.hcl',
    'dock-lock run -- env V=22 docker buildx bake',
    'npx --no dock-lock run -- env V=22 docker buildx bake',
    'V=20 dock-lock run -- env V=22 docker buildx bake',
    'npx cross-env V=22 docker buildx bake',
    'BUILDX_BAKE_FILE=docker-bake.hcl V=22 docker buildx bake',
  ]) {
    const { read, requests, args } = await readBakeScript(script, { 'docker-bake.hcl': HCL })
    assert.equal([args, read.problems, read.skipped], [[['22']], [], []], script)
    // The values are the repository's: they are in a file, and not in the environment of docker.
    assert.equal(
      requests.map(({ files, variables }) => [files.at(-1)?.text, variables]),
      [['{"variable":{"V":{"default":"22"}}}', []]],
      script,
    )
  }
})

test('a variable that no Bake file declares changes nothing about what buildx is asked', async () => {
  const ask = (script: string) => readBakeScript(script, { 'docker-bake.hcl': HCL })
  const plain = await ask('docker buildx bake -f docker-bake.hcl')
  const other = await ask('DOCKER_HOST=tcp://x W=1 docker buildx bake -f docker-bake.hcl')
  assert.equal([plain.args, other.args], [[['20']], [['20']]])
  assert.equal(other.requests, plain.requests)
})

test('`env` in a command line sets variables', async () => {
  const files = { 'docker-bake.hcl': HCL }
  assert.equal((await readBakeScript('', files, ['env', 'V=22', 'docker', 'buildx', 'bake'])).args, [['22']])
  assert.equal((await readBakeScript('', files, ['docker', 'buildx', 'bake'])).args, [['20']])
})

test('a Bake file in JSON is evaluated with the variables of the script', async () => {
  const json = '{"variable":{"V":{"default":"20"}},"target":{"a":{"args":{"V":"${V}"}}}}'
  const { args, requests } = await readBakeScript('V=22 docker buildx bake', { 'docker-bake.json': json })
  assert.equal([args, requests], [[['22']], []])
  const computed = json.replace('"${V}"', '"${upper(V)}"')
  const asked = await readBakeScript('V=22 docker buildx bake', { 'docker-bake.json': computed })
  assert.equal([asked.args, asked.requests.length], [[['22']], 1])
})

test('BUILDX_BAKE_FILE names the Bake files, unless there is -f', async () => {
  const files = {
    'docker-bake.json': '{"target":{"a":{"target":"default"}}}',
    'ci/a.json': '{"target":{"a":{"target":"a"}}}',
    'ci/b.json': '{"target":{"b":{"target":"b"}}}',
  }
  const targets = async (script: string) => (await read(script, { files })).builds.map(({ target }) => target)
  assert.equal(await targets('BUILDX_BAKE_FILE=ci/a.json:ci/b.json docker buildx bake'), ['a', 'b'])
  assert.equal(
    await targets('cd ci && BUILDX_BAKE_PATH_SEPARATOR=, BUILDX_BAKE_FILE=a.json,b.json docker buildx bake'),
    ['a', 'b'],
  )
  assert.equal(await targets('BUILDX_BAKE_FILE=ci/a.json docker buildx bake -f ci/b.json'), ['b'])
})

test('Compose files that Bake reads in its folder: all with default names, without override files', async () => {
  const service = (name: string) => `services: {${name}: {build: {context: ., args: {V: "\${V}"}}}}\n`
  const files = {
    'compose.yaml': service('a'),
    'docker-compose.yml': service('b'),
    'compose.override.yaml': service('c'),
    'other.yaml': service('d'),
    '.env': 'COMPOSE_FILE=other.yaml\nV=20\n',
  }
  const { builds } = await read('V=22 docker buildx bake', { files })
  assert.equal(
    builds.map(({ name, args }) => [name, args]),
    [
      ['a', { V: ['22'] }],
      ['b', { V: ['22'] }],
    ],
  )
})

test('variables that a script sets for docker compose win over .env', async () => {
  const service = (name: string) => `services: {${name}: {build: {context: ., args: {V: "\${V}", W: }}}}\n`
  const files = {
    'app/compose.yaml': service('a'),
    'app/ci.yaml': service('ci'),
    'app/.env': 'V=20\nW=0\n',
    'app/.env.ci': 'V=30\n',
  }
  for (const [script, expected] of [
    ['cd app && V=22 docker compose build', ['a', { V: ['22'], W: ['0'] }]],
    ['cd app; export V=22 W=1; docker compose build', ['a', { V: ['22'], W: ['1'] }]],
    ['cd app && COMPOSE_FILE=ci.yaml docker compose build', ['ci', { V: ['20'], W: ['0'] }]],
    ['cd app && COMPOSE_ENV_FILES=.env.ci docker compose build', ['a', { V: ['30'] }]],
    ['COMPOSE_FILE=app/ci.yaml COMPOSE_ENV_FILES=app/.env.ci docker compose build', ['ci', { V: ['30'] }]],
    ['cd app && V=22 docker-compose -f ci.yaml build', ['ci', { V: ['22'], W: ['0'] }]],
  ] as const) {
    const { builds, problems } = await read(script, { files })
    assert.equal([builds.map(({ name, args }) => [name, args]), problems], [[expected], []], script)
  }
})

test('a command line is literal', async () => {
  const ask = (...argv: string[]) => readCommandLine(argv, 'app', argv.join(' '), project({}), OPTIONS)
  assert.equal(dockerfiles(await ask('docker', 'build', '-t', '$X', '.')), ['app/Dockerfile'])
  assert.equal(dockerfiles(await ask('docker', 'build', '-f', '$F', '..')), ['app/$F'])
  assert.equal((await ask('docker', 'compose', 'build')).composeRuns.length, 1)
  assert.equal(dockerfiles(await ask('make', 'build')), [])
  assert.equal(dockerfiles(await ask()), [])
})

test('other files are left alone', async () => {
  for (const text of [
    '{"scripts":{"docker":"docker build ."}',
    '{"scripts":["docker build ."]}',
    '{"docker":1,"scripts":{"a":1}}',
    '[]',
  ])
    assert.equal(
      (await readScripts('package.json', project({ 'package.json': text }), OPTIONS)).builds,
      [],
      text,
    )
  assert.equal((await readScripts('package.json', project({}), OPTIONS)).files, [])
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BakeRequest, PRINT_ARGS } from '../../../src/core/bake.ts'
import { type BuildOptions, platformBuilds } from '../../../src/core/build.ts'
import { type BakeRead, bake, readBake } from '../../../src/formats/bake/index.ts'
import type { ProjectFiles } from '../../../src/formats/build-format.ts'
import { type BakeCase, bakeCases } from './cases.ts'

const test = suite('bake')
const OPTIONS: BuildOptions = { args: {}, platforms: [] }

/** A project of these files. `printed`: the answer of buildx; undefined if it is not there. */
function project(
  files: Readonly<Record<string, string>>,
  printed?: string,
  env: Readonly<Record<string, string>> = {},
): ProjectFiles & { readonly requests: BakeRequest[] } {
  const requests: BakeRequest[] = []
  return {
    requests,
    root: '/project',
    env,
    read: async path => {
      const text = files[path]
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text }
    },
    evaluateBake: async request => {
      requests.push(request)
      return printed === undefined ? { kind: 'missing' } : { kind: 'printed', text: printed }
    },
  }
}

async function readFiles(
  files: Readonly<Record<string, string>>,
  printed?: string,
  options: BuildOptions = OPTIONS,
): Promise<BakeRead> {
  return (await bake.read(Object.keys(files)[0]!, project(files, printed), options)) as BakeRead
}

const CASES = bakeCases()
const caseOf = (name: string): BakeCase => CASES.find(one => one.name === name)!
const readCase = ({ files, env, printed }: BakeCase) =>
  readBake(
    '.',
    files.map(({ path }) => path),
    project(Object.fromEntries(files.map(({ path, text }) => [path, text])), printed, env),
    OPTIONS,
  )

/** Where values are written: `target.args.A=text in the file`. */
function places({ files }: BakeCase, { builds }: BakeRead): readonly string[] {
  type Written = Pick<BakeRead['builds'][number]['written']['args'][string], 'text' | 'rangeOf'>
  const slice = (file: string, { text, rangeOf }: Written) => {
    const range = rangeOf({ start: 0, end: text.length })
    return range && files.find(({ path }) => path === file)!.text.slice(range.start, range.end)
  }
  return builds.flatMap(({ name, dockerfile, written: { args, contexts } }) => [
    ...Object.entries(args).map(([arg, text]) => `${name}.args.${arg}=${slice(text.file, text)}`),
    ...Object.entries(contexts).map(
      ([context, text]) => `${name}.contexts.${context}=${slice(text.file, text)}`,
    ),
    ...('text' in dockerfile ? [`${name}.inline=${slice(dockerfile.origin.file, dockerfile)}`] : []),
  ])
}

test('every case has the values that buildx prints', async () => {
  for (const one of CASES) {
    const read = await readCase(one)
    if (one.printed === undefined) {
      assert.is(read.problems.length, 1, one.name)
      assert.equal(read.builds, [], one.name)
      continue
    }
    const { target } = JSON.parse(one.printed)
    for (const { name, args, contexts, dockerfile } of read.builds) {
      const printed = target[name]
      const plain = (text: string) => text.replaceAll('$${', '${').replaceAll('%%{', '%{')
      for (const [arg, value] of Object.entries<string>(printed.args ?? {}))
        assert.equal(args[arg], [plain(value)], `${one.name} ${name}`)
      assert.equal(contexts, printed.contexts ?? {}, `${one.name} ${name}`)
      if ('text' in dockerfile) assert.is(dockerfile.text, plain(printed['dockerfile-inline']))
      else assert.type(printed['dockerfile-inline'], 'undefined')
    }
  }
})

test('a literal has a place, a computed value has none', async () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    'hcl-all-fields': [
      'app.args.NODE_VERSION=22.1',
      'app.contexts.alpine=docker-image://alpine:3.20',
      'app.contexts.base=target:base',
      'app.contexts.docker.io/library/node:22=docker-image://node:22-alpine',
    ],
    'hcl-inline': ['app.inline=FROM alpine:3.20\nRUN echo "hi" $${HOME} # } " {\n'],
    'hcl-inline-flush': ['app.inline=FROM alpine:3.20 AS a\n      RUN true\n\n    FROM node:22\n'],
    'hcl-inline-quoted': ['app.inline=FROM alpine:3.20\\nRUN echo \\"\\u00e9\\" $${X}\\n'],
    'hcl-inline-variable': ['app.inline=undefined'],
    'hcl-variable': ['app.args.BASE=node:22-alpine'],
    'hcl-variable-from-environment': [],
    'hcl-functions': [],
    'hcl-matrix': [
      'app-20-1-alpine.args.FIX=alpine:3.20',
      'app-20-1-slim.args.FIX=alpine:3.20',
      'app-22-alpine.args.FIX=alpine:3.20',
      'app-22-slim.args.FIX=alpine:3.20',
    ],
    'hcl-matrix-objects': [],
    'hcl-inherits': ['app.args.BASE=node:22', 'app.args.X=2'],
    'hcl-crlf': ['app.args.A=1', 'app.inline=FROM alpine:3.20\r\n'],
    'hcl-override': ['app.args.A=1', 'app.args.B=over'],
    'hcl-global': ['app.args.A=1'],
    'hcl-one-line': ['b.args.A=1', 'b.args.B=2'],
    'hcl-strange-strings': [
      'a.args.A=a\\tb\\\\c',
      'a.args.B=# no comment',
      'a.args.C=// none /* neither',
      'a.args.D={[(',
      'a.args.E=%%{x} $$ %',
    ],
    'hcl-for': [],
    'hcl-labels': ['a.args.A=1'],
    'json-inline': ['app.inline=FROM alpine:3.20\\nRUN echo \\"$HOME\\" $${X} %%{y}\\n'],
    'json-override': ['a.args.A=2', 'a.args.B=over'],
    'json-and-hcl': ['a.args.A=2', 'a.args.B=3'],
  }
  for (const [name, all] of Object.entries(expected)) {
    const one = caseOf(name)
    assert.equal([...places(one, await readCase(one))].sort(), all, name)
  }
})

test('the files of a folder are one project, read with the first of them', async () => {
  const files = {
    'ci/docker-bake.json': '{"target":{"a":{"context":"app"},"b":{"context":".."},"c":{"context":"../.."}}}',
    'ci/docker-bake.override.json': '{"target":{"a":{"dockerfile":"x.Dockerfile"}}}',
  }
  const read = await readFiles(files)
  assert.equal(read.files, Object.keys(files))
  assert.equal(
    read.builds.map(({ name, dockerfile, origin }) => ({ name, dockerfile, origin })),
    [
      {
        name: 'a',
        dockerfile: { file: 'ci/app/x.Dockerfile' },
        origin: { file: 'ci/docker-bake.json', line: 1 },
      },
      { name: 'b', dockerfile: { file: 'Dockerfile' }, origin: { file: 'ci/docker-bake.json', line: 1 } },
    ],
  )
  assert.equal(read.problems, [
    {
      place: { file: 'ci/docker-bake.json', line: 1, column: 55 },
      reason: 'target c: its Dockerfile Dockerfile in ../.. is outside the project',
    },
  ])
  const override = await bake.read('ci/docker-bake.override.json', project(files), OPTIONS)
  assert.equal(override, { builds: [], occurrences: [], files: [], problems: [] })
  const alone = await readBake('.', ['ci/docker-bake.override.json'], project(files), OPTIONS)
  assert.equal(alone.builds[0]?.dockerfile, { file: 'x.Dockerfile' })
})

test('only the default names are found by name', () => {
  for (const path of ['docker-bake.hcl', 'a/b/docker-bake.json', 'docker-bake.override.hcl'])
    assert.ok(bake.matches(path), path)
  for (const path of ['bake.hcl', 'docker-bake.hcl/x', 'my-docker-bake.hcl', 'compose.yaml'])
    assert.not.ok(bake.matches(path), path)
})

test('options apply where the file says nothing', async () => {
  const options: BuildOptions = {
    target: 'dev',
    args: { A: ['1', '2'], B: ['3'] },
    platforms: [{ os: 'linux', architecture: 'arm64' }],
  }
  const text =
    '{"target":{"a":{},"b":{"target":"t","args":{"A":"x"},"platforms":["linux/amd64","local"]},"c":{"platforms":["q"]}}}'
  const { builds, problems } = await readFiles({ 'docker-bake.json': text }, undefined, options)
  assert.equal(
    builds.map(({ target, args, platforms }) => ({ target, args, platforms })),
    [
      { target: 'dev', args: options.args, platforms: options.platforms },
      { target: 't', args: { A: ['x'], B: ['3'] }, platforms: [{ os: 'linux', architecture: 'amd64' }] },
      { target: 'dev', args: options.args, platforms: [] },
    ],
  )
  assert.equal(
    problems.map(({ reason }) => reason),
    ['target c: q is no platform'],
  )
})

test('a target that others only inherit is not built', async () => {
  const text = JSON.stringify({
    group: { ci: { targets: ['listed'] } },
    target: {
      template: {},
      listed: {},
      linked: {},
      default: { inherits: ['template', 'listed', 'linked'] },
      app: { inherits: ['default'], contexts: { x: 'target:linked' } },
    },
  })
  const { builds } = await readFiles({ 'docker-bake.json': text })
  assert.equal(builds.map(({ name }) => name).sort(), ['app', 'default', 'linked', 'listed'])
})

test('images of contexts are images to pin, where they are written', async () => {
  const text = `{
  "variable": {"IMAGE": {"default": "docker-image://node:22"}, "V": {"default": "3.20"}},
  "group": {"default": {"targets": ["a", "b"]}},
  "target": {
    "a": {"contexts": {
      "alpine": "docker-image://alpine:3.20@sha256:${'a'.repeat(64)}",
      "node": "\${IMAGE}",
      "computed": "docker-image://debian:\${V}",
      "folder": "src",
      "bad": "docker-image://UPPER"
    }},
    "b": {"inherits": ["a"]}
  }
}`
  const { occurrences } = await readFiles({ 'docker-bake.json': text })
  const shown = occurrences.map(occurrence => {
    const { kind, place, range } = occurrence
    const pin = kind === 'image' ? occurrence.pin : undefined
    return [
      kind,
      occurrence.text,
      text.slice(range.start, range.end),
      `${place.line}:${place.column}`,
      pin?.kind === 'here' ? text.slice(pin.range.start, pin.range.end) : pin?.reason,
    ]
  })
  const pinned = `alpine:3.20@sha256:${'a'.repeat(64)}`
  assert.equal(shown, [
    ['image', pinned, pinned, '6:33', pinned.slice(11)],
    ['image', 'node:22', 'node:22', '2:53', ''],
    ['image', 'debian:3.20', '', '5:5', 'arg-computed'],
    ['invalid', 'UPPER', 'UPPER', '10:30', undefined],
    ['image', 'debian:3.20', '', '12:5', 'arg-computed'],
  ])
})

test('the image of a context is needed for each platform of its targets', async () => {
  const contexts = { base: 'docker-image://alpine:3.20' }
  const target = {
    a: { contexts, platforms: ['linux/amd64', 'linux/arm64'] },
    b: { inherits: ['a'], platforms: ['linux/arm64', 'linux/s390x'] },
    c: { inherits: ['a'], platforms: ['local'] },
  }
  const group = { default: { targets: ['a', 'b', 'c'] } }
  const { occurrences } = await readFiles({ 'docker-bake.json': JSON.stringify({ group, target }) })
  assert.equal(
    occurrences.map(({ platform }) => platform?.architecture),
    ['amd64', 'arm64', 's390x', undefined],
  )
})

test('a comment in HCL ignores the image in the line behind it', async () => {
  const text = `target "a" {
  contexts = {
    # dock-lock: ignore built by hand
    x = "docker-image://alpine:3.20"
    # dock-lock: ignore
    y = "docker-image://alpine:3.21"
    z = "docker-image://alpine:3.22"
  }
}
`
  const contexts = { x: '3.20', y: '3.21', z: '3.22' }
  const images = Object.entries(contexts).map(([name, tag]) => [name, `docker-image://alpine:${tag}`])
  const printed = JSON.stringify({ target: { a: { contexts: Object.fromEntries(images) } } })
  const { occurrences } = await readFiles({ 'docker-bake.hcl': text }, printed)
  assert.equal(
    occurrences.map(({ kind, ignore, place }) => [kind, ignore, place.line]),
    [
      ['image', 'built by hand', 4],
      ['invalid', undefined, 6],
      ['image', undefined, 7],
    ],
  )
})

test('a remote context has no Dockerfile here, unless it is inline', async () => {
  const text =
    '{"target":{"a":{"context":"https://example.com/x.git"},"b":{"context":"https://example.com/x.git","dockerfile-inline":"FROM b"}}}'
  const { builds, problems } = await readFiles({ 'docker-bake.json': text })
  assert.equal(
    builds.map(({ dockerfile }) => 'text' in dockerfile && [dockerfile.text, dockerfile.origin]),
    [['FROM b', { file: 'docker-bake.json', line: 1 }]],
  )
  assert.equal(
    problems.map(({ reason }) => reason),
    ['target a: its Dockerfile is in https://example.com/x.git, which dock-lock does not read'],
  )
})

test('buildx is asked once, with all files and the variables that they declare', async () => {
  const files = {
    'docker-bake.json': '{"variable":{"V":{}},"target":{"a":{}}}',
    'docker-bake.hcl': 'variable "W" {}\nvariable "V" {}\n',
  }
  const asked = project(files, '{"target":{"a":{"context":"x","dockerfile":"Dockerfile"}}}')
  const { builds, problems } = await bake.read('docker-bake.json', asked, OPTIONS)
  assert.equal([builds.map(({ dockerfile }) => dockerfile), problems], [[{ file: 'x/Dockerfile' }], []])
  assert.equal(asked.requests, [
    {
      args: PRINT_ARGS,
      files: Object.entries(files).map(([path, text]) => ({ path, text })),
      variables: ['V', 'W'],
    },
  ])
  const json = project({ 'docker-bake.json': '{"target":{"a":{}}}' }, 'nothing')
  assert.is((await bake.read('docker-bake.json', json, OPTIONS)).builds.length, 1)
  assert.equal(json.requests, [])
})

test('what cannot be evaluated or read is one problem', async () => {
  const reasons = async (files: Readonly<Record<string, string>>, printed?: string) => {
    const { builds, problems } = await readFiles(files, printed)
    assert.equal(builds, [])
    return problems.map(({ place: { file, line, column }, reason }) => `${file}:${line}:${column} ${reason}`)
  }
  const alone = 'buildx is not there; the Dockerfiles are treated on their own'
  assert.equal(await reasons({ 'docker-bake.hcl': 'target "a" {}\n' }), [`docker-bake.hcl:1:1 ${alone}`])
  assert.equal(await reasons({ 'docker-bake.json': '{"target":\n {"a":{"context":"${upper(V)}"}}}' }), [
    `docker-bake.json:2:3 this needs evaluation: \${upper(V)}; ${alone}`,
  ])
  assert.equal(await reasons({ 'docker-bake.hcl': 'target "a" {}\n' }, 'what?'), [
    'docker-bake.hcl:1:1 docker buildx bake --print failed: its output is not understood',
  ])
  assert.equal(await reasons({ 'docker-bake.json': '{\n "target": }' }), [
    'docker-bake.json:2:12 not valid JSON: Value expected',
  ])
  assert.equal(await reasons({ 'docker-bake.json': `{"a":${'['.repeat(100_000)}` }), [
    'docker-bake.json:1:205 nested more than 200 levels deep',
  ])
})

test('large files are read to their end', async () => {
  const count = 20_000
  const each = (line: (index: number) => string, end = ',') =>
    Array.from({ length: count }, (_, index) => line(index)).join(end)
  const read = async (text: string, name = 'docker-bake.json') => {
    const { builds, problems } = await readFiles({ [name]: text }, '{"target":{"a":{}}}')
    return [builds.length, problems.length]
  }
  assert.equal(await read(`{"target":{${each(index => `"t${index}":{}`)}}}`), [count, 0])
  assert.equal(await read(`{"target":{"a":{"args":{${each(index => `"t${index}":"x"`)}}}}}`), [1, 0])
  const variables = each(index => `"v${index}":{"default":"x"}`)
  const uses = each(index => `"t${index}":"\${v${index}}"`)
  assert.equal(await read(`{"variable":{${variables}},"target":{"a":{"args":{${uses}}}}}`), [1, 0])
  // What nests too deep is left to buildx.
  const chain = each(index => `"v${index + 1}":{"default":"\${v${index}}"}`)
  const deep = `{"variable":{"v0":{"default":"x"},${chain}},"target":{"a":{"args":{"A":"\${v${count}}"}}}}`
  assert.equal(await read(deep), [1, 0])
  assert.equal(
    await read(
      each(index => `target "t${index}" {}`, '\n'),
      'docker-bake.hcl',
    ),
    [1, 0],
  )
  for (const text of ['{', '[', '(', '"', '"${', '<<A\n', '/*', 'a = [', 'a "b" {', '${'])
    assert.equal(await read(text.repeat(count), 'docker-bake.hcl'), [1, 0], text)
})

test('the platform "local" beside others is that of the engine', async () => {
  const { builds, occurrences } = await readFiles({
    'docker-bake.json':
      '{"target":{"a":{"platforms":["local","linux/arm64"],"contexts":{"x":"docker-image://alpine:3.23"}},"b":{"platforms":["local"]}}}',
  })
  const engine = { os: 'linux', architecture: 's390x' }
  assert.equal(
    builds.map(build => platformBuilds(build, engine).map(one => one.targetPlatform.architecture)),
    [['s390x', 'arm64'], ['s390x']],
  )
  assert.equal(
    occurrences.map(({ platform }) => platform?.architecture),
    [undefined, 'arm64'],
  )
})

test.run()

/** Builds that Compose files start: which images a run takes from them, and what it writes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../src/api.ts'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { lockCommand } from '../../src/commands/lock.ts'
import { unpinCommand } from '../../src/commands/unpin.ts'
import { createContext } from '../../src/context.ts'
import type { LockReport } from '../../src/core/report.ts'
import { text } from '../../src/reporters/text.ts'
import { NO_WORLD, worldOf } from '../corpus/world.ts'
import { type Files, withFolder } from '../support/folder.ts'
import { startRegistry } from '../support/registry/index.ts'

const test = suite('builds that other files start')

interface Ran {
  readonly report: LockReport
  /** Each file after the run, without the digits of digests. */
  readonly files: Readonly<Record<string, string>>
  /** What `dock-lock check` finds afterwards. */
  readonly after: readonly string[]
  /** Whether `dock-lock unpin` restores every byte. */
  readonly isRestored: boolean
}

const D = /@sha256:[0-9a-f]{64}/g

async function run(
  files: Files,
  options: object = {},
  env: Readonly<Record<string, string>> = {},
  unknown?: RegExp,
): Promise<Ran> {
  const registry = await startRegistry({ answerAnything: true })
  if (unknown !== undefined) registry.fault({ pathRegex: unknown }, { kind: 'status', status: 404 })
  try {
    return await withFolder(files, async root => {
      const context = worldOf(root, NO_WORLD, registry)
      const report = await lockCommand(
        { ...context, env: { ...context.env, ...env } },
        { ...DEFAULT_OPTIONS, ...options },
      )
      const read = () =>
        Object.fromEntries(Object.keys(files).map(name => [name, readFileSync(join(root, name), 'utf8')]))
      const pinned = read()
      const { findings } = await check({ cwd: root, env: { ...context.env, ...env }, ...options })
      const unpinContext = createContext({ cwd: root, env: { ...context.env, ...env } })
      await unpinCommand(unpinContext, { ...DEFAULT_OPTIONS, ...options })
      return {
        report,
        files: Object.fromEntries(
          Object.entries(pinned).map(([name, text]) => [name, text.replace(D, '@D')]),
        ),
        after: findings.map(({ code }) => code),
        isRestored: JSON.stringify(read()) === JSON.stringify(files),
      }
    })
  } finally {
    await registry.close()
  }
}

const imagesIn = ({ report }: Ran) => report.images.map(({ image }) => image).sort()
const COMPOSE = `services:
  web:
    build:
      context: web
      args:
        V: 22
  inline:
    build:
      dockerfile_inline: |
        FROM nginx:1
        RUN true
  db:
    image: "postgres:17" # the database
`

test('an ARG whose default a Compose file repeats is pinned in both', async () => {
  const ran = await run({
    'compose.yaml': 'services: {web: {build: {context: ., args: {BASE: "alpine:3"}}}}\n',
    Dockerfile: 'ARG BASE=alpine:3\nFROM ${BASE} AS base\nFROM base\n',
  })
  assert.equal(ran.files, {
    'compose.yaml': 'services: {web: {build: {context: ., args: {BASE: "alpine:3@D"}}}}\n',
    Dockerfile: 'ARG BASE=alpine:3@D\nFROM ${BASE} AS base\nFROM base\n',
  })
  assert.equal(ran.after, [])
  assert.ok(ran.isRestored)
})

test('an inline Dockerfile with an invalid instruction is skipped as a whole, as a file is', async () => {
  const inline = (text: string) => `build: {dockerfile_inline: ${JSON.stringify(text)}}`
  const { report } = await run({
    'compose.yaml': `services:\n  bad: {${inline('FROM nginx:1\nNOTHING x\n')}}\n  good: {${inline('FROM alpine:3\n')}}\n`,
  })
  assert.equal(
    report.images.map(({ image }) => image),
    ['alpine:3'],
  )
  assert.match(text(report, { color: false, width: 200 }), 'compose.yaml:2')
})

test('a Compose file that builds nothing has no builds to count', async () => {
  const { report } = await run({ 'compose.yaml': 'services: {db: {image: "postgres:17"}}\n' })
  assert.match(text(report, { color: false, width: 80 }), '\nread 1 Compose file\n')
})

test('the images of builds, inline Dockerfiles and services are locked and pinned', async () => {
  const ran = await run({
    'compose.yaml': COMPOSE,
    'web/Dockerfile': 'ARG V=20\nFROM node:${V}\nFROM alpine:3\n',
  })
  assert.equal(imagesIn(ran), ['alpine:3', 'nginx:1', 'node:20', 'node:22', 'postgres:17'])
  assert.is(
    ran.files['compose.yaml'],
    COMPOSE.replace('nginx:1', 'nginx:1@D').replace('postgres:17', 'postgres:17@D'),
  )
  assert.is(ran.files['web/Dockerfile'], 'ARG V=20@D\nFROM node:${V}\nFROM alpine:3@D\n')
  assert.equal(ran.after, [])
  assert.ok(ran.isRestored)
  assert.equal(ran.report.read, [
    { kind: 'dockerfile', files: 1 },
    { kind: 'compose', files: 1, builds: 2 },
  ])
  assert.match(
    text(ran.report, { color: false, width: 80 }),
    '\nread 1 Dockerfile, 1 Compose file with 2 builds\n',
  )
  const byTag = ran.report.notices.filter(({ code }) => code === 'by-tag')
  assert.equal(
    byTag.map(one => ('origins' in one ? one.origins : [])),
    [[{ file: 'compose.yaml', line: 6 }]],
  )
})

test('an override file, an included and an extended one are pinned where they name images', async () => {
  const ran = await run({
    'compose.yaml':
      'include: [sub/c.yml]\nservices:\n  a:\n    image: a:1\n  x:\n    extends: {file: e.yml, service: e}\n',
    'compose.override.yaml': 'services:\n  a:\n    image: a:2\n',
    'sub/c.yml': "services:\n  b:\n    image: 'b:1'\n",
    'e.yml': 'services:\n  e:\n    image: e:1\n',
  })
  assert.equal(imagesIn(ran), ['a:2', 'b:1', 'e:1'])
  assert.is(ran.files['compose.yaml']?.includes('@D'), false)
  assert.is(ran.files['compose.override.yaml'], 'services:\n  a:\n    image: a:2@D\n')
  assert.is(ran.files['sub/c.yml'], "services:\n  b:\n    image: 'b:1@D'\n")
  assert.is(ran.files['e.yml'], 'services:\n  e:\n    image: e:1@D\n')
  assert.equal(ran.after, [])
  assert.ok(ran.isRestored)
})

test('an image that a build replaces by its name is not looked up by it, and not pinned for any build', async () => {
  const ran = await run({
    'compose.yaml':
      'services:\n  a:\n    build:\n      context: .\n      additional_contexts:\n        alpine:3: docker-image://busybox:1\n        node: ./node\n',
    Dockerfile: 'FROM alpine:3\nCOPY --from=node /x /\nFROM debian:12\n',
  })
  assert.equal(imagesIn(ran), ['alpine:3', 'busybox:1', 'debian:12', 'node:latest'])
  assert.is(ran.files.Dockerfile, 'FROM alpine:3\nCOPY --from=node /x /\nFROM debian:12@D\n')
  assert.match(ran.files['compose.yaml'] ?? '', 'docker-image://busybox:1@D\n')
  assert.equal(ran.after, [])
  assert.ok(ran.isRestored)
})

test('a name that a build replaces need not exist in a registry', async () => {
  const files = {
    'compose.yaml':
      'services:\n  a:\n    build:\n      context: .\n      additional_contexts:\n        tools: ./tools\n        base: ./base\n',
    Dockerfile: 'FROM base\nCOPY --from=tools /x /y\nCOPY --from=tools /z /z\nCOPY --from=alpine:3 /x /y\n',
  }
  const ran = await run(files, {}, {}, /tools|base/)
  assert.equal(ran.report.findings, [])
  assert.equal(imagesIn(ran), ['alpine:3'])
  assert.equal(ran.after, [])
  const said = text(ran.report, { color: false, width: 80 })
  assert.match(
    said,
    'Dockerfile:2:13  outside  tools is not locked: it is replaced by a named context in compose.yaml:3; a plain docker build of this file would need an image of that name (also Dockerfile:3:13)',
  )
  assert.match(said, 'Dockerfile:1:6  outside  base is not locked: it is replaced by a named context')
  const without = await run({ Dockerfile: files.Dockerfile }, {}, {}, /tools|base/)
  assert.equal(
    without.report.findings.map(({ code }) => code),
    ['unresolvable', 'unresolvable'],
  )
})

test('an ARG that has a value only in the Compose file is locked and pinned there', async () => {
  const ran = await run({
    'compose.yaml': 'services:\n  a:\n    build: {context: ., args: {BASE: "alpine:3"}}\n',
    Dockerfile: 'ARG BASE\nFROM ${BASE}\n',
  })
  assert.equal(imagesIn(ran), ['alpine:3'])
  assert.match(ran.files['compose.yaml'] ?? '', 'args: {BASE: "alpine:3@D"}')
  assert.equal(ran.report.notices, [])
})

test('a build arg that is the whole reference, and nothing else, is pinned where it is written', async () => {
  const compose = `services:
  a:
    build:
      context: .
      args:
        BASE: "alpine:3" # the base
        TAG: 22
  b:
    build:
      context: .
      args:
        - BASE=\${IMAGE:-debian:12}
`
  const Dockerfile = 'ARG BASE=busybox:1\nARG TAG=1\nFROM node:${TAG}\nFROM ${BASE} AS x\nFROM ${BASE}\n'
  const ran = await run({ 'compose.yaml': compose.replace('\\$', '$'), Dockerfile })
  assert.equal(imagesIn(ran), ['alpine:3', 'busybox:1', 'debian:12', 'node:1', 'node:22'])
  assert.is(
    ran.files['compose.yaml'],
    compose.replace('\\$', '$').replace('alpine:3', 'alpine:3@D').replace('debian:12', 'debian:12@D'),
  )
  assert.is(ran.files.Dockerfile, Dockerfile.replace('busybox:1', 'busybox:1@D').replace('TAG=1', 'TAG=1@D'))
  assert.equal(
    ran.report.notices.map(one => ('images' in one ? [one.code, ...one.images] : one.code)),
    [['by-tag', 'node:22']],
  )
  assert.equal(ran.after, [])
  assert.ok(ran.isRestored)
})

for (const [what, Dockerfile] of [
  ['is also used in a stage', 'ARG BASE\nFROM ${BASE}\nARG BASE\nRUN echo $BASE\n'],
  ['is a part of a reference elsewhere', 'ARG BASE\nFROM ${BASE}\nFROM x/${BASE}\n'],
  ['is not the whole reference', 'ARG BASE\nFROM x/${BASE}\n'],
  ['is defined twice', 'ARG BASE\nARG BASE\nFROM ${BASE}\n'],
  ['makes another ARG', 'ARG BASE\nARG B=${BASE}-slim\nFROM ${BASE}\nFROM ${B}\n'],
] as const)
  test(`a build arg that ${what} is locked by its tag`, async () => {
    const compose = 'services:\n  a:\n    build: {context: ., args: {BASE: "alpine:3"}}\n'
    const ran = await run({ 'compose.yaml': compose, Dockerfile })
    assert.is(ran.files['compose.yaml'], compose)
    assert.ok(ran.report.notices.some(({ code }) => code === 'by-tag'))
    assert.equal(ran.after, [])
  })

test('a build arg of which an alias is something else is locked by its tag', async () => {
  const ran = await run({
    'compose.yaml':
      'services:\n  a:\n    build: {context: ., args: {BASE: &base "alpine:3"}}\n  b:\n    build: {context: b, args: {V: *base}}\n  c:\n    image: c:1\n    labels: {base: *base}\n',
    Dockerfile: 'ARG BASE\nFROM ${BASE}\n',
    'b/Dockerfile': 'ARG V\nFROM x/${V}\n',
  })
  assert.not.match(ran.files['compose.yaml'] ?? '', 'alpine:3@D')
  assert.equal(ran.after, [])
})

test('an alias that is another arg of the same build counts', async () => {
  const ran = await run({
    'compose.yaml': 'services:\n  a:\n    build: {context: ., args: {BASE: &base "alpine:3", NAME: *base}}\n',
    Dockerfile: 'ARG BASE\nARG NAME\nFROM ${BASE}\nFROM x/${NAME}\n',
  })
  assert.not.match(ran.files['compose.yaml'] ?? '', 'alpine:3@D')
  assert.equal(ran.after, [])
})

test('an alias of a build arg that another Dockerfile uses otherwise is not pinned either', async () => {
  const ran = await run({
    'compose.yaml':
      'services:\n  a:\n    build: {context: ., args: {BASE: &base "alpine:3"}}\n  b:\n    build: {context: b, args: {BASE: *base}}\n',
    Dockerfile: 'ARG BASE\nFROM ${BASE}\n',
    'b/Dockerfile': 'ARG BASE\nFROM x/${BASE}\n',
  })
  assert.not.match(ran.files['compose.yaml'] ?? '', 'alpine:3@D')
  assert.equal(ran.after, [])
})

test('a Compose file named on the command line brings its Dockerfiles, whatever their names', async () => {
  const files = {
    'deploy/test.yml':
      'services:\n  a:\n    build: {context: .., dockerfile: build.txt}\n  b:\n    image: b:1\n',
    'build.txt': 'FROM alpine:3\n',
    Dockerfile: 'FROM debian:12\n',
  }
  const ran = await run(files, { paths: ['deploy/test.yml'] })
  assert.equal(imagesIn(ran), ['alpine:3', 'b:1'])
  assert.equal(imagesIn(await run(files)), ['debian:12'])
})

test('a Compose file that the config includes is read as with -f', async () => {
  const files = {
    'docker-compose.test.yml':
      'services:\n  a:\n    build: {context: ., dockerfile: test.txt, args: {V: "22"}}\n  db:\n    image: postgres:${PG:-17}\n',
    'docker-compose.override.yml': 'services:\n  db:\n    image: mysql:8\n',
    'test.txt': 'ARG V=20\nFROM node:${V}\n',
    Dockerfile: 'FROM alpine:3\n',
    '.env': 'PG=16\n',
  }
  const config = 'files:\n  include: docker-compose.test.yml\n'
  const ran = await run({ ...files, '.dock-lock.yaml': config })
  assert.equal(imagesIn(ran), ['alpine:3', 'node:20', 'node:22', 'postgres:16'])
  assert.equal(ran.report.read, [
    { kind: 'dockerfile', files: 2 },
    { kind: 'compose', files: 1, builds: 1 },
  ])
  assert.equal(ran.after, [])
  assert.ok(ran.isRestored)
  assert.equal(imagesIn(await run(files)), ['alpine:3'])
  // The project of compose.yaml is read with its override beside it.
  const both = await run({
    ...files,
    'compose.yaml': 'services:\n  a:\n    build: .\n',
    '.dock-lock.yaml': config,
  })
  assert.equal(imagesIn(both), ['alpine:3', 'mysql:8', 'node:20', 'node:22', 'postgres:16'])
})

test('a file that Compose would refuse is skipped with its place, or an error if it is named', async () => {
  const files = {
    'compose.yaml': 'services:\n  a:\n    image: "a:${V:?must be set}"\n',
    Dockerfile: 'FROM alpine:3\n',
  }
  const ran = await run(files)
  assert.equal(imagesIn(ran), ['alpine:3'])
  assert.equal(ran.report.skipped, [
    {
      file: 'compose.yaml',
      code: 'malformed',
      place: { file: 'compose.yaml', line: 3, column: 12 },
      reason: 'required variable V is missing a value: must be set',
    },
  ])
  const { report } = await run(files, { paths: ['compose.yaml'] })
  assert.equal(
    report.findings.map(({ code }) => code),
    ['malformed'],
  )
  assert.equal(imagesIn(await run(files, {}, { V: '1' })), ['a:1', 'alpine:3'])
})

test('a variable without a value is left to the environment, which a message says', async () => {
  const { report } = await run({
    'compose.yaml': 'services:\n  a:\n    image: a:${V}\n  b:\n    image: b:1\n',
  })
  assert.match(
    text(report, { color: false, width: 80 }),
    'compose.yaml:3:12  outside  a:${V} is not locked: variable V has no value here, so the environment decides',
  )
})

test('one invalid image does not keep the others from being locked', async () => {
  const ran = await run({
    'compose.yaml': 'services:\n  a:\n    image: Not:Valid\n  b:\n    image: b:1\n',
  })
  assert.equal(imagesIn(ran), ['b:1'])
  assert.equal(
    ran.report.skipped?.map(one => 'place' in one && one.place.line),
    [3],
  )
})

test('the platforms of a build are those of its images', async () => {
  const { report } = await run({
    'compose.yaml': 'services:\n  a:\n    build: {context: x, platforms: [linux/arm64]}\n',
    'x/Dockerfile': 'ARG TARGETARCH\nFROM base-$TARGETARCH:1\n',
  })
  assert.ok(report.images.some(({ image }) => image === 'base-arm64:1'))
})

test('a build without its stage or its Dockerfile is skipped at its place, and the rest is locked', async () => {
  const files = {
    'compose.yaml': `services:
  web: {build: .}
  old:
    build: {context: ., target: gone}
  lost:
    build: {context: ., dockerfile: lost.Dockerfile}
`,
    Dockerfile: 'FROM alpine:3 AS web\n',
    'docker-bake.json': '{"target":{"default":{"target":"missing"}}}',
  }
  const ran = await run(files)
  assert.equal(ran.report.findings, [])
  assert.equal(
    (ran.report.skipped ?? []).map(one =>
      'place' in one && 'reason' in one ? [one.place, one.reason] : one.code,
    ),
    [
      [{ file: 'compose.yaml', line: 6, column: 1 }, 'its Dockerfile lost.Dockerfile does not exist'],
      [{ file: 'compose.yaml', line: 4, column: 1 }, 'Dockerfile: target stage "gone" could not be found'],
      [
        { file: 'docker-bake.json', line: 1, column: 1 },
        'Dockerfile: target stage "missing" could not be found',
      ],
    ],
  )
  assert.equal(imagesIn(ran), ['alpine:3'])
  assert.is(ran.files.Dockerfile, 'FROM alpine:3@D AS web\n')
  assert.equal(ran.after, [])
  assert.is(ran.report.exitCode, 0)
  const strict = await run(files, { strict: true })
  assert.equal(
    strict.report.findings.map(({ code }) => code),
    ['malformed', 'malformed', 'malformed'],
  )
})

test('a script that builds from a Dockerfile that is gone is only reported', async () => {
  const ran = await run({
    'package.json': '{"scripts":{"image":"docker build -f gone.Dockerfile ."}}',
    Dockerfile: 'FROM alpine:3\n',
  })
  assert.equal([ran.report.findings, ran.report.skipped?.length], [[], 1])
})

const NAMED = {
  'a.yml': 'services: {a: {image: "a:1"}}\n',
  'sub/b.yml': 'services: {a: {image: "a:2"}, b: {image: "b:1", profiles: [more]}}\n',
}

test('COMPOSE_FILE names the files if none has a default name', async () => {
  const env = { COMPOSE_FILE: 'a.yml:sub/b.yml' }
  const ran = await run(NAMED, {}, env)
  assert.equal(imagesIn(ran), ['a:2', 'b:1'])
  assert.equal(ran.files, {
    'a.yml': NAMED['a.yml'],
    'sub/b.yml': 'services: {a: {image: "a:2@D"}, b: {image: "b:1@D", profiles: [more]}}\n',
  })
  assert.equal([ran.after, ran.isRestored], [[], true])
  assert.equal(imagesIn(await run(NAMED, {}, { ...env, COMPOSE_PROFILES: 'other' })), ['a:2'])
})

test('so does the .env of the root', async () => {
  const files = { ...NAMED, '.env': '# x\nexport COMPOSE_FILE="sub/b.yml:a.yml"\nCOMPOSE_PROFILES=other\n' }
  assert.equal(imagesIn(await run(files)), ['a:1'])
  // A file with a default name is not read then, as in Compose.
  assert.equal(imagesIn(await run({ ...files, 'compose.yaml': 'services: {c: {image: "c:1"}}\n' })), ['a:1'])
  assert.equal(imagesIn(await run({ ...NAMED, '.env': 'OTHER=1\n', Dockerfile: 'FROM x:1\n' })), ['x:1'])
})

test('the config lists Compose files that are read together', async () => {
  const files = {
    ...NAMED,
    '.dock-lock.yaml': 'files:\n  compose:\n    - [a.yml, ./sub/b.yml]\n    - a.yml\n',
  }
  const ran = await run(files)
  assert.equal(imagesIn(ran), ['a:1', 'a:2', 'b:1'])
  assert.equal([ran.after, ran.isRestored], [[], true])
  // What is named on the command line is all that is read.
  assert.equal(imagesIn(await run({ ...files, Dockerfile: 'FROM x:1\n' }, { paths: ['Dockerfile'] })), [
    'x:1',
  ])
})

test('a dev container reads the Compose files that it names', async () => {
  const files = {
    '.devcontainer/go/devcontainer.json': '{"dockerComposeFile":["../../a.yml","dev.yml"],"service":"a"}\n',
    '.devcontainer/go/dev.yml': 'services: {a: {build: .}, d: {image: "d:1"}}\n',
    'a.yml': 'services: {a: {volumes: [{type: image, source: "v:1", target: /v}]}}\n',
    Dockerfile: 'FROM x:1\n',
  }
  const ran = await run(files)
  assert.equal(imagesIn(ran), ['d:1', 'v:1', 'x:1'])
  assert.is(ran.files['a.yml'], files['a.yml'].replace('v:1', 'v:1@D'))
  assert.equal([ran.after, ran.isRestored], [[], true])
  const one = { '.devcontainer.json': '{"dockerComposeFile":"dev.yml"}', 'dev.yml': NAMED['a.yml'] }
  assert.equal(imagesIn(await run(one)), ['a:1'])
})

test('a secret of the environment reaches no registry, report or file', async () => {
  const secret = 'ghp_SECRETsecret123456'
  const files = {
    'compose.yaml': `services:
  a: {image: "alpine:\${GITHUB_TOKEN}"}
  b: {build: {context: ., args: {T: "\${GITHUB_TOKEN}"}}}
  c: {build: "https://\${GITHUB_TOKEN}@example.com/o/r.git"}
  d: {image: "redis:7"}
  e: {image: "busybox:\${API_TOKEN}"}
`,
    '.env': `API_TOKEN=${secret}\n`,
    Dockerfile: 'ARG T=3\nFROM alpine:${T}\n',
  }
  const ran = await run(files, {}, { GITHUB_TOKEN: secret })
  const { '.env': _, ...others } = ran.files
  assert.not.match(JSON.stringify([ran.report, others]), secret)
  assert.equal(imagesIn(ran), ['alpine:3', 'redis:7'])
  assert.equal(
    (ran.report.skipped ?? []).map(({ file }) => file),
    ['compose.yaml', 'compose.yaml', 'compose.yaml'],
  )
})

test('a Compose file with a format of docker in it is no template, and keeps what is locked', async () => {
  const { report, files } = await run({
    'compose.yaml':
      'services: {a: {image: "postgres:17", healthcheck: {test: "x {{.State}}"}, environment: {P: "${P:?set it}"}}}\n',
    'docker-images.lock': `lockfileVersion: 1\nimages:\n  docker.io/library/postgres:17:\n    digest: sha256:${'1'.repeat(64)}\n`,
    Dockerfile: 'FROM alpine:3\n',
  })
  assert.equal(
    (report.skipped ?? []).map(({ code }) => code),
    ['malformed'],
  )
  assert.match(files['docker-images.lock'] ?? '', 'postgres:17')
})

test('files that grow without bound are refused', async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `f${index}.yaml`,
      `include: [f${index + 1}.yaml, f${index + 1}.yaml]\n`,
    ]),
  )
  const reasonsOf = async (files: Files) =>
    ((await run({ ...files, Dockerfile: 'FROM alpine:3\n' })).report.skipped ?? []).map(one =>
      'reason' in one ? one.reason : one.code,
    )
  assert.equal(
    await reasonsOf({
      ...chain,
      'f30.yaml': 'services: {a: {image: "redis:7"}}\n',
      'compose.yaml': 'include: [f0.yaml]\n',
    }),
    ['files are included more than 1000 times'],
  )
  const doubling = Array.from({ length: 30 }, (_, index) => `A${index + 1}=$A${index}$A${index}\n`).join('')
  assert.equal(
    await reasonsOf({
      '.env': `A0=xxxxxxxx\n${doubling}`,
      'compose.yaml': 'services: {a: {image: "$A30"}}\n',
    }),
    ['the value of A14 is longer than 65536 characters'],
  )
})

test('a Dockerfile that cannot be read stops no other build, and no name is a property of JavaScript', async () => {
  const ran = await run({
    'compose.yaml': `services:
  a: {build: {context: ., dockerfile: ${'x'.repeat(300)}}}
  b: {image: "redis:7"}
  c: {build: {context: ., additional_contexts: {x: "docker-image://\${constructor}"}}}
`,
    Dockerfile: 'FROM alpine:3\n',
  })
  assert.equal(imagesIn(ran), ['alpine:3', 'redis:7'])
  assert.equal(ran.report.findings, [])
  assert.equal(
    ran.report.notices.flatMap(one => (one.code === 'outside' ? [one.names] : [])),
    [['constructor']],
  )
})

test.run()

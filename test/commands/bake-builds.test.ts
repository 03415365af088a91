/** Bake files and dev containers in a run: the images of their builds are locked, and pinned where they are written. */
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../src/api.ts'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { lockCommand } from '../../src/commands/lock.ts'
import { unpinCommand } from '../../src/commands/unpin.ts'
import type { Context } from '../../src/context.ts'
import type { LockReport } from '../../src/core/report.ts'
import { text } from '../../src/reporters/text.ts'
import { NO_WORLD, worldOf } from '../corpus/world.ts'
import { type Files, withFolder } from '../support/folder.ts'
import { fixedDigest } from '../support/generate.ts'
import { startRegistry } from '../support/registry/index.ts'

const test = suite('builds of Bake files and dev containers')

interface Ran {
  readonly report: LockReport
  /** The files once pinned, without the digits of digests. */
  readonly pinned: Readonly<Record<string, string>>
  /** What `check` finds afterwards. */
  readonly after: readonly string[]
}

function withoutLockfile({ 'docker-images.lock': _, ...files }: Files): Files {
  return files
}

/** Locks and pins the files. Unpinning must restore every byte. */
async function run(files: Files, env: Readonly<Record<string, string>> = {}, unknown?: RegExp): Promise<Ran> {
  const registry = await startRegistry({ answerAnything: true })
  if (unknown !== undefined) registry.fault({ pathRegex: unknown }, { kind: 'status', status: 404 })
  try {
    return await withFolder(files, async root => {
      const world = worldOf(root, NO_WORLD, registry)
      const context: Context = { ...world, env: { ...world.env, ...env } }
      const read = () =>
        Object.fromEntries(Object.keys(files).map(name => [name, readFileSync(join(root, name), 'utf8')]))
      const report = await lockCommand(context, DEFAULT_OPTIONS)
      const pinned = Object.entries(read()).map(([name, all]) => [
        name,
        all.replace(/@sha256:[0-9a-f]{64}/g, '@D'),
      ])
      const { findings } = await check({ cwd: root, env: context.env })
      await unpinCommand(context, DEFAULT_OPTIONS)
      assert.equal(withoutLockfile(read()), withoutLockfile(files))
      return { report, pinned: Object.fromEntries(pinned), after: findings.map(({ code }) => code) }
    })
  } finally {
    await registry.close()
  }
}

const lockfileWith = (key: string) =>
  `lockfileVersion: 1\nimages:\n  ${key}:\n    digest: ${fixedDigest('a')}\n`

const images = ({ report }: Ran) => report.images.map(({ image }) => image).sort()

test('a Bake file in JSON', async () => {
  const files = {
    'docker-bake.json': `{
  "variable": {"NODE": {"default": "22-alpine"}},
  "target": {
    "app": {
      "context": "app",
      "args": {"NODE": "\${NODE}"},
      "contexts": {"tools": "docker-image://alpine:3.20"},
      "dockerfile": "app.dev"
    },
    "inline": {"dockerfile-inline": "FROM busybox:1.37\\nRUN true\\n"}
  }
}
`,
    'docker-bake.override.json': '{"target":{"app":{"target":"build"}}}\n',
    'app/app.dev':
      'ARG NODE=1\nFROM node:${NODE} AS build\nCOPY --from=debian:12 /x /y\nFROM scratch\nCOPY --from=golang:1 / /\n',
  }
  const ran = await run(files)
  assert.ok(
    ['alpine:3.20', 'busybox:1.37', 'debian:12', 'node:22-alpine'].every(name => images(ran).includes(name)),
  )
  const bake = ran.pinned['docker-bake.json'] ?? ''
  assert.match(bake, '"docker-image://alpine:3.20@D"')
  assert.match(bake, 'FROM busybox:1.37@D\\nRUN true\\n')
  assert.match(ran.pinned['app/app.dev'] ?? '', '--from=debian:12@D')
  assert.equal(ran.after, [])
  const { read = [] } = ran.report
  assert.equal(
    read.filter(({ kind }) => kind === 'bake'),
    [{ kind: 'bake', files: 1, builds: 2 }],
  )
  assert.match(text(ran.report, { color: false, width: 120 }), '1 Bake file with 2 builds')
})

test('without buildx, an image that a context of a Bake file may replace is not pinned and may be missing', async () => {
  const files = {
    'docker-bake.hcl': `target "app" {
  context = upper("app")
  contexts = {
    base = "target:other"
    "alpine:3" = "docker-image://alpine:3.20"
  }
}
`,
    'docker-images.lock': lockfileWith('docker.io/library/node:22'),
    Dockerfile: 'FROM base\nCOPY --from=alpine:3 /a /b\nCOPY --from=busybox:1 /a /b\n',
  }
  const ran = await run(files, { PATH: '' }, /library\/base/)
  assert.is(ran.pinned.Dockerfile, 'FROM base\nCOPY --from=alpine:3 /a /b\nCOPY --from=busybox:1@D /a /b\n')
  assert.equal(ran.report.findings, [])
  assert.is(ran.report.exitCode, 0)
  assert.equal(ran.after, [])
  assert.equal(
    ran.report.notices.flatMap(one => (one.code === 'outside' ? [one.images, one.replacedBy] : [])),
    [['base:latest'], [{ file: 'docker-bake.hcl', line: 1 }]],
  )
  assert.match(ran.pinned['docker-images.lock'] ?? '', 'node:22', 'the file that may need it was not read')
})

test('a build arg of a Bake file or a dev container that is the whole reference is pinned there', async () => {
  const ran = await run({
    'docker-bake.json': `{
  "variable": {"BASE": {"default": "debian:12"}},
  "target": {
    "base": {"args": {"A": "alpine:3.20"}},
    "app": {"inherits": ["base"], "args": {"B": "\${BASE}"}},
    "other": {"inherits": ["base"], "dockerfile": "other.txt", "args": {"B": "node:22"}}
  }
}
`,
    Dockerfile: 'ARG A\nARG B\nFROM ${A}\nFROM ${B}\n',
    'other.txt': 'ARG A\nARG B\nFROM $A\nFROM x/$B\n',
    '.devcontainer.json': '{"build": {"dockerfile": "dev.txt", "args": {"IMAGE": "golang:1"}}}\n',
    'dev.txt': 'ARG IMAGE\nFROM $IMAGE\n',
  })
  const bake = ran.pinned['docker-bake.json'] ?? ''
  assert.match(bake, '"A": "alpine:3.20@D"')
  assert.match(bake, '"default": "debian:12@D"')
  assert.match(bake, '"B": "node:22"')
  assert.match(ran.pinned['.devcontainer.json'] ?? '', '"golang:1@D"')
  assert.equal(ran.after, [])
})

test('a Bake file in HCL, evaluated by buildx', async () => {
  const files = {
    'docker-bake.hcl': `target "app" {
  dockerfile-inline = <<-EOT
    FROM \\
      alpine:3.20
    COPY --from=node:22 / /
  EOT
  contexts = {
    x = "docker-image://debian:12"
  }
}
`,
  }
  // In the place of buildx: prints the images as they are in the file, with their digests.
  const script = `#!/bin/sh
image() { grep -o "$1[^ \\"]*" docker-bake.hcl; }
cat <<E
{"target": {"app": {
  "dockerfile-inline": "FROM \\\\\\\\\\n  $(image alpine:3.20)\\nCOPY --from=$(image node:22) / /\\n",
  "contexts": {"x": "docker-image://$(image debian:12)"}
}}}
E
`
  await withFolder({ 'bin/docker': script }, async bin => {
    chmodSync(join(bin, 'bin/docker'), 0o755)
    const ran = await run(files, { PATH: `${join(bin, 'bin')}:/usr/bin:/bin` })
    assert.equal(images(ran), ['alpine:3.20', 'debian:12', 'node:22'])
    assert.is(
      ran.pinned['docker-bake.hcl'],
      files['docker-bake.hcl']
        .replace('3.20', '3.20@D')
        .replace('node:22', 'node:22@D')
        .replace('debian:12', 'debian:12@D'),
    )
  })
})

test('without buildx, the Dockerfiles are locked on their own', async () => {
  const ran = await run(
    { 'docker-bake.hcl': 'target "app" {}\n', Dockerfile: 'FROM alpine:3.20\n' },
    { PATH: '/nowhere' },
  )
  assert.equal(images(ran), ['alpine:3.20'])
  assert.equal(ran.after, [])
  const said = text(ran.report, { color: false, width: 200 })
  assert.match(said, 'docker-bake.hcl:1:1: buildx is not there; the Dockerfiles are treated on their own')
})

test('a dev container', async () => {
  const ran = await run({
    '.devcontainer/devcontainer.json': '{\r\n  // a comment\r\n  "image": "debian:12",\r\n}\r\n',
    'web/.devcontainer.json': '{"build":{"dockerfile":"dev.docker","args":{"V":"22"}}}\n',
    'web/dev.docker': 'ARG V\nFROM node:${V}\n',
  })
  assert.ok(['debian:12', 'node:22'].every(name => images(ran).includes(name)))
  assert.is(
    ran.pinned['.devcontainer/devcontainer.json'],
    '{\r\n  // a comment\r\n  "image": "debian:12@D",\r\n}\r\n',
  )
})

test('scripts of a package.json: their builds are locked, and the file stays as it is', async () => {
  const ran = await run({
    'package.json': `{
  "scripts": {
    "image": "docker build -f ci/app.txt --build-arg V=22 --build-context base=docker-image://alpine:3.20 .",
    "up": "docker compose -f ci/test.yaml up"
  }
}
`,
    'ci/app.txt': 'ARG V\nFROM node:${V}\nCOPY --from=base / /\n',
    'ci/test.yaml': 'services:\n  db:\n    image: postgres:17 # tests\n',
  })
  assert.equal(images(ran), ['alpine:3.20', 'base:latest', 'node:22', 'postgres:17'])
  assert.is(ran.pinned['ci/test.yaml'], 'services:\n  db:\n    image: postgres:17@D # tests\n')
  assert.not.match(ran.pinned['package.json'] ?? '', '@D')
  assert.equal(ran.after, [])
  const said = text(ran.report, { color: false, width: 200 })
  assert.match(said, '1 package.json file with 1 build')
  assert.match(
    said,
    'ci/app.txt:2:6  by-tag  node:22 is locked, but cannot be pinned here: the value of ARG V is from package.json:3',
  )
  assert.match(
    said,
    'package.json:3:5  by-tag  alpine:3.20 is locked, but cannot be pinned here: dock-lock does not change commands',
  )
})

test('a Bake file in HCL that a script evaluates with another variable', async () => {
  const files = {
    'package.json': '{"scripts":{"image":"V=22 docker buildx bake","none":"docker buildx bake"}}\n',
    'docker-bake.hcl': 'variable "V" {\n  default = "20"\n}\ntarget "app" {\n  args = { V = V }\n}\n',
    Dockerfile: 'ARG V=18\nFROM node:${V}\n',
  }
  // In the place of buildx: the last file that gives V a default decides.
  const script = `#!/bin/sh
V=$(cat docker-bake.hcl assigned.json 2>/dev/null | grep -o 'default[": =]*[0-9]*' | tail -1 | grep -o '[0-9]*')
echo '{"target": {"app": {"args": {"V": "'$V'"}}}}'
`
  await withFolder({ 'bin/docker': script }, async bin => {
    chmodSync(join(bin, 'bin/docker'), 0o755)
    const ran = await run(files, { PATH: `${join(bin, 'bin')}:/usr/bin:/bin` })
    assert.equal(images(ran), ['node:18', 'node:20', 'node:22'])
    assert.equal([ran.after, ran.report.findings], [[], []])
  })
  const without = await run(files, { PATH: '/nowhere' })
  const said = text(without.report, { color: false, width: 200 })
  assert.is(said.split('buildx is not there').length, 2, said)
})

test('a script that starts Bake with a variable: a target adds to the service of its name', async () => {
  const { report } = await run({
    'package.json': '{"scripts":{"image":"V=23 docker buildx bake"}}\n',
    'compose.yaml': 'services: {web: {build: {context: web, args: {V: "${V:-22}"}}}}\n',
    'docker-bake.json': '{"target":{"web":{"args":{"W":"alpine"}}}}\n',
    'web/Dockerfile': 'ARG V\nARG W=slim\nFROM node:$V-$W\n',
  })
  const found = report.images.map(({ image }) => image)
  assert.ok(found.includes('node:23-alpine'), found.join())
})

test('a package.json without builds is not spoken of, whatever is wrong with it', async () => {
  for (const json of ['{"scripts":{"build":"tsc"}}', '{', '{"scripts":{"x":"docker build $X"}}']) {
    const ran = await run({ 'package.json': json, Dockerfile: 'FROM alpine:3.20\n' })
    assert.equal([ran.report.read, ran.report.skipped, ran.report.findings], [undefined, undefined, []])
  }
})

test('a target adds to the service of its name, as Bake merges the files', async () => {
  const { report, after } = await run({
    'compose.yaml': 'services: {web: {build: {context: web, args: {V: "22", W: "3"}}}}\n',
    'docker-bake.json': '{"target":{"web":{"args":{"V":"23"}}}}\n',
    'web/Dockerfile': 'ARG V\nARG W\nFROM node:$V\nFROM alpine:$W\n',
  })
  assert.equal(
    report.images.map(({ image }) => image),
    ['alpine:3', 'node:22', 'node:23'],
  )
  assert.equal([report.findings, after], [[], []])
  const lines = text(report, { color: false, width: 80 }).split('\n')
  const shown = lines.filter(line => line !== '' && !line.includes('→'))
  assert.equal(shown, [...new Set(shown)])
})

test.run()

/**
 * Compose and Bake on real engines: what a build asks the registry, by tag as it is, pinned, under a policy and with an override, in both
 * stores of Docker 28 and in a builder. The table in docs/compose.md says the same.
 */
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VerifyReport } from '../../src/index.ts'
import { commandsOf, readPages } from '../docs/shown.ts'
import { CLI, runCli } from '../support/cli.ts'
import { withFolder } from '../support/folder.ts'
import { startBuilder } from './support/builder.ts'
import { composeProgram } from './support/compose.ts'
import { type Engine, startEngine } from './support/engines.ts'
import { run } from './support/exec.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const FILES = {
  'compose.yaml': `services:
  web:
    build:
      context: web
      network: none
      args:
        NODE_VERSION: 24-alpine
        TOOLS: busybox:1.37
    image: example/web
    network_mode: none
  proxy:
    build:
      network: none
      dockerfile_inline: |
        FROM alpine:3.23
        RUN ["/bin/sh", "-c", "cat /image"]
    network_mode: none
  database:
    image: postgres:17
    network_mode: none
    volumes:
      - type: image
        source: debian:13
        target: /data
`,
  'ci.yaml': 'services: {web: {build: {args: {TOOLS: busybox:1.37}}}}\n',
  'web/Dockerfile': `ARG NODE_VERSION=22-alpine
ARG TOOLS=busybox:1.37
FROM \${TOOLS} AS tools
FROM node:\${NODE_VERSION}
COPY --from=tools /image /tools
RUN ["/bin/sh", "-c", "cat /tools"]
`,
  'docker-bake.hcl': `variable "NODE_VERSION" {
  default = "24-alpine"
}
group "default" {
  targets = ["app", "notice"]
}
target "app" {
  name    = "app-\${stage}"
  matrix  = { stage = ["dev", "prod"] }
  context = "app"
  target  = stage
  network = "none"
  args    = { NODE_VERSION = NODE_VERSION }
}
target "notice" {
  network           = "none"
  dockerfile-inline = <<EOT
FROM busybox:1.37
RUN ["/bin/sh", "-c", "cat /image"]
EOT
}
`,
  'app/Dockerfile': `ARG NODE_VERSION=22-alpine
FROM node:\${NODE_VERSION} AS dev
RUN ["/bin/sh", "-c", "cat /image"]

FROM alpine:3.23 AS prod
COPY --from=dev /image /node
RUN ["/bin/sh", "-c", "cat /node"]
`,
}
/** A context that is an image, beside a FROM that is one. */
const CONTEXTS = {
  'docker-bake.hcl': `target "default" {
  network  = "none"
  contexts = { "alpine:edge" = "docker-image://alpine:3.23" }
}
`,
  Dockerfile: `FROM busybox:1.37
COPY --from=alpine:edge /image /base
RUN ["/bin/sh", "-c", "cat /base"]
`,
}
const references = [
  'library/alpine:3.23',
  'library/alpine:edge',
  'library/busybox:1.37',
  'library/debian:13',
  'library/node:22-alpine',
  'library/node:24-alpine',
  'library/postgres:17',
] as const

/** What both the Compose file and the Bake file build from. */
const byTag = ['HEAD alpine:3.23', 'HEAD busybox:1.37', 'HEAD node:24-alpine']
const byDigest = byTag.map(request => `${request}@X`)

const COMPOSE = 'docker compose build'
const UP = 'docker compose up --no-start'
const BAKE = 'docker buildx bake -f docker-bake.hcl'
const dockLock = `'${process.execPath}' '${CLI}'`
const underPolicy = (build: string) => `${dockLock} run -- ${build}`
const OVERRIDDEN = {
  compose: `${dockLock} override compose | docker compose -f compose.yaml -f - build`,
  bake: `${dockLock} override bake | ${BAKE} -f -`,
}

/** `dock-lock … | docker …`, in every page. */
const PIPES = readPages()
  .flatMap(commandsOf)
  .flatMap(({ text, pipe }) => (pipe?.startsWith('docker') === true ? [`${dockLock}${text} | ${pipe}`] : []))

const kinds = ['docker-28-graphdriver', 'docker-28-containerd'] as const

interface Bench extends Seeded<(typeof references)[number]> {
  engines: readonly Engine[]
}

const test = suite<Bench>('builds')

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
test('engines and registry start', async bench => {
  Object.assign(bench, await startSeeded(references))
  const compose = await composeProgram()
  bench.engines = await Promise.all(kinds.map(kind => bench.use(startEngine(kind, bench.engineOptions))))
  for (const { env } of bench.engines)
    symlinkSync(compose, join(`${env.DOCKER_CONFIG}`, 'cli-plugins/docker-compose'))
})

test.after(bench => bench.stop?.())

/** Runs commands in a project, with one engine. */
function workIn(bench: Bench, engine: Engine, cwd: string, more: Readonly<Record<string, string>> = {}) {
  const { gate, images } = bench
  const env = { ...engine.env, NO_COLOR: '1', ...more }
  const asked = () => {
    const all = gate.requests().map(({ method, url }) => {
      const [, repository, name = ''] = /^\/v2\/library\/([^/]+)\/manifests\/([^?]+)/.exec(url) ?? []
      const [known] = Object.entries(images).find(([, { digest }]) => digest === name) ?? []
      return `${method} ${known === undefined ? `${repository}:${name}` : `${known.slice('library/'.length)}@X`}`
    })
    return [...new Set(all)].sort()
  }
  const shell = (command: string) => run('sh', ['-c', command], { cwd, env, timeoutMs: 60_000 })
  return {
    env,
    shell,
    asked,
    lock: (...args: string[]) => runCli(args, { cwd, env: { ...process.env, ...env }, timeoutMs: 120_000 }),
    async fails(command: string) {
      const { code, output } = await shell(command)
      assert.is.not(code, 0, output)
    },
    /** The build works, and asks for that and nothing else. */
    async passes(command: string, requests: readonly string[]) {
      gate.clear()
      const { code, output } = await shell(command)
      assert.equal(asked(), requests, `${command}:\n${output}`)
      assert.is(code, 0, `${command}:\n${output}`)
    },
    /** Neither a build nor what BuildKit holds in memory helps the next one. */
    async forget() {
      await engine.pruneBuildCache()
      await engine.restart()
    },
  }
}

for (const [index, kind] of kinds.entries()) {
  test(`${kind}: a Compose project and a Bake matrix need no registry once they are locked`, bench =>
    withFolder(FILES, async root => {
      const { gate } = bench
      const engine = bench.engines?.[index] as Engine
      assert.ok(engine, 'no engine: see the first test')
      assert.ok(PIPES.length >= 2, PIPES.join('\n'))
      const { lock, fails, passes, forget } = workIn(bench, engine, root)
      await gate.setMode('refuse')
      await fails(COMPOSE)
      await fails(BAKE)

      await gate.setMode('pass')
      const locked = await lock()
      assert.is(locked.code, 0, locked.stdout + locked.stderr)
      assert.match(locked.stdout, /^verified: /m)
      await forget()
      await gate.setMode('hang')
      for (const build of [COMPOSE, UP, BAKE]) await passes(build, [])

      // By tag, as the files were, and with what an override or a policy adds.
      await lock('unpin')
      await forget()
      for (const build of [COMPOSE, BAKE]) await passes(build, [])
      await forget()
      for (const build of [COMPOSE, BAKE]) await passes(underPolicy(build), [])
      await forget()
      if (engine.store === 'graphdriver') {
        // As README and docs have it.
        for (const build of PIPES) await passes(build, [])
        return
      }
      await gate.setMode('pass')
      await passes(OVERRIDDEN.compose, byDigest)
      await forget()
      await passes(OVERRIDDEN.bake, byDigest)
      await forget()
      await gate.setMode('refuse')
      await passes(OVERRIDDEN.bake, [])
    }))

  test(`${kind}: a context that is an image does what verify says`, bench =>
    withFolder(CONTEXTS, async root => {
      const { gate } = bench
      const engine = bench.engines?.[index] as Engine
      assert.ok(engine, 'no engine: see the first test')
      const { lock, passes, forget } = workIn(bench, engine, root)
      await gate.setMode('pass')
      const locked = await lock()
      assert.is(locked.code, 0, locked.stdout + locked.stderr)
      const report = JSON.parse((await lock('verify', '--json')).stdout) as VerifyReport
      const uses = report.images.map(({ image, stores }) => `${image} ${stores?.[0]?.registryUse}`)
      await forget()
      if (engine.store === 'graphdriver') {
        assert.equal(uses, ['alpine:3.23 none', 'alpine:edge none', 'busybox:1.37 none'])
        await gate.setMode('hang')
        await passes('docker buildx bake', [])
        return
      }
      assert.equal(uses, ['alpine:3.23 optional', 'alpine:edge none', 'busybox:1.37 none'])
      const verified = await lock('verify')
      assert.is(verified.code, 0, verified.stdout)
      assert.match(verified.stdout, /builds may contact the registry, but do not need it/)
      const strict = await lock('verify', '--strict')
      assert.is(strict.code, 1, strict.stdout)
      assert.match(strict.stdout, /a named context \(docker-image:/)
      await passes('docker buildx bake', ['HEAD alpine:3.23@X'])
      await forget()
      await gate.setMode('refuse')
      await passes('docker buildx bake', [])
    }))
}

test('a builder is asked by tag for what has no digest, and never under an override or a policy', bench =>
  withFolder(FILES, async root => {
    const { gate } = bench
    const engine = bench.engines?.[1] as Engine
    assert.ok(engine, 'no engine: see the first test')
    await gate.setMode('pass')
    await engine.pruneAll()
    const builder = await startBuilder(engine, bench.directory, 'farm')
    const { lock, fails, passes } = workIn(bench, engine, root, { BUILDX_BUILDER: 'farm' })
    // The outcome stays in the builder.
    const bake = `${BAKE} --set '*.output=type=cacheonly'`
    try {
      // Its engine knows the mirror, and a builder does not.
      const locked = await lock('--no-verify', '--no-pin', '--builder', 'default')
      assert.is(locked.code, 0, locked.stdout + locked.stderr)
      await lock('pull')
      // By tag, a builder needs the registry whatever it has.
      const { images } = JSON.parse((await lock('verify', '--json')).stdout) as VerifyReport
      const uses = images.map(({ stores }) => `${stores?.[0]?.state} ${stores?.[0]?.registryUse}`)
      assert.equal([...new Set(uses)], ['cache-only required'])

      const policy = join(root, 'policy.json')
      writeFileSync(policy, (await lock('policy')).stdout)
      const withPolicy = `EXPERIMENTAL_BUILDKIT_SOURCE_POLICY='${policy}'`
      const refused = await lock('run', '--', 'docker', 'buildx', 'bake')
      assert.is(refused.code, 1)
      assert.match(refused.stderr, 'does not report the version of its BuildKit')
      const fresh = async (command: string, requests: readonly string[]) => {
        await engine.restart()
        await passes(command, requests)
      }
      await fresh(COMPOSE, byTag)
      await fresh(bake, byTag)
      await fresh(`${withPolicy} ${COMPOSE}`, byDigest)
      await fresh(`${withPolicy} ${bake}`, byDigest)
      await fresh(OVERRIDDEN.compose, byDigest)
      await fresh(`${OVERRIDDEN.bake} --set '*.output=type=cacheonly'`, byDigest)
      await engine.restart()
      await gate.setMode('refuse')
      await fails(bake)
      await passes(`${OVERRIDDEN.bake} --set '*.output=type=cacheonly'`, [])
      await gate.setMode('pass')

      // An arg in the middle of a reference is what a file cannot pin.
      await lock('--no-verify', '--builder', 'default')
      await fresh(bake, ['HEAD alpine:3.23@X', 'HEAD busybox:1.37@X', 'HEAD node:24-alpine'])
      const image = `docker-image://alpine:3.23@${bench.images['library/alpine:3.23'].digest}`
      const context = {
        contexts: { base: image },
        'dockerfile-inline': 'FROM base',
        output: ['type=cacheonly'],
      }
      writeFileSync(join(root, 'context.json'), JSON.stringify({ target: { default: context } }))
      await fresh('docker buildx bake -f context.json', ['HEAD alpine:3.23@X'])
    } finally {
      await builder.stop()
    }
  }))

test.run()

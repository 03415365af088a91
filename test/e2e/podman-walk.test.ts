/** The main job on Podman, with registries reached and opened by its own configuration files. */
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { withFolder } from '../support/folder.ts'
import { mirrorOf, type Podman, podmanKinds, startPodman } from './support/podman.ts'
import type { Registry } from './support/registry.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const DOCKERFILE = `FROM node:24-alpine AS build
RUN ["/bin/sh", "-c", "cat /image > /tmp/built"]

FROM alpine:3.23
COPY --from=build /tmp/built /built
COPY --from=busybox:1.37 /image /busybox
RUN --mount=type=bind,from=debian:13,target=/debian ["/bin/sh", "-c", "cat /debian/image"]
`
const references = [
  'library/node:24-alpine',
  'library/alpine:3.23',
  'library/busybox:1.37',
  'library/debian:13',
  'team/app:2',
] as const
const password = `pl4nted-${randomUUID()}`
const login = Buffer.from(`robot:${password}`).toString('base64')

interface Bench extends Seeded<(typeof references)[number]> {
  /** Opens with a password alone. */
  closed: Registry
  podmans: readonly Podman[]
}

const walk = suite<Bench>('podman walk')

walk('Podman and registries start', async bench => {
  Object.assign(bench, await startSeeded(references))
  bench.closed = await bench.serve({ users: { robot: password } })
  const registries = mirrorOf(
    bench.gate.address,
    `[[registry]]
location = "127.0.0.1:${bench.closed.port}"
insecure = true
[[registry]]
prefix = "corp.example/base"
location = "${bench.gate.address}/library"
insecure = true
[[registry]]
location = "mirrored.example"
[[registry.mirror]]
location = "127.0.0.1:${bench.closed.port}"
insecure = true
[[registry]]
location = "shut.example"
blocked = true
`,
  )
  bench.podmans = await Promise.all(podmanKinds.map(kind => bench.use(startPodman(kind, { registries }))))
})

walk.after(bench => bench.stop?.())

/** Runs dock-lock as a user of this Podman, who has nothing but `config` for Docker's config.json. */
function userOf(podman: Podman, home: string, cwd: string, more: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env.PATH, ...podman.env, HOME: home, DOCKER_CONFIG: home, ...more }
  return (...args: string[]) => runCli(args, { cwd, env })
}

for (const [index, kind] of podmanKinds.entries()) {
  walk(`${kind}: lock, build without a registry, lose an image, pull it again`, async bench => {
    const podman = bench.podmans?.[index]
    assert.ok(podman, 'no Podman: see the first test')
    const { gate, images } = bench
    await gate.setMode('pass')
    await podman.pruneAll()
    await withFolder({ Dockerfile: DOCKERFILE }, async project => {
      const dockLock = userOf(podman, bench.directory, project)
      const dockerfile = () => readFileSync(join(project, 'Dockerfile'), 'utf8')
      // By default, Podman 5 asks in a build with several stages, and does without an answer unless it must wait for it.
      const build = () => {
        const flags = [
          '--no-cache',
          ...(kind === 'podman-5' && gate.mode() === 'hang' ? ['--pull=never'] : []),
        ]
        return podman.build({ context: project, flags, timeoutMs: 60_000 })
      }
      gate.clear()
      const first = await dockLock()
      assert.is(first.code, 0, first.stdout + first.stderr)
      assert.match(first.stdout, 'wrote docker-images.lock (4 images, 4 new)')
      assert.ok(
        gate.requests().some(({ userAgent }) => userAgent === 'dock-lock'),
        'it did not ask the mirror that registries.conf names',
      )
      const pinned = (text: string, name: string) =>
        text.replace(name, `${name}@${images[`library/${name}` as keyof typeof images].digest}`)
      assert.is(
        dockerfile(),
        ['node:24-alpine', 'alpine:3.23', 'busybox:1.37', 'debian:13'].reduce(pinned, DOCKERFILE),
      )

      gate.clear()
      const second = await dockLock()
      assert.is(second.code, 0, second.stdout + second.stderr)
      assert.match(second.stdout, 'nothing changed, no registry requests')
      assert.is(gate.connections(), 0, 'the second run asked a registry')
      for (const mode of ['refuse', 'hang'] as const) {
        await gate.setMode(mode)
        gate.clear()
        const built = await build()
        assert.is(built.code, 0, `${mode}: ${built.output}`)
        assert.is(gate.connections(), 0, `${mode}: the build asked a registry`)
      }

      // With one name alone, it would still be there under the other.
      const busybox = `docker.io/library/busybox@${images['library/busybox:1.37'].digest}`
      const lost = await podman.podman(['rmi', '--force', 'docker.io/library/busybox:1.37', busybox])
      assert.is(lost.code, 0, lost.output)
      const verified = await dockLock('verify')
      assert.is(verified.code, 1, verified.stdout + verified.stderr)
      assert.match(verified.stdout, 'busybox:1.37 is not in the local store')
      await gate.setMode('pass')
      const pulled = await dockLock('pull')
      assert.is(pulled.code, 0, pulled.stdout + pulled.stderr)
      await gate.setMode('hang')
      gate.clear()
      const again = await dockLock('verify')
      assert.is(again.code, 0, again.stdout + again.stderr)
      const strict = await dockLock('verify', '--strict')
      assert.is(strict.code, kind === 'podman-5' ? 1 : 0, strict.stdout + strict.stderr)
      const pruned = await podman.podman(['image', 'prune', '--force'])
      assert.is(pruned.code, 0, pruned.output)
      const rebuilt = await build()
      assert.is(rebuilt.code, 0, rebuilt.output)
      assert.is(gate.connections(), 0)
      const back = await dockLock('unpin')
      assert.is(back.code, 0, back.stdout + back.stderr)
      assert.is(dockerfile(), DOCKERFILE)
    })
  })

  walk(
    `${kind}: credentials that are stored for a namespace open the registry to lock and to pull`,
    async bench => {
      const podman = bench.podmans?.[index]
      assert.ok(podman, 'no Podman: see the first test')
      await podman.pruneAll()
      const host = `127.0.0.1:${bench.closed.port}`
      const image = `${host}/team/app:2`
      const auths = (key: string) => JSON.stringify({ auths: { [key]: { auth: login } } })
      const files = {
        'home/config.json': '{}',
        'auth.json': auths(`${host}/team`),
        Dockerfile: `FROM ${image}\n`,
      }
      await withFolder(files, async project => {
        const home = join(project, 'home')
        const dockLock = userOf(podman, home, project, { REGISTRY_AUTH_FILE: join(project, 'auth.json') })
        const locked = await dockLock()
        assert.is(locked.code, 0, locked.stdout + locked.stderr)
        const { digest } = bench.images['team/app:2']
        assert.is(readFileSync(join(project, 'Dockerfile'), 'utf8'), `FROM ${image}@${digest}\n`)
        const there = await podman.podman(['image', 'exists', `${host}/team/app@${digest}`])
        assert.is(there.code, 0, there.output)

        // The same, where that registry is the mirror of another one.
        writeFileSync(join(project, 'Dockerfile'), 'FROM mirrored.example/team/app:2\n')
        const mirrored = await dockLock()
        assert.is(mirrored.code, 0, mirrored.stdout + mirrored.stderr)
        writeFileSync(join(project, 'Dockerfile'), `FROM ${image}\n`)
        assert.is((await dockLock()).code, 0)

        await podman.pruneAll()
        writeFileSync(join(project, 'auth.json'), auths(`${host}/others`))
        const refused = await dockLock('pull')
        assert.is(refused.code, 1, refused.stdout + refused.stderr)
        assert.match(refused.stdout, /unauthorized|authentication required/)
        for (const said of [locked, refused])
          for (const secret of [password, login]) assert.not.ok((said.stdout + said.stderr).includes(secret))
      })
    },
  )

  walk(
    `${kind}: a name is looked up where registries.conf has it, and not at all where that blocks it`,
    async bench => {
      const podman = bench.podmans?.[index]
      assert.ok(podman, 'no Podman: see the first test')
      await podman.pruneAll()
      await bench.gate.setMode('pass')
      const text = 'FROM corp.example/base/alpine:3.23\n'
      await withFolder({ Dockerfile: text }, async project => {
        const dockLock = userOf(podman, bench.directory, project)
        const locked = await dockLock()
        assert.is(locked.code, 0, locked.stdout + locked.stderr)
        const { digest } = bench.images['library/alpine:3.23']
        assert.is(readFileSync(join(project, 'Dockerfile'), 'utf8'), `${text.trim()}@${digest}\n`)
        const built = await podman.build({ context: project, timeoutMs: 60_000 })
        assert.is(built.code, 0, built.output)

        writeFileSync(join(project, 'Dockerfile'), 'FROM shut.example/app:1\n')
        const blocked = await dockLock()
        assert.is(blocked.code, 1, blocked.stdout + blocked.stderr)
        assert.match(blocked.stdout, 'blocks shut.example')
      })
    },
  )

  walk(`${kind}: a short name that Podman would look for elsewhere is not locked`, async bench => {
    const { gate } = bench
    await gate.setMode('pass')
    const registries = mirrorOf(gate.address).replace('["docker.io"]', '["quay.example", "docker.io"]')
    const podman = await startPodman(kind, { registries })
    try {
      await withFolder({ Dockerfile: 'FROM team/app:2\n' }, async project => {
        const dockLock = userOf(podman, bench.directory, project)
        const refused = await dockLock()
        assert.is(refused.code, 1, refused.stdout + refused.stderr)
        assert.match(refused.stdout, 'team/app:2 does not say its registry')
        assert.match(refused.stdout, 'quay.example')
        assert.is(readFileSync(join(project, 'Dockerfile'), 'utf8'), 'FROM team/app:2\n')
        writeFileSync(join(project, 'Dockerfile'), 'FROM docker.io/team/app:2\n')
        const locked = await dockLock()
        assert.is(locked.code, 0, locked.stdout + locked.stderr)
      })
    } finally {
      await podman.stop()
    }
  })
}

walk.run()

/** The library, used as its docstrings promise. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  check,
  type Digest,
  type Finding,
  familiarName,
  findOccurrences,
  type ImageOccurrence,
  type Lockfile,
  lock,
  parseDigest,
  parseReference,
  pin,
  pull,
  type Report,
  type RunOptions,
  readLockfile,
  referenceKey,
  resolve,
  serializeLockfile,
  unpin,
  verify,
  wordFinding,
} from '../src/index.ts'
import { startEngine } from './cli/support/engine.ts'
import { type Project, withProject } from './cli/support/project.ts'
import { failureOf } from './support/failure.ts'
import { withReferences } from './support/locked.ts'
import { digestsByPlatform } from './support/platform.ts'
import { type EmbeddedRegistry, startRegistry } from './support/registry/index.ts'

const test = suite('api')

const DOCKERFILE = `# syntax=docker/dockerfile:1
ARG BASE=alpine:3.23
FROM node:24 AS build
FROM \${BASE}
COPY --from=build /a /b
COPY --from=busybox /bin/busybox /bin/
`
const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`) as Digest

async function withRegistry(
  body: (registry: EmbeddedRegistry, project: Project, options: RunOptions) => Promise<void>,
): Promise<void> {
  const registry = await startRegistry()
  try {
    await withProject(async project => {
      await body(registry, project, { cwd: project.root, env: project.env })
    })
  } finally {
    await registry.close()
  }
}

test('findOccurrences tells every place that names an image', async () => {
  const occurrences = await findOccurrences(DOCKERFILE, 'app/Dockerfile')
  const images = occurrences.filter((one): one is ImageOccurrence => one.kind === 'image')
  assert.equal(
    images.map(({ role, place, reference }) => [role, place.file, place.line, familiarName(reference)]),
    [
      ['syntax', 'app/Dockerfile', 1, 'docker/dockerfile:1'],
      ['from', 'app/Dockerfile', 3, 'node:24'],
      ['from', 'app/Dockerfile', 4, 'alpine:3.23'],
      ['copy-from', 'app/Dockerfile', 6, 'busybox:latest'],
    ],
  )
  for (const { range, text } of occurrences) assert.is(DOCKERFILE.slice(range.start, range.end), text)
  const given = await findOccurrences('ARG V\nFROM node:$V\n', 'x', { buildArgs: { V: ['22', '24'] } })
  assert.equal(
    given.map(one => one.kind === 'image' && familiarName(one.reference)),
    ['node:22', 'node:24'],
  )
})

test('findOccurrences does not throw, whatever it is given', async () => {
  for (const text of ['', '\0', 'FROM', 'FROM A B\nFROM ${', '# syntax=\n', '\ufeff\r\r'])
    for (const one of await findOccurrences(text)) assert.ok(one.kind)
})

test('pin and unpin are each other’s inverse', async () => {
  const lockfile: Lockfile = new Map([
    ['docker.io/library/node:24', { digest: digest('a') }],
    ['docker.io/library/alpine:3.23', { digest: digest('b') }],
    ['docker.io/library/busybox:latest', { digest: digest('c') }],
  ])
  const pinned = await pin(DOCKERFILE, lockfile)
  assert.is(
    pinned,
    DOCKERFILE.replace('alpine:3.23', `alpine:3.23@${digest('b')}`)
      .replace('node:24', `node:24@${digest('a')}`)
      .replace('busybox ', `busybox@${digest('c')} `),
  )
  assert.is(await pin(pinned, lockfile), pinned)
  assert.is(await unpin(pinned, lockfile), DOCKERFILE)
  assert.is(await unpin(pinned, new Map()), pinned)
})

test('resolve tells digest, type and platforms, in order', () =>
  withRegistry(async registry => {
    const images = ['3.22', '3.23'].map(tag => registry.addImage('alpine', tag))
    const references = images.map(({ tag }) => registry.reference('alpine', tag))
    const resolutions = await resolve(references, { env: {} })
    assert.equal(
      resolutions.map(({ descriptor }) => [descriptor.digest, descriptor.mediaType]),
      images.map(image => [image.digest, image.mediaType]),
    )
    assert.equal(
      resolutions.map(({ platforms }) => digestsByPlatform(platforms)),
      images.map(({ platforms }) =>
        Object.fromEntries(Object.entries(platforms).map(([name, one]) => [name, one.digest])),
      ),
    )
  }))

test('resolve fails with an error that says which and why', () =>
  withRegistry(async registry => {
    registry.addImage('alpine', '3.23')
    const missing = await failureOf(resolve([registry.reference('alpine', '9')], { env: {} }))
    assert.is(missing.code, 'not-found')
    assert.match(missing.message, /alpine:9/)
    assert.ok(missing.hint)
    assert.is((await failureOf(resolve(['Not A Reference'], { env: {} }))).code, 'usage')
    await registry.down()
    const reference = registry.reference('alpine', '3.23')
    assert.is((await failureOf(resolve([reference], { env: {} }))).code, 'unreachable')
    assert.is(
      (await failureOf(resolve([reference], { env: {}, signal: AbortSignal.abort() }))).code,
      'interrupted',
    )
  }))

test('what resolve tells can be made a lockfile, as lock writes it', () =>
  withRegistry(async (registry, project, options) => {
    const { digest } = registry.addImage('alpine', '3.23')
    const text = registry.reference('alpine', '3.23')
    project.write('Dockerfile', `FROM ${text}\n`)
    assert.is((await lock({ ...options, noVerify: true })).exitCode, 0)
    assert.is(project.read('Dockerfile'), `FROM ${text}@${digest}\n`)

    const parsed = parseReference(text)
    if (!parsed.ok) throw new Error(parsed.problem.message)
    const [resolution] = await resolve([text], { env: {} })
    if (resolution?.platforms === undefined) throw new Error('no platforms')
    const { descriptor, platforms } = resolution
    const lockfile: Lockfile = new Map([
      [
        referenceKey(parsed.reference),
        { digest: descriptor.digest, mediaType: descriptor.mediaType, platforms },
      ],
    ])
    assert.is(serializeLockfile(lockfile), project.read('docker-images.lock'))
    assert.equal(await readLockfile(project.root), withReferences(lockfile))
  }))

test('lock, check, verify and pull give reports and print nothing', () =>
  withRegistry(async (registry, project, options) => {
    registry.addImage('alpine', '3.23')
    project.write('Dockerfile', `FROM ${registry.reference('alpine', '3.23')}\n`)
    const engine = await startEngine(project.path('../engine.sock'))
    try {
      const withEngine: RunOptions = { ...options, stores: [{ host: engine.host }] }
      const worded = (findings: readonly Finding[]) => findings.map(one => wordFinding(one).what)
      const before: Report = await check(options)
      assert.is(before.exitCode, 1)
      assert.equal(worded(before.findings), [
        `${registry.reference('alpine', '3.23')} is not in docker-images.lock`,
      ])
      const locked = await lock({ ...withEngine, noPull: true })
      assert.equal(
        locked.findings.map(({ code }) => code),
        ['absent'],
      )
      assert.is((await check(options)).exitCode, 0)
      assert.is((await verify(withEngine)).exitCode, 1)
      const pulled = await pull(withEngine)
      assert.equal(pulled.images[0]?.stores, [
        {
          store: 'engine.sock',
          platform: 'linux/amd64',
          state: 'pulled',
          registryUse: 'none',
          verified: true,
        },
      ])
      assert.is((await verify(withEngine)).exitCode, 0)
      assert.is((await lock(withEngine)).registryRequests, 0)
    } finally {
      await engine.close()
    }
  }))

test('what cannot run is an error with a code', () =>
  withRegistry(async (registry, project, options) => {
    assert.is((await failureOf(check(options))).code, 'usage')
    assert.is((await failureOf(lock({ ...options, cwd: project.path('nowhere') }))).code, 'usage')
    project.write('Dockerfile', `FROM ${registry.reference('alpine', '3.23')}\n`)
    assert.is((await failureOf(verify(options))).code, 'usage')
    project.write('docker-images.lock', 'lockfileVersion: 9\nimages: {}\n')
    const error = await failureOf(check(options))
    assert.is(error.code, 'malformed')
    assert.equal(error.place, { file: 'docker-images.lock', line: 1, column: 1 })
    project.write('docker-images.lock', 'lockfileVersion: 1\nimages: {}\n')
    assert.is((await failureOf(verify(options))).code, 'unreachable')
    assert.is((await failureOf(lock({ ...options, signal: AbortSignal.abort() }))).code, 'interrupted')
  }))

test.run()

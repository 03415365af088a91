/** The command as it is built: its packages are in it, under their licences, and a crash still says where it happened. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutEngine } from '../support/no-engine.ts'
import { plainEnv, REPOSITORY } from '../support/npm.ts'
import { selfSignedCertificate, startRegistry } from '../support/registry/index.ts'
import { type Ran, runProgram } from '../support/spawn.ts'

interface Place {
  folder: string
}
const test = suite<Place>('package/bundle')

test.before(place => {
  place.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-bundle-'))
  const home = join(place.folder, 'home')
  // No node_modules here or above.
  cpSync(join(REPOSITORY, 'dist'), join(home, 'dist'), { recursive: true })
  cpSync(join(REPOSITORY, 'package.json'), join(home, 'package.json'))
})
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }))

function project(folder: string, name: string, files: Readonly<Record<string, string>>): string {
  const path = join(folder, name)
  mkdirSync(path)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
  return path
}

function run(
  folder: string,
  cwd: string,
  args: readonly string[],
  env = {},
  node: string[] = [],
): Promise<Ran> {
  const command = [...node, join(folder, 'home/dist/cli.cjs'), ...args]
  const none = { ...withoutEngine(join(folder, 'docker')), HTTPS_PROXY: '', https_proxy: '' }
  return runProgram(process.execPath, command, { cwd, env: plainEnv({ ...none, ...env }) })
}

test('runs where no package is installed', async ({ folder }) => {
  const registry = await startRegistry()
  try {
    const { digest } = registry.addImage('o/base', '1', {})
    const name = registry.reference('o/base', '1')
    const cwd = project(folder, 'alone', {
      Dockerfile: `FROM ${name}\n`,
      'Dockerfile.old': 'FROM ignored:1\n',
      // The yaml package reads this, ignore its pattern.
      '.dock-lock.yaml': 'ignore:\n  - files: ["*.old"]\n    reason: kept for reference\n',
      'package.json': '{ "scripts": { "build": "docker build ." } }\n',
    })
    const locked = await run(folder, cwd, [])
    assert.is(locked.code, 0, locked.stdout + locked.stderr)
    assert.is(readFileSync(join(cwd, 'Dockerfile'), 'utf8'), `FROM ${name}@${digest}\n`)
    assert.is((await run(folder, cwd, ['check'])).code, 0)
    const init = await run(folder, cwd, ['init', '--yes'])
    assert.is(init.code, 0, init.stderr)
    assert.match(readFileSync(join(cwd, 'package.json'), 'utf8'), '"prebuild": "dock-lock"')
  } finally {
    await registry.close()
  }
})

test('speaks TLS to a registry, and through a proxy', async ({ folder }) => {
  const tls = selfSignedCertificate()
  const registry = await startRegistry({ tls })
  const asked: string[] = []
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    const upstream = connect(Number(registry.host.split(':')[1]), '127.0.0.1', () =>
      socket.write('HTTP/1.1 200 OK\r\n\r\n'),
    )
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done))
  try {
    registry.addImage('o/base', '1', {})
    writeFileSync(join(folder, 'ca.pem'), String(tls.cert))
    const env = {
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    }
    const direct = project(folder, 'direct', { Dockerfile: `FROM ${registry.reference('o/base', '1')}\n` })
    const locked = await run(folder, direct, [], env)
    assert.is(locked.code, 0, locked.stdout + locked.stderr)
    assert.equal(asked, [])
    const far = project(folder, 'far', { Dockerfile: 'FROM registry.invalid/o/base:1\n' })
    const refused = await run(folder, far, [], env)
    // The handshake took place, over the tunnel: the certificate is for another host.
    assert.match(refused.stdout + refused.stderr, /certificate/)
    assert.ok(asked.length > 0 && asked.every(host => host === 'registry.invalid:443'), asked.join())
  } finally {
    proxy.closeAllConnections()
    await new Promise(done => proxy.close(done))
    await registry.close()
  }
})

test('a crash names the functions on its way', async ({ folder }) => {
  const cwd = project(folder, 'crash', { Dockerfile: 'FROM alpine:3.23\n' })
  const preload = join(folder, 'crash.cjs')
  writeFileSync(
    preload,
    `const { realpathSync } = require('node:fs')
const { native } = realpathSync
realpathSync.native = function planted(path) {
  if (path.endsWith('Dockerfile')) throw new TypeError('as planned')
  return native(path)
}
`,
  )
  const { code, stderr } = await run(folder, cwd, ['check'], {}, ['--require', preload])
  assert.is(code, 2)
  assert.match(stderr, 'TypeError: as planned')
  for (const name of ['readSource', 'scanFiles', 'checkCommand', 'runCommand', 'main'])
    assert.match(stderr, new RegExp(`^ +at (?:async )?${name} `, 'm'))
})

test('the licence of every package that is in it comes along', async () => {
  const { metafile } = await build({
    absWorkingDir: REPOSITORY,
    entryPoints: ['src/cli.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outdir: 'never-written',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const folders = new Set(
    Object.keys(metafile.inputs).flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  )
  assert.ok(folders.size >= 20)
  const text = readFileSync(join(REPOSITORY, 'dist/THIRD-PARTY-LICENSES'), 'utf8')
  // glob comes with these in it already.
  for (const name of ['minimatch', 'minipass', 'brace-expansion', 'balanced-match', 'path-scurry'])
    folders.add(`node_modules/${name}`)
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(REPOSITORY, folder, 'package.json'), 'utf8'),
    )
    assert.ok(text.includes(`\n${name} ${version} (${license})\n`), name)
  }
  assert.match(text, 'Permission is hereby granted, free of charge')
})

test.run()

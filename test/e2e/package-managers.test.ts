/**
 * The packed package with real package managers and hook managers from npm. It needs npm's registry, and no engine: a registry on
 * loopback answers for the images.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Files, GIT_SETTINGS, writeFiles } from '../support/folder.ts'
import { withoutEngine } from '../support/no-engine.ts'
import { packProject, plainEnv } from '../support/npm.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import { runProgram } from '../support/spawn.ts'

interface World {
  folder: string
  tarball: string
  registry: EmbeddedRegistry
  image: string
  env: Readonly<Record<string, string | undefined>>
}
const test = suite<World>('package managers')

/** Name in node_modules → what npm installs. */
const TOOLS = {
  npm10: 'npm@10',
  npm11: 'npm@11',
  pnpm: 'pnpm@10',
  yarn1: 'yarn@1',
  yarn4: '@yarnpkg/cli-dist@4',
  bun: 'bun@1',
} as const

test.before(async world => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-managers-'))
  const registry = await startRegistry()
  const { digest } = registry.addImage('library/base', '1', {})
  assert.ok(digest)
  Object.assign(world, {
    folder,
    registry,
    image: `${registry.host}/library/base:1`,
    tarball: (await packProject(folder)).tarball,
    env: plainEnv({
      ...withoutEngine(join(folder, 'docker')),
      ...GIT_SETTINGS,
      // Each manager keeps to this folder.
      YARN_GLOBAL_FOLDER: join(folder, 'yarn4'),
      YARN_CACHE_FOLDER: join(folder, 'yarn-cache'),
      BUN_INSTALL_CACHE_DIR: join(folder, 'bun-cache'),
      DO_NOT_TRACK: '1',
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
      PNPM_HOME: join(folder, 'pnpm'),
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CACHE_HOME: join(folder, 'xdg-cache'),
      XDG_STATE_HOME: join(folder, 'state'),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    }),
  })
  // With the npm of this machine. The aliases keep two versions of npm apart.
  writeFiles(join(folder, 'tools'), { 'package.json': '{"private":true}' })
  const wanted = Object.entries(TOOLS).map(([name, what]) => `${name}@npm:${what}`)
  await must(
    world,
    join(folder, 'tools'),
    'npm',
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    ...wanted,
  )
})
test.after(async ({ folder, registry }) => {
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The output of a program that must succeed. */
async function must(world: World, cwd: string, command: string, ...args: string[]): Promise<string> {
  const ran = await runProgram(command, args, { cwd, env: world.env, timeoutMs: 300_000 })
  assert.is(ran.code, 0, `${command} ${args.join(' ')}\n${ran.stdout}${ran.stderr}`)
  return ran.stdout + ran.stderr
}

interface Manager {
  /** The script or program in `tools/node_modules`. */
  readonly bin: string
  /** Its arguments before the tarball. */
  readonly add: readonly string[]
  /** Its arguments before `dock-lock`, as init writes them. */
  readonly exec: readonly string[]
  readonly files?: Files
  /** Where `init` puts the call. */
  readonly calls: 'prebuild' | 'build'
  readonly found: string
}

const NPM = {
  add: ['install', '--save-dev', '--prefer-offline'],
  calls: 'prebuild',
  found: 'npm (package-lock.json)',
} as const
const MANAGERS: Readonly<Record<string, Manager>> = {
  'npm 10': { ...NPM, bin: 'npm10/bin/npm-cli.js', exec: ['exec', '--no', '--'] },
  'npm 11': { ...NPM, bin: 'npm11/bin/npm-cli.js', exec: ['exec', '--no', '--'] },
  'pnpm 10': {
    bin: 'pnpm/bin/pnpm.cjs',
    add: ['add', '--save-dev'],
    exec: ['exec'],
    calls: 'prebuild',
    found: 'pnpm (pnpm-lock.yaml)',
  },
  'yarn 1': {
    bin: 'yarn1/bin/yarn.js',
    add: ['add', '--dev', '--no-progress'],
    exec: ['--silent', 'run'],
    calls: 'prebuild',
    found: 'yarn 1 (yarn.lock)',
  },
  "yarn 4 with Plug'n'Play": {
    bin: 'yarn4/bin/yarn.js',
    add: ['add', '--dev'],
    exec: ['run'],
    files: { 'yarn.lock': '' },
    calls: 'build',
    found: 'yarn 2 or newer (yarn.lock)',
  },
  'yarn 4 with node_modules': {
    bin: 'yarn4/bin/yarn.js',
    add: ['add', '--dev'],
    exec: ['run'],
    files: { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\n' },
    calls: 'build',
    found: 'yarn 2 or newer (yarn.lock)',
  },
  bun: {
    // The program that the script of the package `bun` would link.
    bin: `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun`,
    add: ['add', '--dev'],
    // As `bunx`.
    exec: ['x', '--no-install'],
    calls: 'prebuild',
    found: 'bun (bun.lock)',
  },
}

for (const [name, { bin, add, exec, files = {}, calls, found }] of Object.entries(MANAGERS)) {
  test(`${name}: the package installs, init finds the manager, and the script that builds locks first`, async world => {
    const root = join(world.folder, name.replaceAll(/\W+/g, '-'))
    writeFiles(root, {
      'package.json': '{\n  "private": true,\n  "scripts": {\n    "build": "node built.cjs"\n  }\n}\n',
      'built.cjs': "require('fs').copyFileSync('Dockerfile', 'built')\n",
      Dockerfile: `FROM ${world.image}\n`,
      ...files,
    })
    const program = join(world.folder, 'tools/node_modules', bin)
    const [command, ...before] = /\.c?js$/.test(bin) ? [process.execPath, program] : [program]
    const run = (...args: readonly string[]) => must(world, root, command as string, ...before, ...args)
    await run(...add, `dock-lock@file:${world.tarball}`)
    const init = await run(...exec, 'dock-lock', 'init', '--yes')
    assert.match(init, `found ${found}`)
    assert.not.match(init, 'to install dock-lock')
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    assert.match(scripts[calls], /^dock-lock\b/)

    await run('run', 'build')
    // The build sees what dock-lock has pinned.
    assert.match(readFileSync(join(root, 'built'), 'utf8'), `FROM ${world.image}@sha256:`)
    assert.match(await run(...exec, 'dock-lock', 'check'), 'ok: 1 image in 1 file locked and pinned')
    assert.match(await run(...exec, 'dock-lock', 'init'), 'nothing to change')
  })
}

const HOOK_TOOLS = ['husky@9', 'lefthook@2', 'lint-staged', 'simple-git-hooks@2']

interface HookCase {
  readonly files?: Files
  readonly manifest?: object
  /** Before `init`, and after. */
  readonly prepare?: readonly [command: string, ...args: string[]]
  readonly init?: readonly string[]
  readonly install?: readonly [command: string, ...args: string[]]
  /** lint-staged passes no deleted files. */
  readonly missesDeleted?: true
}

const HOOKS: Readonly<Record<string, HookCase>> = {
  husky: {
    prepare: ['husky'],
    files: { '.husky/pre-commit': 'lint-staged\n' },
    manifest: { 'lint-staged': { '*.x': 'true' } },
  },
  lefthook: {
    files: { 'lefthook.yml': '# ours\npre-commit:\n  commands: {}\n' },
    install: ['lefthook', 'install'],
  },
  'simple-git-hooks': { manifest: { 'simple-git-hooks': {} }, install: ['simple-git-hooks'] },
  'a plain git hook': { init: ['git-hook'] },
  'lint-staged': {
    manifest: { 'lint-staged': { '*.x': 'true' } },
    prepare: ['husky'],
    files: { '.husky/pre-commit': 'lint-staged\n' },
    init: ['lint-staged'],
    missesDeleted: true,
  },
}

test('hook managers install', async world => {
  const root = join(world.folder, 'hooks')
  writeFiles(root, { 'package.json': '{"private":true}' })
  await must(
    world,
    root,
    'npm',
    'install',
    '--prefer-offline',
    `dock-lock@file:${world.tarball}`,
    ...HOOK_TOOLS,
  )
})

for (const [
  name,
  { files = {}, manifest = {}, prepare, init = [], install, missesDeleted },
] of Object.entries(HOOKS)) {
  test(`${name}: a commit with an image that is not pinned is refused`, async world => {
    const root = join(world.folder, 'repositories', name.replaceAll(' ', '-'))
    writeFiles(root, {
      'package.json': `${JSON.stringify({ devDependencies: { 'dock-lock': '*' }, ...manifest }, undefined, 2)}\n`,
      '.gitignore': '/node_modules\n',
      'notes.txt': 'none\n',
    })
    symlinkSync(join(world.folder, 'hooks/node_modules'), join(root, 'node_modules'))
    const env = { ...world.env, PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}` }
    const attempt = async (command: string, ...args: string[]) => {
      const ran = await runProgram(command, args, { cwd: root, env, timeoutMs: 120_000 })
      return { code: ran.code, output: ran.stdout + ran.stderr }
    }
    const run = async (command: string, ...args: string[]) => {
      const { code, output } = await attempt(command, ...args)
      assert.is(code, 0, output)
      return output
    }
    await run('git', 'init', '--quiet')
    // PATH has them, which is faster than npx.
    if (prepare !== undefined) await run(...prepare)
    writeFiles(root, files)
    await run('dock-lock', 'init', '--yes', ...init)
    if (install !== undefined) await run(...install)

    await run('git', 'add', '.')
    await run('git', 'commit', '--quiet', '--message', 'no images')

    writeFiles(root, { Dockerfile: `FROM ${world.image}\n` })
    await run('git', 'add', '.')
    const refused = await attempt('git', 'commit', '--message', 'x')
    assert.is.not(refused.code, 0, refused.output)
    assert.match(refused.output, 'unlocked')

    await run('dock-lock', '--no-verify')
    await run('git', 'add', '.')
    await run('git', 'commit', '--quiet', '--message', 'x')

    await run('git', 'rm', '--quiet', 'docker-images.lock')
    const deleted = await attempt('git', 'commit', '--message', 'deleted')
    if (missesDeleted) assert.is(deleted.code, 0, deleted.output)
    else {
      assert.is.not(deleted.code, 0, deleted.output)
      assert.match(deleted.output, 'this commit deletes docker-images.lock')
    }
  })
}

test.run()

/** The package as npm gets it: what is in it, and that it runs in a folder where there is nothing else. */
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { subset } from 'semver'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutEngine } from '../support/no-engine.ts'
import { installTarball, npm, type Packed, packProject, plainEnv, REPOSITORY } from '../support/npm.ts'
import { startRegistry } from '../support/registry/index.ts'
import { runProgram } from '../support/spawn.ts'

interface Installed {
  folder: string
  packed: Packed
  tarball: string
}
const test = suite<Installed>('package')
const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))

test('packs and installs in an empty folder', async installed => {
  installed.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-package-'))
  Object.assign(installed, await packProject(installed.folder))
  await installTarball(installed.folder, installed.tarball)
})
test.after(({ folder }) => rmSync(folder, { recursive: true, force: true }))

test('holds what is needed to run it and to read about it, and nothing else', ({ packed }) => {
  const paths = packed.files.map(({ path }) => path)
  const needed =
    /^(?:package\.json|(?:README|CHANGELOG|SECURITY)\.md|LICENSE|docs\/[\w-]+\.md|docs\/terminal\.svg|examples\/[\w-]+\/.+|dist\/THIRD-PARTY-LICENSES|dist\/dock-lock\.1|dist\/.+\.(?:c?js|d\.ts)|schema\/[\w.-]+\.schema\.json)$/
  assert.equal(
    paths.filter(path => !needed.test(path)),
    [],
  )
  const schemas = readdirSync(join(REPOSITORY, 'schema')).map(name => `schema/${name}`)
  for (const path of [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'docs/rules.md',
    manifest.bin['dock-lock'],
    manifest.man,
    'dist/index.js',
    'dist/index.d.ts',
    'dist/THIRD-PARTY-LICENSES',
    ...schemas,
  ])
    assert.ok(paths.includes(path), path)
  assert.ok(schemas.includes('schema/docker-images.lock.schema.json'))
  // The command bundles third-party packages. It was 695,000 bytes with Compose and Bake, and pages and examples are 42,000: the limit is
  // 20 % above the former.
  assert.ok(packed.size < 830_000, `${packed.size} bytes packed`)
  assert.is(packed.files.find(({ path }) => path === manifest.bin['dock-lock'])?.mode, 0o755)
})

/** Relative links of a Markdown text: the path, and the anchor behind it. */
function linksOf(text: string): readonly (readonly [path: string, anchor: string])[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => [target.replace(/#.*/, ''), target.replace(/^[^#]*#?/, '')])
}

/** As GitHub and npm name headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('its links lead somewhere', ({ folder, packed }) => {
  const paths = packed.files.map(({ path }) => path)
  const read = (path: string) => readFileSync(join(folder, 'node_modules/dock-lock', path), 'utf8')
  const pages = paths.filter(path => path.endsWith('.md'))
  assert.ok(linksOf(read('README.md')).length > 10)
  const dead = pages.flatMap(page =>
    linksOf(read(page)).flatMap(([target, anchor]) => {
      const path = target === '' ? page : join(dirname(page), target)
      const isThere = paths.includes(path) || paths.some(one => one.startsWith(`${path}/`))
      const isFound = anchor === '' || (paths.includes(path) && anchorsOf(read(path)).includes(anchor))
      return isThere && isFound ? [] : [`${page}: ${target}#${anchor}`]
    }),
  )
  assert.equal(dead, [])
})

test('carries no path of the machine that built it', ({ folder }) => {
  const root = join(folder, 'node_modules/dock-lock')
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (/\.(?:c?js|ts|json|md)$/.test(path))
      assert.not(readFileSync(join(root, path), 'utf8').includes(REPOSITORY), path)
  }
})

test('npx dock-lock answers', async ({ folder }) => {
  const npx = async (...args: string[]) => {
    const ran = await runProgram('npx', ['--no-install', 'dock-lock', ...args], {
      cwd: folder,
      env: plainEnv(),
    })
    assert.is(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  assert.is(await npx('--version'), `${manifest.version}\n`)
  assert.match(await npx('--help'), /^Usage|^dock-lock/m)
})

test('locks, pins and checks', async ({ folder }) => {
  const project = join(folder, 'project')
  const registry = await startRegistry()
  try {
    const { digest } = registry.addImage('o/base', '1', {})
    mkdirSync(project)
    const name = registry.reference('o/base', '1')
    writeFileSync(join(project, 'Dockerfile'), `FROM ${name}\n`)
    const env = plainEnv(withoutEngine(join(folder, 'docker')))
    const bin = join(folder, 'node_modules/.bin/dock-lock')
    const locked = await runProgram(bin, [], { cwd: project, env })
    assert.is(locked.code, 0, locked.stderr)
    assert.is(readFileSync(join(project, 'Dockerfile'), 'utf8'), `FROM ${name}@${digest}\n`)
    await registry.down()
    const checked = await runProgram(bin, ['check'], { cwd: project, env })
    assert.is(checked.code, 0, checked.stdout)
  } finally {
    await registry.close()
  }
})

const CONSUMER = `import { findOccurrences, parseReference, pin, type Occurrence } from 'dock-lock'

const occurrences: readonly Occurrence[] = await findOccurrences('FROM alpine:3.23\\nFROM scratch\\n')
const kinds: string[] = occurrences.map(({ kind }) => kind)
const parsed = parseReference('alpine:3.23')
const repository: string = parsed.ok ? parsed.reference.repository : parsed.problem.message
console.log(JSON.stringify([kinds, repository, await pin('FROM alpine:3.23\\n', new Map())]))
`

test('is a library, in JavaScript', async ({ folder }) => {
  const script = CONSUMER.replaceAll(/, type \w+|: (?:readonly )?(?:Occurrence|string)\b(?:\[\])?/g, '')
  writeFileSync(join(folder, 'consumer.mjs'), script)
  const ran = await runProgram(process.execPath, ['consumer.mjs'], { cwd: folder })
  assert.is(ran.stdout, '[["image","scratch"],"library/alpine","FROM alpine:3.23\\n"]\n', ran.stderr)
})

for (const [module, moduleResolution] of [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const) {
  test(`has types for TypeScript with ${moduleResolution}`, async ({ folder }) => {
    const types = join(folder, 'node_modules/@types')
    mkdirSync(types, { recursive: true })
    rmSync(join(types, 'node'), { force: true })
    symlinkSync(join(REPOSITORY, 'node_modules/@types/node'), join(types, 'node'))
    const compile = async (source: string) => {
      writeFileSync(join(folder, 'consumer.mts'), source)
      const options = {
        module,
        moduleResolution,
        target: 'es2022',
        strict: true,
        noEmit: true,
        types: ['node'],
      }
      const project = { compilerOptions: { ...options, skipLibCheck: false }, files: ['consumer.mts'] }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
      return runProgram(join(REPOSITORY, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: folder })
    }
    const right = await compile(CONSUMER)
    assert.is(right.code, 0, right.stdout)
    const wrong = await compile(CONSUMER.replace('string[] =', 'number[] ='))
    assert.match(wrong.stdout, 'TS2322')
  })
}

test('ships the types that its entry needs, and no others', ({ folder, packed }) => {
  const root = join(folder, 'node_modules/dock-lock')
  const needed = new Set(['dist/index.d.ts'])
  // A set also visits what is added on the way.
  for (const path of needed)
    for (const [, name = ''] of readFileSync(join(root, path), 'utf8').matchAll(
      /['"](\.{1,2}\/[^'"]+)\.ts['"]/g,
    ))
      needed.add(`${join(dirname(path), name)}.d.ts`)
  const shipped = packed.files.map(({ path }) => path).filter(path => path.endsWith('.d.ts'))
  assert.equal(shipped.sort(), [...needed].sort())
})

test('runs wherever its dependencies do, and says so', ({ folder }) => {
  for (const name of Object.keys(manifest.dependencies)) {
    const { engines = {} } = JSON.parse(
      readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'),
    )
    assert.ok(subset(manifest.engines.node, engines.node ?? '*'), `${name} wants Node ${engines.node}`)
  }
})

test('has nothing against it in the eyes of publint', async ({ tarball }) => {
  const publint = join(REPOSITORY, 'node_modules/.bin/publint')
  const ran = await runProgram(publint, ['run', '--strict', tarball], { cwd: REPOSITORY, env: plainEnv() })
  assert.is(ran.code, 0, ran.stdout)
  assert.match(ran.stdout, 'All good!')
})

test('installs from git, which builds it', async ({ folder }) => {
  const clone = join(folder, 'clone')
  const project = join(folder, 'from-git')
  mkdirSync(project)
  execFileSync('git', ['clone', '--quiet', '--bare', REPOSITORY, clone])
  writeFileSync(join(project, 'package.json'), '{"private":true}\n')
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', `git+file://${clone}`]
  const installed = await npm(project, args)
  assert.is(installed.code, 0, installed.stderr)
  const ran = await runProgram(join(project, 'node_modules/.bin/dock-lock'), ['--version'], { cwd: project })
  assert.is(ran.stdout, `${manifest.version}\n`, ran.stderr)
})

test.run()

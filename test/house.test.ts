/** The rules of the house, see docs/architecture.md: who may import whom, and what no file may hold. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('house')
const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface SourceFile {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

function filesOf(folder: string): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => posix.join(folder, path.replaceAll('\\', '/')))
    .sort()
    .map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

const SOURCES = filesOf('src')
const TESTS = filesOf('test')

/** `type`: gone when the code runs. `lazy`: `import()`. */
interface Import {
  readonly from: string
  readonly to: string
  readonly kind: 'type' | 'value' | 'lazy'
}

const CLAUSE = String.raw`(type )?(\{[^}]*\}|\* as \w+|\*|\w+) from `

function importsOf({ path, text }: SourceFile): readonly Import[] {
  const pattern = new RegExp(`^(?:import|export) (?:${CLAUSE})?'([^']+)'|\\bimport\\('([^']+)'\\)`, 'gm')
  return [...text.matchAll(pattern)].map(([, type, clause, stated, lazy = '']) => ({
    from: path,
    to: stated ?? lazy,
    kind: stated === undefined ? 'lazy' : type !== undefined || allTypes(clause) ? 'type' : 'value',
  }))
}

function allTypes(clause = ''): boolean {
  const names = /^\{([^}]*)\}/.exec(clause)?.[1]?.split(',')
  return names?.every(name => name.trim() === '' || name.trim().startsWith('type ')) ?? false
}

const IMPORTS = SOURCES.flatMap(importsOf)

/** `src/io/write.ts` → `io`, `src/context.ts` → `context.ts`. */
function roomOf(path: string): string {
  return path.split('/')[1] ?? path
}

/** Room → rooms it may import. In brackets: types only. A star: lazily, with `import()`, or types. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  core: ['lib'],
  formats: ['core'],
  registry: ['core', 'lib'],
  stores: ['core', 'lib'],
  io: ['core', 'lib'],
  // Progress is shown on a terminal, and is what the context promises.
  reporters: ['core', '(io)', '(context.ts)'],
  commands: ['core', 'lib', 'io', '(context.ts)', '(formats)', '(stores)'],
  cli: ['core', 'lib', 'io', 'commands', 'reporters', 'context.ts'],
  'context.ts': ['core', '*formats', '*registry', '*stores'],
  'api.ts': ['core', 'commands', 'context.ts', '*io', '*formats', '*registry'],
  'index.ts': ['core', 'api.ts', 'reporters', '(commands)', '(registry)'],
  'cli.ts': ['cli'],
}

/** Package → the places that import it. */
const PACKAGES: Readonly<Record<string, string | readonly string[]>> = {
  undici: 'src/registry/transport/pools.ts',
  yaml: ['src/io/', 'src/formats/compose/yaml.ts'],
  semver: 'src/io/',
  '@clack/prompts': 'src/io/choose.ts',
  '@npmcli/package-json': 'src/io/package-json.ts',
  'dockerfile-ast': 'src/formats/dockerfile/',
  'jsonc-parser': ['src/formats/json-tree.ts', 'src/io/docker-plugin.ts'],
}

function isOwn({ to }: Import): boolean {
  return to.startsWith('.')
}

function packageOf({ to }: Import): string | undefined {
  if (to.startsWith('.') || to.startsWith('node:')) return undefined
  return /^(@[^/]+\/[^/]+|[^/]+)/.exec(to)?.[0]
}

test('the imports are found', () => {
  assert.ok(SOURCES.length > 50)
  assert.ok(IMPORTS.filter(isOwn).length > 200)
  const lines = SOURCES.flatMap(({ text }) => text.match(/^(?:(?:im|ex)port\b.*|\}) from '[^']+'$/gm) ?? [])
  assert.is(IMPORTS.filter(({ kind }) => kind !== 'lazy').length, lines.length)
  for (const kind of ['type', 'value', 'lazy']) assert.ok(IMPORTS.some(one => one.kind === kind))
  const found = new Set(IMPORTS.map(packageOf))
  for (const name of Object.keys(PACKAGES)) assert.ok(found.has(name), `${name} is imported nowhere`)
})

test('no file comes back to itself by its imports', () => {
  const next = new Map<string, Set<string>>()
  for (const { from, to } of IMPORTS.filter(isOwn)) {
    const targets = next.get(from) ?? new Set()
    next.set(from, targets.add(posix.join(posix.dirname(from), to)))
  }
  // A file goes when all that it imports has gone; what is left is in a circle, or leads to one.
  const left = new Set(SOURCES.map(({ path }) => path))
  for (let before = -1; before !== left.size; ) {
    before = left.size
    for (const path of left) if (![...(next.get(path) ?? [])].some(to => left.has(to))) left.delete(path)
  }
  assert.equal([...left], [])
})

test('rooms import only what they may', () => {
  const wrong = IMPORTS.filter(isOwn).filter(({ from, to, kind }) => {
    const room = roomOf(from)
    const other = roomOf(posix.join(posix.dirname(from), to))
    const allowed = ARROWS[room] ?? []
    if (room === other || allowed.includes(other)) return false
    if (allowed.includes(`(${other})`)) return kind !== 'type'
    return !(allowed.includes(`*${other}`) && kind !== 'value')
  })
  assert.equal(
    wrong.map(({ from, to, kind }) => `${from} → ${to} (${kind})`),
    [],
  )
})

test('no arrow is allowed that nobody uses', () => {
  const used = new Set(
    IMPORTS.filter(isOwn).map(
      ({ from, to }) => `${roomOf(from)} ${roomOf(posix.join(posix.dirname(from), to))}`,
    ),
  )
  const unused = Object.entries(ARROWS).flatMap(([room, others]) =>
    others.map(other => `${room} ${other.replace(/[()*]/g, '')}`).filter(arrow => !used.has(arrow)),
  )
  assert.equal(unused, [])
})

test('every room is in the table', () => {
  const rooms = new Set(SOURCES.map(({ path }) => roomOf(path)))
  assert.equal([...rooms].sort(), Object.keys(ARROWS).sort())
})

test('core is pure: no part of Node, no package', () =>
  assert.equal(
    IMPORTS.filter(one => roomOf(one.from) === 'core' && !isOwn(one)),
    [],
  ))

test('each package has its rooms', () => {
  const wrong = IMPORTS.filter(one => {
    const name = packageOf(one)
    const rooms = [PACKAGES[name ?? ''] ?? []].flat()
    return name !== undefined && !rooms.some(room => one.from.startsWith(room))
  })
  assert.equal(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

test('the packages that are imported are those that are declared', () => {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assert.equal(Object.keys(dependencies).sort(), Object.keys(PACKAGES).sort())
})

test('imports name the file, with its ending', () => {
  const wrong = [...IMPORTS, ...TESTS.flatMap(importsOf)].filter(
    one => isOwn(one) && !/\.(ts|cjs|js)$/.test(one.to),
  )
  assert.equal(
    wrong.map(({ from, to }) => `${from} imports ${to}`),
    [],
  )
})

/** What no file of `src` may hold, and where it may all the same. */
const FORBIDDEN: readonly [what: string, pattern: RegExp, but?: readonly string[]][] = [
  ['a default export', /^export default\b|\bas default\b/m],
  ['process.exit', /\bprocess\.exit\(/, ['src/cli.ts']],
  ['process.exitCode', /\bprocess\.exitCode\b/, ['src/cli.ts']],
  ['state of a module', /^(?:export )?(?:let|var)\b/m],
  ['a class that is no error', /^(?:export )?(?:abstract )?class \w+ (?!extends \w*Error\b)/m],
  ['an event emitter', /\bEventEmitter\b/],
  ['something to be done later', /\b(?:TODO|FIXME|XXX)\b/],
  ['a switched-off check', /@ts-ignore|@ts-expect-error|@ts-nocheck|biome-ignore/],
  ['words on the console', /\bconsole\./],
]
for (const [what, pattern, but = []] of FORBIDDEN) {
  test(`no file of src holds ${what}`, () =>
    assert.equal(
      SOURCES.filter(({ path, text }) => !but.includes(path) && pattern.test(text)).map(({ path }) => path),
      [],
    ))
}

test('no two files export the same name', () => {
  const files = new Map<string, string[]>()
  for (const { path, text } of SOURCES) {
    for (const [, name = ''] of text.matchAll(EXPORT)) files.set(name, [...(files.get(name) ?? []), path])
  }
  assert.ok(files.size > 300)
  const twice = [...files].filter(([, paths]) => paths.length > 1)
  assert.equal(twice, [])
})

const EXPORT = /^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm

test('platforms are parsed where text enters, and passed on as values', () => {
  const users = SOURCES.filter(({ text }) => /\bparsePlatform\b/.test(text)).map(({ path }) => path)
  assert.equal(users, Object.keys(PARSES_PLATFORMS).sort())
})

/** Where the text of a platform enters. */
const PARSES_PLATFORMS: Readonly<Record<string, string>> = {
  'src/api.ts': 'options of the library',
  'src/cli/values.ts': 'options of the command',
  'src/core/buildx.ts': 'output of buildx',
  'src/core/lockfile.ts': 'lockfile',
  'src/core/platform-match.ts': 'names that the kernel of an engine gives',
  'src/core/platform-specifier.ts': '--platform in a Dockerfile',
  'src/core/platform.ts': 'its definition',
  'src/formats/bake/builds.ts': 'Bake file',
  'src/formats/scripts/index.ts': 'command line in a script',
  'src/io/config.ts': 'config',
  'src/stores/buildkit/workers.ts': 'names that BuildKit gives',
  'src/stores/podman/info.ts': 'names that Podman gives',
}

test('no message of ours is read again to decide something', () => {
  const readers = SOURCES.filter(
    // The parser of arguments cuts a message of Node.
    ({ path }) => /^src\/(?:core|commands|formats|reporters|cli)\//.test(path) && path !== 'src/cli/args.ts',
  )
  const pattern =
    /\b(?:message|reason|hint|detail)\.(?:match|startsWith|endsWith|includes|split)\(|\.(?:test|exec)\([\w.]*\b(?:message|reason|hint|detail)\)/
  for (const sample of ['message.startsWith(x)', '/^cannot/.test(occurrence.reason)'])
    assert.match(sample, pattern)
  assert.equal(
    readers.filter(({ text }) => pattern.test(text)).map(({ path }) => path),
    [],
  )
})

test('findings are made of codes and arguments: their sentences are in reporters', () => {
  const composed = /\bcode: '[\w-]+',(?:(?!\bcode: |\n {0,2}\}).)*?\b(?:message|reason|hint|what|next): [`']/s
  assert.match("findings.push({ code: 'unresolvable', message: `no ${name}` })", composed)
  assert.equal(
    SOURCES.filter(
      ({ path, text }) => /^src\/(?:core|commands|formats)\//.test(path) && composed.test(text),
    ).map(({ path }) => path),
    [],
  )
})

test('reasons are codes: their words are in reporters', () => {
  const composed = /\breason: (?:'[^'\n]* |"[^"\n]* |`)/
  for (const sample of ["reason: 'it is a fifo'", 'reason: `${name} is gone`']) assert.match(sample, composed)
  assert.not.match("reason: 'arg-given'", composed)
  const isWorded = ({ path }: SourceFile) => /^src\/(?:reporters|formats)\//.test(path)
  assert.equal(
    SOURCES.filter(one => !isWorded(one) && composed.test(one.text)).map(({ path }) => path),
    // Words that errors and reporters share, and what stops an evaluation by docker.
    ['src/core/file-problem.ts', 'src/io/bake.ts'],
  )
})

test('no file of src is longer than 250 lines', () =>
  assert.equal(
    SOURCES.flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1
      return lines > 250 ? [`${path}: ${lines}`] : []
    }),
    [],
  ))

test('every test file runs its suites, all of them, and skips nothing', () => {
  const files = TESTS.filter(({ path }) => path.endsWith('.test.ts'))
  assert.ok(files.length > 40)
  const wrong = files.filter(({ text }) => {
    const suites = [...text.matchAll(/^(?:const|let) (\w+) = suite\b/gm)].map(([, name]) => name)
    const isRun = (name: string | undefined) => new RegExp(`^\\s*${name}\\.run\\(\\)$`, 'm').test(text)
    const holdsBack = suites.some(name => new RegExp(`\\b${name}\\.(?:only|skip)\\b`).test(text))
    return suites.length === 0 || !suites.every(isRun) || holdsBack
  })
  assert.equal(
    wrong.map(({ path }) => path),
    [],
  )
})

test('no file refers to the machine it was written on', () => {
  // Put together here, so that this file does not hold it.
  const place = ['', 'work', ''].join('/')
  const wrong = [...SOURCES, ...TESTS, ...filesOf('examples')]
    .filter(({ text }) => text.includes(place))
    .map(({ path }) => path)
  assert.equal(wrong, [])
})

test('test files stand where what they test stands', () => {
  const rooms = ['lib', 'core', 'io', 'formats', 'registry', 'stores', 'reporters']
  const wrong = TESTS.filter(({ path }) => {
    const inside = relative('test', path)
    if (!path.endsWith('.test.ts') || !rooms.includes(inside.split('/')[0] ?? '')) return false
    return !SOURCES.some(source => dirname(source.path) === join('src', dirname(inside)))
  })
  assert.equal(
    wrong.map(({ path }) => path),
    [],
  )
})

test.run()

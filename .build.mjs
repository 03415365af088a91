/**
 * Builds dist/: the library (ES modules, packages stay imports), the command (CommonJS, packages bundled), its man page, the licences
 * of what is bundled, and the types.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { tsImport } from 'tsx/esm/api'

const ROOT = dirname(fileURLToPath(import.meta.url))
const DIST = join(ROOT, 'dist')
const common = { platform: 'node', target: 'node20.18', logLevel: 'warning', absWorkingDir: ROOT }
/** Names are kept: the stack of a crash must name our functions. */
const minify = { minifyWhitespace: true, minifySyntax: true, legalComments: 'none' }

async function buildLibrary() {
  await build({
    ...common,
    ...minify,
    entryPoints: ['src/index.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    packages: 'external',
    outdir: 'dist',
  })
}

/** The command, in chunks that are loaded when they are needed. Returns the files that are in it. */
async function buildCommand() {
  const { outputFiles, metafile } = await build({
    ...common,
    ...minify,
    entryPoints: ['src/cli.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    mainFields: ['module', 'main'],
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    plugins: [together, undiciParts, namesOfYaml, positionsOnly, minifyPackages],
    metafile: true,
    write: false,
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
  const shared = sharedChunks(metafile.outputs)
  texts.set('core.cjs', await joinChunks(shared, texts))
  for (const name of shared) texts.delete(name)
  // Node 20 loads CommonJS in a quarter of the time of ES modules, but esbuild splits only the latter.
  for (const [name, text] of texts) {
    const { code } = await transform(text, {
      ...minify,
      platform: 'node',
      target: common.target,
      format: 'cjs',
      supported: { 'dynamic-import': false },
      define: { 'import.meta.dirname': '__dirname' },
    })
    const joined = code.replace(/require\("\.\/(chunk-\w+\.cjs)"\)/g, (whole, chunk) =>
      shared.includes(chunk) ? `require("./core.cjs").${exportOf(chunk)}` : whole,
    )
    writeFileSync(join(DIST, name), joined)
  }
  chmodSync(join(DIST, 'cli.cjs'), 0o755)
  return Object.values(metafile.outputs).flatMap(output =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
}

/** The small chunks that every run loads, or nearly every. */
function sharedChunks(outputs) {
  const found = new Set()
  const visit = path => {
    if (found.has(path)) return
    found.add(path)
    for (const { path: next, kind } of outputs[path].imports)
      if (kind === 'import-statement' && next in outputs) visit(next)
  }
  const isStart = ({ entryPoint }) => entryPoint === 'src/cli.ts' || entryPoint === 'together:run'
  for (const [path, output] of Object.entries(outputs)) if (isStart(output)) visit(path)
  return [...found].map(path => basename(path)).filter(name => name.startsWith('chunk-'))
}

/** One module that exports each of the chunks. */
async function joinChunks(chunks, texts) {
  const { outputFiles } = await build({
    ...common,
    ...minify,
    stdin: { contents: chunks.map(name => `export * as ${exportOf(name)} from './${name}'`).join('\n') },
    bundle: true,
    format: 'esm',
    packages: 'external',
    plugins: [
      {
        name: 'chunks',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\.\// }, ({ path }) =>
            chunks.includes(basename(path))
              ? { path: basename(path), namespace: 'chunk' }
              : { path, external: true },
          )
          onLoad({ filter: /.*/, namespace: 'chunk' }, ({ path }) => ({ contents: texts.get(path) }))
        },
      },
    ],
    write: false,
  })
  return outputFiles[0].text
}

function exportOf(chunk) {
  return basename(chunk, '.cjs').replace('-', '_')
}

/** Files that are imported lazily one by one, but are small or needed by nearly every run: one chunk is read faster than ten. */
const TOGETHER = {
  run: [
    'src/cli/run.ts',
    ...lazyImportsOf('src/commands/index.ts'),
    ...lazyImportsOf('src/reporters/index.ts'),
  ],
  stores: [
    'src/stores/index.ts',
    'src/stores/builder/builder.ts',
    'src/stores/docker/build-cache.ts',
    'src/stores/podman/engine.ts',
  ],
  registry: ['src/registry/resolve.ts', 'src/registry/auth/keychain.ts'],
}
function lazyImportsOf(file) {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/\bimport\('([^']+)'\)/g)].map(([, path]) => posix.join(posix.dirname(file), path))
}

const together = {
  name: 'together',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined
      const file = relative(ROOT, join(resolveDir, path)).replaceAll('\\', '/')
      const chunk = Object.keys(TOGETHER).find(name => TOGETHER[name].includes(file))
      return chunk && { path: chunk, namespace: 'together' }
    })
    onLoad({ filter: /.*/, namespace: 'together' }, ({ path }) => ({
      contents: TOGETHER[path].map(file => `export * from './${file}'`).join('\n'),
      resolveDir: ROOT,
    }))
  },
}

/**
 * What pools.ts asks undici for, which is a fifth of it, with the methods that undici's index adds to it. What is never reached is left
 * out: HTTP/2, which is never offered and brings node:http2, the largest of Node's modules; and bodies other than texts. Its parser is
 * a file of its own, as a large one takes long to read and there are two, one of which is used.
 */
const UNREACHED = ['client-h2', 'web/fetch/body']
const undiciParts = {
  name: 'undici-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'parts' }))
    onLoad({ filter: /.*/, namespace: 'parts' }, () => ({
      contents: `
        import api from 'undici/lib/api/index.js'
        import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
        Object.assign(Dispatcher.prototype, api)
        export { default as Pool } from 'undici/lib/dispatcher/pool.js'
        export { default as ProxyAgent } from 'undici/lib/dispatcher/proxy-agent.js'`,
      resolveDir: ROOT,
    }))
    onResolve({ filter: new RegExp(`/(?:${UNREACHED.join('|')})(?:\\.js)?$`) }, ({ path, importer }) =>
      /[\\/]undici[\\/]lib[\\/]/.test(importer) ? { path, namespace: 'unreached' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'unreached' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error('not bundled: ${path}') }; module.exports.extractBody = module.exports`,
    }))
    onResolve({ filter: /\/llhttp[\w-]*-wasm\.js$/ }, async ({ path, resolveDir }) => {
      const name = `${basename(path, '.js')}.cjs`
      const text = readFileSync(join(resolveDir, path), 'utf8')
      writeFileSync(join(DIST, name), (await transform(text, minify)).code)
      return { path: `./${name}`, external: true }
    })
  },
}

/** For a CommonJS package that is imported lazily, esbuild provides only the default export; Node finds the names too. */
const namesOfYaml = {
  name: 'names-of-yaml',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^yaml$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: 'yaml', namespace: 'names' } : undefined,
    )
    onLoad({ filter: /.*/, namespace: 'names' }, ({ path }) => ({
      contents: `export { ${Object.keys(createRequire(import.meta.url)(path)).join()} } from '${path}'`,
      resolveDir: ROOT,
    }))
  },
}

/** Inside of packages, names of variables are shortened too. */
const minifyPackages = {
  name: 'minify-packages',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => ({
      contents: (await transform(readFileSync(path, 'utf8'), { minify: true, legalComments: 'none' })).code,
    }))
  },
}

/**
 * dockerfile-ast needs two functions of vscode-languageserver-types, whose other 50 namespaces take longer to load than all of
 * dockerfile-ast. No bundler drops them, because the package is loaded with `require`.
 */
const NAMESPACES = ['uinteger', 'Position', 'Range', 'Is']
const positionsOnly = {
  name: 'positions-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]vscode-languageserver-types[\\/]lib[\\/]esm[\\/]main\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const kept = NAMESPACES.map(name => {
        const pattern = `^(?:export )?var ${name};\\r?\\n\\(function \\(${name}\\) \\{\\r?\\n[^]*?^\\}\\)\\(${name} \\|\\| \\(${name} = \\{\\}\\)\\);$`
        const found = new RegExp(pattern, 'm').exec(text)?.[0]
        if (found === undefined) throw new Error(`${path} has no namespace ${name}`)
        return found
      })
      return { contents: kept.join('\n') }
    })
  },
}

/** The licence of each package that the command needs: one may hold parts of another. @throws Error where one has none */
function licenses(paths) {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  const folders = Object.keys(packages).filter(folder => folder !== '' && !packages[folder].dev)
  for (const path of paths) {
    const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []
    if (folder !== undefined && !folders.includes(folder)) throw new Error(`${folder} is no dependency`)
  }
  const texts = folders.sort().map(folder => {
    const { name, version, license, author, repository } = JSON.parse(
      readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
    )
    const files = readdirSync(join(ROOT, folder)).filter(file => /^(?:licen[cs]e|notice|copying)/i.test(file))
    const notices = files.map(file => readFileSync(join(ROOT, folder, file), 'utf8').trim())
    // Two packages of SPDX data have no such file.
    if (notices.length === 0 && !license.startsWith('CC'))
      throw new Error(`${folder} has no file with its licence`)
    if (notices.length === 0)
      notices.push(`By ${author}, ${repository}, https://spdx.org/licenses/${license}`)
    return `${name} ${version} (${license})\n\n${notices.join('\n\n')}\n`
  })
  return `The command, dist/*.cjs, contains code of these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function buildTypes() {
  const compiler = fileURLToPath(import.meta.resolve('typescript/package.json'))
  const { bin } = JSON.parse(readFileSync(compiler, 'utf8'))
  const tsc = join(dirname(compiler), bin.tsc)
  const { status } = spawnSync(process.execPath, [tsc, '-p', '.tsconfig.build.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
  const needed = typesFrom(join(DIST, 'index.d.ts'))
  for (const name of readdirSync(DIST, { recursive: true })) {
    const path = join(DIST, name)
    if (name.endsWith('.d.ts') && !needed.has(path)) rmSync(path)
  }
}

/** The types that `path` needs, directly or through others. The compiler also writes those of the rest of the library. */
function typesFrom(path, found = new Set()) {
  if (found.has(path)) return found
  found.add(path)
  for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.ts['"]/g))
    typesFrom(join(dirname(path), `${name}.d.ts`), found)
  return found
}

rmSync(DIST, { recursive: true, force: true })
mkdirSync(DIST)
await buildLibrary()
const inputs = await buildCommand()
const { manPage } = await tsImport('./src/cli/man.ts', import.meta.url)
writeFileSync(
  join(DIST, 'dock-lock.1'),
  manPage(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version),
)
writeFileSync(join(DIST, 'THIRD-PARTY-LICENSES'), licenses(inputs))
buildTypes()

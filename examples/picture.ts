/**
 * `npm run picture`: draws docs/terminal.svg, what a terminal shows of dock-lock in a small project.
 *
 * The built command runs. Its registry and its engine are those of the unit tests, so that the picture can be drawn anywhere and is the
 * same everywhere. test/e2e/examples.test.ts shows that Docker 28 leads to the same words. Two things are changed: times are left out, and
 * instead of the images of that registry, the digests are those of Docker Hub in examples/npm-prebuild.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEngine } from '../test/cli/support/engine.ts'
import { runBuilt } from '../test/support/built.ts'
import { startRegistry } from '../test/support/registry/index.ts'
import { runProgram } from '../test/support/spawn.ts'

const EXAMPLE = new URL('npm-prebuild/', import.meta.url)
export const PICTURE = fileURLToPath(new URL('../docs/terminal.svg', import.meta.url))

const COLUMNS = 100

const COMMANDS = [
  'head -1 Dockerfile',
  'npx --no dock-lock',
  'head -1 Dockerfile',
  'npx --no dock-lock',
  "echo 'COPY --from=busybox:1.37 /bin/busybox /bin/' >> Dockerfile",
  'npx --no dock-lock check',
]

const PROMPT = '\u001b[2m$\u001b[22m '

type Env = Readonly<Record<string, string | undefined>>

/** What the terminal shows, with the escape sequences of its colours. `env` leads to an engine that has node and alpine from a mirror. */
export async function recordSession(folder: string, env: Env): Promise<string> {
  const cwd = join(folder, 'project')
  mkdirSync(cwd)
  const byTag = readFileSync(new URL('Dockerfile', EXAMPLE), 'utf8').replaceAll(/@sha256:[0-9a-f]{64}/g, '')
  writeFileSync(join(cwd, 'Dockerfile'), byTag)
  const shown: string[] = []
  for (const command of COMMANDS) {
    const [, words] = /^npx --no dock-lock ?(.*)$/.exec(command) ?? []
    const { stdout } =
      words === undefined
        ? await runProgram('sh', ['-c', command], { cwd })
        : await runBuilt(words.split(' ').filter(Boolean), {
            cwd,
            env: { ...env, TERM: 'xterm', FORCE_COLOR: undefined, NO_COLOR: undefined, CI: undefined },
            columns: COLUMNS,
          })
    shown.push(`${PROMPT}\u001b[1m${command}\u001b[22m\n${stdout}`)
  }
  return withDigestsOfHub(shown.join(''), readFileSync(join(cwd, 'docker-images.lock'), 'utf8'))
    .replaceAll(/ (?:\u001b\[2m)?\((?:\d+ ms|\d+\.\d s)\)(?:\u001b\[22m)?$/gm, '')
    .trimEnd()
}

function withDigestsOfHub(text: string, lockfile: string): string {
  const real = digestsIn(readFileSync(new URL('docker-images.lock', EXAMPLE), 'utf8'))
  const short = (digest = '') => digest.slice(0, 'sha256:'.length + 12)
  return [...digestsIn(lockfile)].reduce((all, [key, digest]) => {
    const hub = real.get(key)
    if (hub === undefined) throw new Error(`examples/npm-prebuild does not lock ${key}`)
    return all.replaceAll(digest, hub).replaceAll(short(digest), short(hub))
  }, text)
}

function digestsIn(lockfile: string): ReadonlyMap<string, string> {
  const found = lockfile.matchAll(/^ {2}(\S+):\n {4}digest: (sha256:[0-9a-f]{64})$/gm)
  return new Map([...found].map(([, key = '', digest = '']) => [key, digest]))
}

/** Width of a column and height of a line, in pixels. */
const [COLUMN, LINE] = [8.4, 21]
/** Before each command but the first. */
const GAP = 12
const MARGIN = 24
const TOP = 66

/** Light or dark, as the reader has it. */
const STYLE = `text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #1f2328 }
.window { fill: #ffffff; stroke: #d1d9e0 }
.bar { fill: #d1d9e0 }
.bold { font-weight: 600 }
.dim { fill: #59636e }
.good { fill: #1a7f37 }
.bad { fill: #cf222e }
.warn { fill: #9a6700 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .window { fill: #0d1117; stroke: #3d444d }
  .bar { fill: #3d444d }
  .dim { fill: #9198a1 }
  .good { fill: #3fb950 }
  .bad { fill: #ff7b72 }
  .warn { fill: #d29922 }
}`

/** The text of a terminal as SVG. */
export function draw(text: string): string {
  const lines = text.split('\n')
  let y = TOP - LINE
  const rows = lines.flatMap((line, at) => {
    y += LINE + (at > 0 && line.startsWith(PROMPT) ? GAP : 0)
    return line === '' ? [] : [`<text y="${y}">${spansOf(line).join('')}</text>`]
  })
  const [width, height] = [2 * MARGIN + COLUMNS * COLUMN, y + MARGIN]
  const dots = [0, 1, 2]
    .map(at => `<circle class="bar" cx="${MARGIN + 6 + 20 * at}" cy="24" r="6"/>`)
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" xml:space="preserve">
<title id="title">A terminal: dock-lock pins and verifies the images of a Dockerfile, has nothing to do in its second run, and then finds an image that is not locked</title>
<style>
${STYLE}
</style>
<rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>
${dots}
${rows.join('\n')}
</svg>
`
}

const CLASSES: Readonly<Record<string, string>> = { 1: 'bold', 2: 'dim', 31: 'bad', 32: 'good', 33: 'warn' }

/** Each has its own place, so that a sign that is wider in some font does not move the rest of the line. */
function spansOf(line: string): readonly string[] {
  const on = new Set<string>()
  let column = 0
  return line.split(/(\u001b\[\d+m)/).flatMap(part => {
    const [, code] = /^\u001b\[(\d+)m$/.exec(part) ?? []
    if (code !== undefined) {
      // 22 ends bold and dim, 39 ends a colour.
      for (const name of code === '22' ? ['bold', 'dim'] : ['bad', 'good', 'warn'])
        if (!(code in CLASSES)) on.delete(name)
      if (CLASSES[code] !== undefined) on.add(CLASSES[code])
      return []
    }
    if (part === '') return []
    const x = (MARGIN + column * COLUMN).toFixed(1)
    column += [...part].length
    return [`<tspan x="${x}"${on.size > 0 ? ` class="${[...on].join(' ')}"` : ''}>${escaped(part)}</tspan>`]
  })
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** @param dockerVersion what the engine says that it is */
export async function makePicture(dockerVersion = '28.5.2'): Promise<string> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-picture-'))
  const registry = await startRegistry()
  const engine = await startEngine(join(folder, 'engine.sock'), {
    mirrors: [registry.url],
    version: dockerVersion,
  })
  try {
    registry.addImage('library/node', '24-alpine')
    registry.addImage('library/alpine', '3.23')
    return draw(
      await recordSession(folder, { PATH: process.env.PATH, HOME: folder, DOCKER_HOST: engine.host }),
    )
  } finally {
    await engine.close()
    await registry.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PICTURE, await makePicture())

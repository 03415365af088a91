/** Projects mixed from hostile files: whatever is in them, every command ends, with a documented exit code and clean output. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { snapshot } from '../cli/support/project.ts'
import { listAll, withFolder } from '../support/folder.ts'
import { runMain } from '../support/in-process.ts'
import { createRandom, forAllAsync, type Random } from '../support/random.ts'

const test = suite('fuzz')

/** What a terminal takes for more than text; a line feed is ours. */
const RAW = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const DIGEST = `sha256:${'a'.repeat(64)}`
const KEY = 'docker.io/library/alpine:3.23'

const DOCKERFILES = [
  'FROM alpine:3.23\n',
  `FROM alpine:3.23@${DIGEST}\n`,
  'FROM a AS b\nCOPY --from=c / /\n',
  'ARG A=x\nFROM ${A}:1\n',
  'ARG A=${B:-x}\nARG B=${A}${A}\nFROM $B\n',
  'FROM --platform=$TARGETPLATFORM alpine:$TARGETARCH\n',
  'RUN --mount=type=bind,from=x,target=/x true\n',
  'RUN <<E\nFROM x\nE\n',
  'RUN <<E\n',
  '# dock-lock: ignore why\nFROM b\n',
  '# syntax=docker/dockerfile:1\n',
  '# escape=`\n',
  'ONBUILD COPY --from=alpine / /\n',
  'FROM \\\n  # c\n  alpine\n',
  'ARG A=${X#*a*b}${X/?/y}\n',
  '{"syntax":"x"}',
]
const CONFIGS = [
  'pin: policy\n',
  'platforms: [linux/amd64, linux/arm64]\n',
  'buildArgs:\n  A: [x, y]\n  B: 3.20\n',
  'registries:\n  docker.io: {mirrors: [https://m.example]}\n',
  'ignore:\n  - files: ["**/a/**/a/**/b", "*.x"]\n    reason: r\n',
  'ignore:\n  - images: "al*:*"\n    reason: r\n',
  'a: &a [*a]\n',
  'a: !!js/function x\n',
  '? [a]\n: b\n',
  '<<: {a: b}\n',
  '--- a\n--- b\n',
]
const LOCKFILES = [
  'lockfileVersion: 1\nimages: {}\n',
  `lockfileVersion: 1\nimages:\n  ${KEY}:\n    digest: ${DIGEST}\n`,
  `lockfileVersion: 1\nimages:\n  ${KEY}:\n    digest: ${DIGEST}\n    mediaType: a/b\n    platforms:\n      linux/amd64: ${DIGEST}\n`,
  `  ${KEY}:\n    digest: ${DIGEST}\n    adopted:\n      - Dockerfile#1,2/2\n`,
  '<<<<<<< a\n=======\n>>>>>>> b\n',
  'lockfileVersion: 99\n',
]
const PATTERNS = [
  '**/a/**/a/**/a/**/b\n',
  '*a*a*a*a*b\n',
  '[a-\n',
  '!Dockerfile\n',
  'sub/\n',
  '\\\n',
  '[[:alpha:]\n',
]
const PACKAGES = ['{"name":"x"}', '{"scripts":{"prebuild":";npx -a;npx -a"}}', '[]', '{"scripts":1}', '{']

function noise(random: Random): Buffer {
  return Buffer.from(random.list(1, 200, () => random.int(0, 255)))
}

function filler(random: Random): string {
  const count = random.int(1, 2000)
  return random.pick([
    () => '['.repeat(count),
    () => '{a: '.repeat(count),
    () => '- '.repeat(count),
    () => `${'k'.repeat(count)}: v\n`,
    () => `${' '.repeat(count)}\u2028x\r`,
    () => '\u001b[31m\u0007\u202e\u2066\ud800\0\n',
    () => '$A${A'.repeat(count % 100),
    () => '"\''.repeat(count),
    () => '\\\n'.repeat(count),
    () => `x${'@:/'.repeat(count)}\n`,
    () => '%YAML 1.1\n---\n',
    () => Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join(''),
  ])()
}

/** Valid pieces, mixed, cut, doubled, with noise between them, in some encoding. */
function hostile(random: Random, pieces: readonly string[]): Buffer {
  if (random.chance(0.05)) return noise(random)
  // Some files are well, so that commands get further.
  if (random.chance(0.25)) return Buffer.from(random.pick(pieces))
  let text = random.list(1, 6, () => (random.chance(0.15) ? filler(random) : random.pick(pieces))).join('')
  if (random.chance(0.2)) text = text.slice(random.int(0, 10), random.int(0, text.length))
  if (random.chance(0.1)) text = text.replaceAll('\n', random.pick(['\r\n', '\r', '\n\n']))
  if (random.chance(0.05)) text = `\ufeff${text}`
  const bytes = Buffer.from(text, random.pick(['utf8', 'utf8', 'utf8', 'utf8', 'latin1', 'utf16le']))
  if (random.chance(0.1) && bytes.length > 0) bytes[random.int(0, bytes.length - 1)] = random.int(0, 255)
  return bytes
}

function project(random: Random): Record<string, Buffer> {
  const files: Record<string, Buffer> = {}
  const some = (chance: number, name: string, pieces: readonly string[]) => {
    if (random.chance(chance)) files[name] = hostile(random, pieces)
  }
  files.Dockerfile = hostile(random, DOCKERFILES)
  some(0.5, 'sub/a/a/a/Dockerfile', DOCKERFILES)
  some(0.3, 'a.Dockerfile', DOCKERFILES)
  some(0.4, '.dock-lock.yaml', CONFIGS)
  some(0.6, 'docker-images.lock', LOCKFILES)
  some(0.4, '.gitignore', PATTERNS)
  some(0.4, 'package.json', PACKAGES)
  return files
}

/** Whether what a command may do is written, by its words. */
const COMMANDS: readonly (readonly [readonly string[], 'reads' | 'writes'])[] = [
  [['check'], 'reads'],
  [['check', '--json'], 'reads'],
  [['check', '--target', 'b'], 'reads'],
  [['--offline', '--no-verify', '--dry-run'], 'reads'],
  [['--frozen', '--no-verify'], 'reads'],
  [['policy'], 'reads'],
  [['init', '--dry-run'], 'reads'],
  [['unpin', '--dry-run', '--json'], 'reads'],
  [['--offline', '--no-verify'], 'writes'],
  [['unpin'], 'writes'],
  [['init'], 'writes'],
]

const WRITES = COMMANDS.filter(([, kind]) => kind === 'writes')

const seen = new Set<string>()

test('150 projects of hostile files, and a few commands in each', () =>
  forAllAsync(150, async random => {
    const files = project(random)
    const size = Object.values(files).reduce((sum, { length }) => sum + length, 0)
    await withFolder(files, async root => {
      for (const [args, kind] of [random.pick(COMMANDS), random.pick(COMMANDS), random.pick(WRITES)]) {
        const before = snapshot(root)
        const cpu = process.cpuUsage()
        const { code, stdout, stderr } = await runMain(root, args)
        const { user } = process.cpuUsage(cpu)
        const said = stdout + stderr
        seen.add(`${kind} ${code}`)
        const what = `${args.join(' ')}: ${JSON.stringify(said.slice(0, 2000))}\n${JSON.stringify(
          Object.fromEntries(
            Object.entries(files).map(([name, bytes]) => [name, bytes.toString('latin1').slice(0, 600)]),
          ),
        )}`
        assert.ok([0, 1, 2].includes(code), `exit code ${code} of ${what}`)
        assert.not.match(said, /bug in dock-lock|\n {4}at /, what)
        assert.not.ok(RAW.test(said), what)
        // Work and output are bounded by the input; the limits are a hundred times what is usual.
        assert.ok(user < 2_000_000 + 500 * size, `${user} µs for ${size} bytes: ${what}`)
        assert.ok(said.length < 100_000 + 300 * size, `${said.length} characters for ${size} bytes: ${what}`)
        if (kind === 'reads' || code !== 0) {
          // What has findings writes nothing, unless the findings are about what cannot be pinned.
          const written = /wrote docker-images\.lock|pinned |changed /.test(stdout)
          if (kind === 'reads' || !written) assert.equal(snapshot(root), before, what)
        }
        assert.not.ok(
          listAll(root).some(name => /tmp/.test(name)),
          what,
        )
      }
    })
  }))

test('what commands came to is of every kind, so that all of them are looked at', () => {
  assert.equal([...seen].sort(), ['reads 0', 'reads 1', 'reads 2', 'writes 0', 'writes 1', 'writes 2'])
})

test('the generator makes the same project for the same seed, and others for others', () => {
  const made = (seed: number) => JSON.stringify(project(createRandom(seed)))
  assert.is(made(3), made(3))
  assert.is.not(made(3), made(4))
})

test.run()

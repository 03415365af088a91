/** No file makes the work grow worse than linearly: Dockerfiles, lockfile, config and ignore files, four times as large. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exitCodeFor, sortFindings } from '../../src/core/finding.ts'
import { checkImages, gatherImages } from '../../src/core/images.ts'
import { parseCanonicalLockfile } from '../../src/core/lockfile.ts'
import { orphans } from '../../src/core/orphans.ts'
import { placeFinder } from '../../src/core/place.ts'
import type { Report } from '../../src/core/report.ts'
import { parseConfig } from '../../src/io/config.ts'
import { ignoresFile, parsePatterns } from '../../src/io/gitignore.ts'
import { parseLockfile } from '../../src/io/lockfile.ts'
import { parseYaml } from '../../src/io/yaml.ts'
import { json } from '../../src/reporters/json.ts'
import { text } from '../../src/reporters/text.ts'
import { dockerfile } from '../support/extract.ts'
import { assertLinear } from '../support/growth.ts'

const test = suite('growth')
const DIGEST = `sha256:${'a'.repeat(64)}`
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('')
const extract = (
  source: string,
  buildArgs: Readonly<Record<string, readonly string[]>> = {},
  target?: string,
) =>
  dockerfile.extract(source, 'Dockerfile', {
    buildArgs,
    buildPlatform: 'linux/amd64',
    targetPlatform: 'linux/amd64',
    ...(target !== undefined && { target }),
  })

const dockerfiles: Readonly<Record<string, readonly [number, (count: number) => string]>> = {
  'stages, each of the one before': [
    2000,
    count => `FROM a AS s0\n${lines(count, index => `FROM s${index} AS s${index + 1}\n`)}`,
  ],
  'comments that ignore': [
    2000,
    count => lines(count, index => `# dock-lock: ignore why\nFROM a:${index}\n`),
  ],
  'ARGs, each of the one before, for as many stages': [
    500,
    count =>
      `ARG A0=a\n${lines(count, index => `ARG A${index + 1}=$A${index}\n`)}${lines(count, () => `FROM $A${count}\n`)}`,
  ],
  'ARGs, each of the one before, for a stage each': [
    1000,
    count =>
      `ARG A0=a\n${lines(count, index => `ARG A${index + 1}=$A${index}\n`)}${lines(count, index => `FROM $A${index}\n`)}`,
  ],
  'ARGs made from ever more ARGs without a value, for a stage each': [
    500,
    count =>
      `${lines(count, index => `ARG B${index}\n`)}ARG A0\n${lines(count, index => `ARG A${index + 1}=$A${index}$B${index}\n`)}${lines(count, index => `FROM a$A${index + 1}\n`)}`,
  ],
  'a long ARG that every stage names': [
    500,
    count => `ARG A=${'a'.repeat(20 * count)}\n${lines(count, () => 'FROM $A\n')}`,
  ],
  'continued lines': [20_000, count => `FROM a\nRUN --mount=from=b true ${'\\\n && true'.repeat(count)}\n`],
  'continued lines of comment': [20_000, count => `FROM \\\n${'# c\n'.repeat(count)} a\n`],
  heredocs: [3000, count => `FROM a\n${lines(count, index => `RUN <<E${index}\nx\nE${index}\n`)}`],
  'heredocs in one line': [
    1000,
    count => `FROM a\nRUN ${lines(count, index => `<<E${index} `)}\n${lines(count, index => `E${index}\n`)}`,
  ],
  'a long line': [
    50_000,
    count => `FROM a\nRUN ${'x '.repeat(Math.min(count, 32_000))}\nRUN ${'y'.repeat(200)}\n`.repeat(4),
  ],
  'patterns in expansions': [
    100,
    count =>
      `ARG A=${'a'.repeat(200)}\n${lines(count, index => `ARG B${index}=\${A#${'*a'.repeat(80)}b}\n`)}FROM a\n`,
  ],
  mounts: [2000, count => `FROM a\n${lines(count, index => `RUN --mount=from=m${index} x\n`)}`],
}

for (const [name, [size, make]] of Object.entries(dockerfiles)) {
  test(`${name}: the time to read the file is linear`, () =>
    assertLinear(size, count => {
      const source = make(count)
      return () => extract(source)
    }))
}

test('the expansions of a file share one limit', () => {
  const source = `ARG A=${'a'.repeat(1500)}\n${lines(200, () => `FROM \${A#${'*a'.repeat(1200)}b}\n`)}`
  const last = extract(source).at(-1)
  assert.is(last?.kind, 'invalid')
  assert.match(last?.kind === 'invalid' ? last.reason : '', /^the expansions in this file take too long$/)
})

test('an ARG that doubles, and one that is quoted by every stage: the text of findings stays small', () => {
  const doubling = `ARG A0=xx\n${lines(60, index => `ARG A${index + 1}=$A${index}$A${index}\n`)}FROM $A60\n`
  const quoted = `ARG A=a/${'x'.repeat(30_000)}\n${lines(200, () => 'FROM $A\n')}`
  for (const source of [doubling, quoted])
    assert.ok(JSON.stringify(extract(source)).length < 20 * source.length + 200_000)
})

for (const [name, size, make] of [
  [
    'stages that copy from later ones of no name',
    1000,
    (count: number) =>
      lines(count, index => `FROM a AS s${index}\nCOPY --from=x / /\n`) +
      `FROM a AS last\n${lines(count, index => `COPY --from=${count + 1 + index} / /\n`)}`,
  ],
  [
    'stages with triggers that copy',
    1000,
    (count: number) =>
      `${lines(count, index => `FROM a AS x${index}\n`)}FROM a AS base\n${lines(count, index => `ONBUILD COPY --from=x${index} / /\n`)}${lines(count, index => `FROM base AS s${index}\n`)}FROM a AS last\n${lines(count, index => `COPY --from=s${index} / /\n`)}`,
  ],
] as const) {
  test(`${name}: the time to find what a target needs is linear`, () =>
    assertLinear(size, count => {
      const source = make(count)
      return () => extract(source, {}, 'last')
    }))
}

test('build args: a few combinations are followed, more are refused', () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`)
  const source = 'ARG A\nARG B\nARG C\nFROM $A:$B$C\n'
  assert.is(extract(source, { A: values(10), B: values(10), C: values(10) }).length, 1000)
  const [first] = extract(source, { A: values(100), B: values(100), C: values(100) })
  assert.match(first?.kind === 'invalid' ? first.reason : '', /make 1000000 combinations/)
})

const lockfile = (count: number, layout: 'own' | 'other') =>
  `${layout === 'own' ? '# Generated by dock-lock: image tags and the digests they meant. Commit this file.\n# Change it with `dock-lock`, not by hand.\n' : ''}lockfileVersion: 1\nimages:\n${lines(
    count,
    index => `  docker.io/library/i${String(index).padStart(7, '0')}:1:\n    digest: ${DIGEST}\n`,
  )}`

for (const layout of ['own', 'other'] as const) {
  test(`images in a lockfile of ${layout} layout that no file names: the time to read and place them is linear`, () =>
    assertLinear(layout === 'own' ? 2000 : 500, count => {
      const bytes = Buffer.from(lockfile(count, layout))
      return async () => {
        const source = await parseLockfile('docker-images.lock', bytes)
        const findings = orphans([], source)
        assert.is(findings.length, count)
        assert.equal(findings[1]?.code === 'orphan' && findings[1].place.column, 3)
      }
    }))
}

test('a line of blanks that no line end follows: the time to refuse it is linear', () =>
  assertLinear(20_000, count => {
    const bad = `${lockfile(1, 'own')}${' '.repeat(count)}x\u2028\n`
    return () => assert.is(parseCanonicalLockfile(bad), undefined)
  }))

const configs: Readonly<Record<string, readonly [number, (count: number) => string]>> = {
  keys: [1000, count => `buildArgs:\n${lines(count, index => `  K${index}: x\n`)}`],
  'keys in one line': [1000, count => `buildArgs: {${lines(count, index => `K${index}: x, `)}}`],
  registries: [
    500,
    count => `registries:\n${lines(count, index => `  r${index}.example: {insecure: true}\n`)}`,
  ],
  'values of an ARG': [1000, count => `buildArgs:\n  A:\n${lines(count, index => `    - v${index}\n`)}`],
  'lines of comment': [3000, count => `${lines(count, index => `# ${index}\n`)}pin: files\n`],
}
for (const [name, [size, make]] of Object.entries(configs)) {
  test(`${name}: the time to read the config is linear`, () =>
    assertLinear(size, count => {
      const source = make(count)
      return () => parseConfig(source)
    }))
}

test('lists and mappings in each other: what is too deep is refused in linear time, with its place', async () => {
  for (const [source, offset] of [
    ['a: '.concat('['.repeat(50_000)), 67],
    ['- '.repeat(5000), 130],
    [`a: ${'{a: '.repeat(5000)}`, undefined],
  ] as const) {
    const { problem } = await parseYaml(source)
    assert.is(problem?.message, 'lists and mappings are nested more than 64 deep')
    if (offset !== undefined) assert.is(problem?.offset, offset)
  }
  assert.is((await parseYaml(`a: ${'['.repeat(60)}${']'.repeat(60)}`)).problem, undefined)
  await assertLinear(5000, count => () => parseYaml(`a: ${'['.repeat(count)}`))
})

test('lists of the config have a limit, which is told with the place', async () => {
  const reasonOf = (source: string) =>
    parseConfig(source).then(
      () => 'accepted',
      (error: Error & { place?: { line: number } }) => `${error.place?.line}: ${error.message}`,
    )
  const list = (count: number, item: (index: number) => string) =>
    lines(count, index => `    - ${item(index)}\n`)
  const cases: readonly (readonly [string, number, (count: number) => string])[] = [
    ['platforms', 64, count => `platforms:\n${list(count, index => `linux/a${index}`)}`],
    ['stores', 64, count => `stores:\n${list(count, index => `host: tcp://h${index}:2375`)}`],
    [
      'mirrors',
      64,
      count => `registries:\n  docker.io:\n   mirrors:\n${list(count, index => `https://m${index}.example`)}`,
    ],
    ['ignore', 256, count => `ignore:\n  - reason: x\n    files:\n${list(count, index => `f${index}`)}`],
  ]
  for (const [name, most, make] of cases) {
    assert.is(await reasonOf(make(most)), 'accepted', name)
    assert.match(
      await reasonOf(make(most + 1)),
      new RegExp(`^\\d+: this list has more than ${most} entries$`),
      name,
    )
  }
  assert.match(
    await reasonOf(`ignore:\n  - reason: x\n    images: ${'a'.repeat(513)}\n`),
    /^2: a pattern is longer than 512/,
  )
})

for (const [name, pattern, path] of [
  ['**/', '**/a/', 'a/'],
  ['*', '*a', 'a'],
  ['?*', '?*a', 'a'],
  ['[]', '*[ab]', 'a'],
] as const) {
  // Counted, not timed: a backtracking matcher takes the length of the path to the power of the number of wildcards.
  test(`ignore patterns of ${name}: four times the path takes four times the steps`, () => {
    const stepsFor = (count: number) => {
      let steps = 0
      const patterns = parsePatterns(`${pattern.repeat(6)}b`)
      assert.not.ok(ignoresFile(patterns, `${path.repeat(count)}c`, amount => (steps += amount)))
      return steps
    }
    // A file is held against the patterns once for each of its folders.
    const folders = path.includes('/') ? 4 : 1
    assert.ok(stepsFor(400) <= 4.5 * folders * stepsFor(100), `${stepsFor(100)} and ${stepsFor(400)}`)
  })
}

test('findings at one place after the other: the time to find, sort and print them is linear', () =>
  assertLinear(1500, count => {
    const source = lines(count, index => `FROM a:${index}\n`)
    return () => {
      const images = gatherImages(extract(source), new Map())
      const findings = sortFindings(checkImages(images, new Map(), 'files'))
      const report: Report = {
        command: 'check',
        exitCode: exitCodeFor(findings),
        images: images.map(({ key }) => ({ key, image: key })),
        checkedFiles: ['Dockerfile'],
        lockfile: { file: 'docker-images.lock', images: 0 },
        findings,
        notices: [],
        milliseconds: 0,
        pin: 'files',
      }
      assert.ok(text(report, { color: false, width: 80 }).length > count)
      assert.ok(json(report).length > count)
    }
  }))

test('offsets in a long text: the time to place them is linear', () =>
  assertLinear(20_000, count => {
    const source = 'x\n'.repeat(count)
    return () => {
      const placeOf = placeFinder('f', source)
      for (let offset = 0; offset < source.length; offset += 2) placeOf(offset)
    }
  }))

test('150,000 images are printed, more than a function takes arguments', () => {
  const images = Array.from({ length: 150_000 }, (_, index) => ({
    key: `docker.io/library/a:${index}`,
    image: `a:${index}`,
    digest: DIGEST as never,
    source: 'resolved' as const,
  }))
  const report: Report = {
    command: 'lock',
    exitCode: 0,
    dryRun: false,
    images,
    files: [],
    lockfile: {
      file: 'docker-images.lock',
      images: images.length,
      changed: true,
      written: true,
      added: 0,
      removed: 0,
    },
    stores: [],
    findings: [],
    notices: [],
    registryRequests: 0,
    milliseconds: 0,
    pin: 'files',
  }
  assert.ok(text(report, { color: false, width: 80 }).split('\n').length > images.length)
})

test.run()

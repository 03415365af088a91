/** The builds and images of Compose projects. What is expected was said by docker compose; test/e2e/compose.test.ts asks it again. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compose } from '../../../src/formats/compose/index.ts'
import { comparable, type Expected, observed, projectFiles, readCompose, readProjects } from './project.ts'

const test = suite('Compose')

const PROJECTS = readProjects()

test('there are many projects, and some that Compose refuses', () => {
  assert.ok(PROJECTS.length >= 160)
  assert.ok(PROJECTS.filter(({ expected }) => expected.includes('"refused"')).length >= 15)
})

for (const project of PROJECTS) {
  test(`${project.name}: reads what Compose reads`, async () => {
    const expected = JSON.parse(project.expected) as Expected
    const read = await readCompose(project)
    if (expected.refused) {
      assert.equal([read.builds, read.occurrences], [[], []])
      assert.is(read.problems.length, 1)
      assert.ok(read.problems[0]?.reason)
    } else assert.is(comparable(observed(read)), comparable(expected))
  })
}

test('every range holds what is named: the text of the file, or the scalar that asks for it', async () => {
  for (const project of PROJECTS) {
    const read = await readCompose(project)
    for (const one of read.occurrences) {
      const text = project.files[one.file] ?? ''
      const written = text.slice(one.range.start, one.range.end)
      assert.ok(written.length > 0 && one.range.end <= text.length, project.name)
      if (one.kind === 'image' && one.pin.kind === 'here') assert.ok(one.pin.range.end <= text.length)
    }
  }
})

test('the image of a context is needed for each platform of its build', async () => {
  const build = '{context: ., additional_contexts: {base: "docker-image://alpine:3.20"}'
  const { occurrences } = await problemsOf({
    'compose.yaml': `services:
  a: {platform: linux/amd64, build: ${build}, platforms: [linux/amd64, linux/arm64]}}
  b: {build: ${build}}}
`,
  })
  assert.equal(
    occurrences.map(({ place, platform }) => [place.line, platform?.architecture]),
    [
      [2, 'amd64'],
      [2, 'arm64'],
      [3, undefined],
    ],
  )
})

function problemsOf(files: Readonly<Record<string, string>>, env = {}) {
  const project = projectFiles(files, env)
  return compose.read('compose.yaml', project, { args: {}, platforms: [] })
}

test('a file outside the project is reported with its place, and is not read', async () => {
  for (const path of ['../x.yml', '/etc/x.yml', '~/x.yml']) {
    const included = await problemsOf({ 'compose.yaml': `include:\n  - ${path}\n` })
    assert.equal(included.problems, [
      {
        place: { file: 'compose.yaml', line: 2, column: 5 },
        reason: `${path} is outside the project, and is not read`,
      },
    ])
    const extended = await problemsOf({
      'compose.yaml': `services:\n  a:\n    extends: {service: b, file: ${path}}\n`,
    })
    assert.match(extended.problems[0]?.reason ?? '', /is outside the project, and is not read$/)
    assert.is(extended.problems[0]?.place.line, 3)
  }
})

test('a Dockerfile outside the project is reported, and the other services are used', async () => {
  const { builds, problems } = await problemsOf({
    'compose.yaml': 'services:\n  a:\n    build: ../x\n  b:\n    build: b\n  c:\n    build: /srv/c\n',
  })
  assert.equal(
    builds.map(({ dockerfile }) => dockerfile),
    [{ file: 'b/Dockerfile' }],
  )
  assert.equal(
    problems.map(({ place, reason }) => `${place.line}: ${reason}`),
    [
      '3: its Dockerfile ../x/Dockerfile is outside the project, and is not read',
      '7: its Dockerfile /srv/c/Dockerfile is outside the project, and is not read',
    ],
  )
})

test('an absolute path may lead into the project', async () => {
  const { builds } = await problemsOf(
    { 'compose.yaml': `services:\n  a:\n    build: $PWD/web\n` },
    { PWD: '/project' },
  )
  assert.equal(builds[0]?.dockerfile, { file: 'web/Dockerfile' })
})

test('aliases in aliases cost no more than they are long', async () => {
  const levels = Array.from(
    { length: 60 },
    (_, level) =>
      `x-${level}: &a${level} [${
        level === 0
          ? 'x'
          : Array(9)
              .fill(`*a${level - 1}`)
              .join(', ')
      }]\n`,
  )
  const { problems, occurrences } = await problemsOf({
    'compose.yaml': `${levels.join('')}services:\n  a:\n    image: alpine:3\n    command: *a59\n`,
  })
  assert.equal(problems, [])
  assert.is(occurrences.length, 1)
})

test('merge keys that multiply are refused', async () => {
  const keys = Array.from({ length: 2000 }, (_, index) => `k${index}: v`).join(', ')
  const copies = Array.from({ length: 300 }, (_, index) => `x-${index}: {<<: *a}\n`)
  const { problems } = await problemsOf({ 'compose.yaml': `x-a: &a {${keys}}\n${copies.join('')}` })
  assert.match(problems[0]?.reason ?? '', /^it has more than 500000 values$/)
})

test('a file of 10 MB is refused', async () => {
  const { problems } = await problemsOf({ 'compose.yaml': `x: ${'a'.repeat(10_000_000)}\n` })
  assert.is(problems[0]?.reason, 'compose.yaml is longer than 4000000 characters, and is not read')
})

test('deep nesting is refused, with its place', async () => {
  const { problems } = await problemsOf({ 'compose.yaml': `x: ${'['.repeat(5000)}${']'.repeat(5000)}` })
  assert.match(problems[0]?.reason ?? '', /nested more than 100 deep/)
})

test('circles of include and extends over several files end', async () => {
  const extended = (file: string) => `services:\n  a:\n    extends: {file: ${file}, service: a}\n`
  const circle = await problemsOf({ 'compose.yaml': extended('b.yml'), 'b.yml': extended('compose.yaml') })
  assert.match(circle.problems[0]?.reason ?? '', /extends itself in a circle/)
  const included = await problemsOf({
    'compose.yaml': 'include: [b.yml]\n',
    'b.yml': 'include: [c.yml]\n',
    'c.yml': 'include: [b.yml]\n',
  })
  assert.match(included.problems[0]?.reason ?? '', /^include cycle: /)
})

test('a variable without a value decides outside', async () => {
  const { occurrences } = await problemsOf({ 'compose.yaml': 'services:\n  a:\n    image: db:${V}\n' })
  const [one] = occurrences
  assert.is(one?.kind, 'variable')
  assert.is(one?.text, 'db:${V}')
})

test('a comment in the line before an image ignores it, with a reason', async () => {
  const { occurrences } = await problemsOf({
    'compose.yaml':
      'services:\n  a:\n    # dock-lock: ignore built by CI\n    image: a:1\n  b:\n    #dock-lock:ignore\n    image: b:1\n  c:\n    image: c:1\n',
  })
  assert.equal(
    occurrences.map(one => [one.kind, one.ignore]),
    [
      ['image', 'built by CI'],
      ['invalid', undefined],
      ['image', undefined],
    ],
  )
})

test('an origin is the line of the build, and of each arg', async () => {
  const { builds } = await problemsOf({
    'compose.yaml':
      'services:\n  a:\n    build:\n      context: .\n      args:\n        V: 1\n        W: 2\n',
  })
  assert.equal(builds[0]?.origin, { file: 'compose.yaml', line: 3 })
  assert.equal(builds[0]?.argOrigins, {
    V: { file: 'compose.yaml', line: 6 },
    W: { file: 'compose.yaml', line: 7 },
  })
})

test.run()

/** Pinning in Compose files: only digests are added, and unpinning restores every byte. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { platformBuilds } from '../../../src/core/build.ts'
import { applyEdits } from '../../../src/core/edit.ts'
import type { Lockfile } from '../../../src/core/lockfile.ts'
import type { ImageOccurrence, Occurrence } from '../../../src/core/occurrence.ts'
import { pinEdits, unpinEdits } from '../../../src/core/pin.ts'
import { referenceKey } from '../../../src/core/reference.ts'
import { fixedDigest } from '../../support/generate.ts'
import { createRandom } from '../../support/random.ts'
import { generateProject, scalar } from './generate.ts'
import { observed, readCompose } from './project.ts'

const test = suite('pinning in Compose files')

type Files = Readonly<Record<string, string>>

async function imagesIn(files: Files, env: Readonly<Record<string, string>>) {
  const read = await readCompose({ at: 'compose.yaml', files, env })
  return { read, images: read.occurrences.filter((one): one is ImageOccurrence => one.kind === 'image') }
}

function lockfileOf(images: readonly ImageOccurrence[]): Lockfile {
  return new Map(
    images.map(({ reference }) => {
      const key = referenceKey(reference)
      return [key, { reference, digest: fixedDigest('d') }] as const
    }),
  ) as unknown as Lockfile
}

function edited(
  files: Files,
  edits: (of: readonly Occurrence[]) => ReturnType<typeof pinEdits>,
  images: readonly Occurrence[],
): Files {
  return Object.fromEntries(
    Object.entries(files).map(([file, text]) => [
      file,
      applyEdits(text, edits(images.filter(one => one.file === file))),
    ]),
  )
}

test('pin then unpin is the identity, and the pinned project differs by digests only', async () => {
  let pinned = 0
  for (let seed = 1; seed <= 400; seed++) {
    const { files, env } = generateProject(createRandom(seed))
    const before = await imagesIn(files, env)
    const lockfile = lockfileOf(before.images)
    const after = edited(files, of => pinEdits(of, lockfile), before.images)
    const again = await imagesIn(after, env)
    const digest = `@${fixedDigest('d')}`
    const said = (read: typeof before.read) => {
      const { builds, images } = observed(read)
      const names = images.map(image => image.replace(digest, ''))
      return [JSON.stringify(builds).replaceAll(digest, ''), ...new Set(names.sort())].join('\n')
    }
    assert.is(said(again.read), said(before.read), `seed ${seed}`)
    for (const { pin, reference } of again.images) {
      if (pin.kind === 'here') assert.is(reference.digest, fixedDigest('d'), `seed ${seed}`)
      else assert.is(reference.digest, undefined, `seed ${seed}`)
      if (pin.kind === 'here') pinned++
    }
    const back = edited(after, of => unpinEdits(of, lockfile), again.images)
    assert.equal(back, files, `seed ${seed}`)
  }
  assert.ok(pinned > 200)
})

test('every style of scalar is pinned where its text ends', async () => {
  const image = 'ghcr.io/team/app:1.2'
  for (let seed = 1; seed <= 200; seed++) {
    const written = scalar(createRandom(seed), image, 4)
    const files = { 'compose.yaml': `services:\n  a:\n    image: ${written}\n` }
    const { images } = await imagesIn(files, {})
    const after = edited(files, of => pinEdits(of, lockfileOf(images)), images)
    assert.is((await imagesIn(after, {})).images[0]?.reference.digest, fixedDigest('d'), written)
  }
})

async function pinOf(image: string, env = {}, head = '') {
  const files = { 'compose.yaml': `${head}services:\n  a:\n    image: ${image}\n` }
  const { images } = await imagesIn(files, env)
  const [one] = images
  assert.ok(one)
  if (one.pin.kind === 'never') return `${one.pin.reason} ${one.pin.names.join(' ')}`.trim()
  return edited(files, of => pinEdits(of, lockfileOf(images)), images)
    ['compose.yaml']?.split('image: ')[1]
    ?.replace(fixedDigest('d'), 'D')
    .trim()
}

test('a default takes the digest if it ends the reference, and nothing before it can change', async () => {
  assert.is(await pinOf('${V:-alpine:3}'), '${V:-alpine:3@D}')
  assert.is(await pinOf('"${V-${W:-alpine:3}}"'), '"${V-${W:-alpine:3@D}}"')
  assert.is(await pinOf('alpine:${V:-3}'), 'alpine:${V:-3@D}')
  assert.is(await pinOf('alpine:${V:-3}-slim'), 'variable-in-middle V')
  assert.is(await pinOf('${R:-docker.io}/alpine:${V:-3}'), 'variable-in-middle R')
  assert.is(await pinOf('${V:-alpine:3}', { V: 'alpine:4' }), 'variable-given V')
  assert.is(await pinOf('alpine:$V', { V: '3' }), 'variable-given V')
})

test('an anchor whose value has another use is not changed', async () => {
  const files = (use: string) => ({
    'compose.yaml': `services:\n  a:\n    image: &i alpine:3\n  b:\n    ${use}\n`,
  })
  const kinds = async (use: string) =>
    (await imagesIn(files(use), {})).images.map(({ pin }) => (pin.kind === 'never' ? pin.reason : 'here'))
  assert.equal(await kinds('image: *i'), ['here', 'here'])
  assert.equal(await kinds('image: b:1\n    environment: {X: *i}'), ['anchor-shared', 'here'])
  assert.equal(await kinds('build: {context: ., args: {X: *i}}'), ['anchor-shared'])
})

test('an inline Dockerfile knows where its text is written', async () => {
  const text =
    'services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM ${B:-nginx:1} AS x\n        RUN echo $$HOME\n        FROM alpine:$V\n        FROM busybox:1\n'
  const { read } = await imagesIn({ 'compose.yaml': text }, { V: '3' })
  const [build] = read.builds
  assert.ok(build && 'text' in build.dockerfile)
  const { dockerfile } = build
  assert.equal(dockerfile.origin, { file: 'compose.yaml', line: 4 })
  const pointAfter = (word: string) => {
    const end = dockerfile.text.indexOf(word) + word.length
    return dockerfile.rangeOf({ start: end, end })
  }
  for (const word of ['nginx:1', 'busybox:1']) {
    const end = text.indexOf(word) + word.length
    assert.equal(pointAfter(word), { start: end, end })
  }
  assert.is(pointAfter('alpine:3'), undefined)
  assert.is(dockerfile.near(dockerfile.text.indexOf('busybox')), text.indexOf('busybox'))
  assert.is(dockerfile.near(dockerfile.text.indexOf('3\n')), text.indexOf('$V'))
  assert.equal(platformBuilds(build, { os: 'linux', architecture: 'amd64' }).length, 1)
})

test.run()

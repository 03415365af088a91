/** Pinning and unpinning the images of Bake files, in every style of literals. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BakeEvaluate } from '../../../src/core/bake.ts'
import { applyEdits, type Edit } from '../../../src/core/edit.ts'
import { readBakeHcl } from '../../../src/formats/bake/hcl.ts'
import { type BakeRead, readBake } from '../../../src/formats/bake/index.ts'
import { evaluatePlain } from '../../../src/formats/bake/plain.ts'
import { readDevcontainer } from '../../../src/formats/devcontainer/index.ts'
import { dockerfile } from '../../../src/formats/dockerfile/index.ts'
import { forAllAsync } from '../../support/random.ts'
import { bakeHcl, bakeJson } from './generator.ts'

const test = suite('bake: properties')
const DIGEST = `@sha256:${'5'.repeat(64)}`

/** In the place of buildx, for files without functions. */
const evaluateBake: BakeEvaluate = async ({ files }) => {
  const texts = files.map(({ path, text }) => {
    const read = readBakeHcl(path, text)
    return read.ok ? read.read : assert.unreachable('it cannot be read')
  })
  const plain = evaluatePlain(texts as never, {})
  if (!plain.ok) return { kind: 'failed', reason: plain.reason }
  const escaped = (text: string) => text.replaceAll('${', () => '$${').replaceAll('%{', () => '%%{')
  const target = Object.fromEntries(
    [...plain.definition.targets].map(([name, { inline, args, ...rest }]) => [
      name,
      { ...rest, args, ...(inline !== undefined && { 'dockerfile-inline': escaped(inline) }) },
    ]),
  )
  return { kind: 'printed', text: JSON.stringify({ target }) }
}

async function read(file: string, text: string): Promise<BakeRead> {
  const project = {
    root: '/project',
    env: {},
    read: async () => ({ kind: 'text', text }) as const,
    evaluateBake,
  }
  const found = await readBake('.', [file], project, { args: {}, platforms: [] })
  assert.equal(found.problems, [])
  return found
}

interface Found {
  readonly image: string
  readonly edit: Edit
}

/** The images of contexts and of inline Dockerfiles, with the edits that pin them. */
function imagesOf({ occurrences, builds }: BakeRead): readonly Found[] {
  const inline = builds.flatMap(build => {
    const text = 'text' in build.dockerfile ? build.dockerfile.text : ''
    return dockerfile.extract(text, 'Dockerfile', BUILD).flatMap(occurrence => {
      if (occurrence.kind !== 'image' || occurrence.pin.kind !== 'here' || !('text' in build.dockerfile))
        return []
      const range = build.dockerfile.rangeOf(occurrence.pin.range)
      assert.ok(range)
      return [{ image: occurrence.reference.original, edit: { range: range!, text: DIGEST } }]
    })
  })
  const contexts = occurrences.flatMap(occurrence =>
    occurrence.kind === 'image' && occurrence.pin.kind === 'here'
      ? [{ image: occurrence.reference.original, edit: { range: occurrence.pin.range, text: DIGEST } }]
      : [],
  )
  return [...contexts, ...inline]
}

const PLATFORM = { os: 'linux', architecture: 'amd64' }
const BUILD = { args: {}, buildPlatform: PLATFORM, targetPlatform: PLATFORM }

for (const [file, generate] of [
  ['docker-bake.json', bakeJson],
  ['docker-bake.hcl', bakeHcl],
] as const) {
  test(`${file}: pin, then unpin, gives the same bytes`, async () => {
    let count = 0
    await forAllAsync(150, async random => {
      const source = generate(random)
      const first = await read(file, source)
      const before = imagesOf(first)
      const pinned = applyEdits(
        source,
        before.map(({ edit }) => edit),
      )
      const after = imagesOf(await read(file, pinned))
      assert.equal(imagesOf(first.reread!(file, pinned) as BakeRead), after, source)
      assert.equal(
        after.map(({ image }) => image),
        before.map(({ image }) => image + DIGEST),
        source,
      )
      assert.is(
        pinned.length,
        source.length + DIGEST.length * new Set(before.map(({ edit }) => edit.range.start)).size,
      )
      const unpinned = applyEdits(
        pinned,
        after.map(({ edit: { range } }) => ({ range, text: '' })),
      )
      assert.is(unpinned, source)
      count += before.length
    })
    assert.ok(count > 300, `${count}`)
  })
}

test('devcontainer.json: pin, then unpin, gives the same bytes', async () => {
  await forAllAsync(300, async random => {
    const gap = () =>
      random.list(0, 3, () => random.pick([' ', '\r\n', '// "image": "x"\n', '/* { */', '\t'])).join('')
    const image = random.pick(['alpine:3.20', 'mcr.microsoft.com/devcontainers/base:1', 'localhost:5000/a/b'])
    const written = [...image].map(letter => {
      const code = letter.charCodeAt(0).toString(16).padStart(4, '0')
      return random.chance(0.1) ? `\\u${code}` : letter === '/' && random.chance(0.3) ? '\\/' : letter
    })
    const bom = random.chance(0.2) ? '\uFEFF' : ''
    const source = `${bom}${gap()}{${gap()}"name"${gap()}:"é",${gap()}"image"${gap()}:${gap()}"${written.join('')}"${random.pick([',', ''])}${gap()}}${gap()}`
    const find = async (text: string) => {
      const project = { root: '/project', env: {}, read: async () => ({ kind: 'text', text }) as const }
      const { occurrences, problems } = await readDevcontainer('.devcontainer.json', project, {
        args: {},
        platforms: [],
      })
      const [occurrence] = occurrences
      if (occurrence?.kind !== 'image' || occurrence.pin.kind !== 'here')
        return assert.unreachable(JSON.stringify(problems)) as never
      return { image: occurrence.reference.original, range: occurrence.pin.range }
    }
    const before = await find(source)
    assert.is(before.image, image)
    const pinned = applyEdits(source, [{ range: before.range, text: DIGEST }])
    const after = await find(pinned)
    assert.is(after.image, image + DIGEST)
    assert.is(applyEdits(pinned, [{ range: after.range, text: '' }]), source)
  })
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyEdits, type Edit } from '../../../src/core/edit.ts'
import type { Occurrence } from '../../../src/core/occurrence.ts'
import { placeAt } from '../../../src/core/place.ts'
import { formatPlatform } from '../../../src/core/platform.ts'
import { referenceKey } from '../../../src/core/reference.ts'
import { dockerfile } from '../../support/extract.ts'
import { createRandom } from '../../support/random.ts'
import { readCases } from './cases.ts'
import { generate } from './generator.ts'

const test = suite('dockerfile: properties')
const digest = `sha256:${'5'.repeat(64)}`

interface Sample {
  readonly name: string
  readonly source: string
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
}

const samples: readonly Sample[] = [
  ...readCases().filter(({ source }) => source.length < 10_000),
  ...Array.from({ length: 250 }, (_, seed) => ({
    name: `seed ${seed}`,
    ...generate(seed, { nastiness: seed % 2 }),
  })),
]

function extract(source: string, buildArgs: Sample['buildArgs'] = {}): readonly Occurrence[] {
  const platforms = { buildPlatform: 'linux/amd64', targetPlatform: 'linux/arm64/v8' }
  return dockerfile.extract(source, 'Dockerfile', { buildArgs, ...platforms })
}

/** Edits that put a digest wherever one can go. */
function pins(occurrences: readonly Occurrence[], text = `@${digest}`): readonly Edit[] {
  return occurrences.flatMap(occurrence =>
    occurrence.kind === 'image' && occurrence.pin.kind === 'here'
      ? [{ range: occurrence.pin.range, text }]
      : [],
  )
}

/** What an occurrence means, with the place of its digest left out. */
function meaning(occurrence: Occurrence): string {
  const { kind, role, platform, onbuild } = occurrence
  const what =
    kind === 'image'
      ? [occurrence.reference.registry, occurrence.reference.repository, occurrence.pin.kind]
      : kind === 'stage'
        ? [occurrence.name]
        : kind === 'variable'
          ? [...occurrence.names]
          : []
  return [role, kind, platform && formatPlatform(platform), onbuild, ...what].join(' ')
}

const extracted = samples.map(sample => ({ sample, occurrences: extract(sample.source, sample.buildArgs) }))

function each(check: (sample: Sample, occurrences: readonly Occurrence[]) => void): void {
  for (const { sample, occurrences } of extracted) {
    try {
      check(sample, occurrences)
    } catch (error) {
      if (error instanceof Error) error.message = `${sample.name}: ${error.message}`
      throw error
    }
  }
}

test('every occurrence stands where it says', () => {
  each(({ source }, occurrences) => {
    for (const { file, range, place, text } of occurrences) {
      assert.is(source.slice(range.start, range.end).startsWith(text), true)
      assert.equal(place, placeAt(file, source, range.start))
    }
  })
})

test('occurrences come in the order of the file', () => {
  each((_, occurrences) => {
    const starts = occurrences.map(({ range }) => range.start)
    assert.equal(
      starts,
      [...starts].sort((a, b) => a - b),
    )
  })
})

test('a pin is empty, or the digest that is there', () => {
  each(({ source }, occurrences) => {
    for (const occurrence of occurrences) {
      if (occurrence.kind !== 'image' || occurrence.pin.kind === 'never') continue
      const { start, end } = occurrence.pin.range
      const { digest } = occurrence.reference
      if (digest === undefined) assert.is(start, end)
      // Continued in the next line, a digest has other text in it.
      else
        assert.ok(
          source.slice(start, end).replaceAll(/[\\`][ \t]*\r*\n(?:[^\S\n]*(?:#[^\n]*)?\n)*/g, '') ===
            `@${digest}`,
        )
    }
  })
})

test('pinning gives the same images with the digest, and changes nothing else', () => {
  each(({ source, buildArgs }, occurrences) => {
    const after = extract(applyEdits(source, pins(occurrences)), buildArgs)
    assert.equal(after.map(meaning), occurrences.map(meaning))
    for (const [index, occurrence] of occurrences.entries()) {
      const now = after[index]!
      if (occurrence.kind !== 'image' || now.kind !== 'image') continue
      const { reference, pin } = occurrence
      if (pin.kind === 'never') assert.is(referenceKey(now.reference), referenceKey(reference))
      else {
        assert.is(now.reference.digest, digest)
        const wasLatest = reference.digest === undefined && !/:[^/]*$/.test(reference.original)
        assert.is(now.reference.tag, wasLatest ? undefined : reference.tag)
      }
    }
  })
})

test('pinning twice is pinning once', () => {
  each(({ source, buildArgs }, occurrences) => {
    const once = applyEdits(source, pins(occurrences))
    assert.is(applyEdits(once, pins(extract(once, buildArgs))), once)
  })
})

test('taking the digests out of a file that had none gives it back byte for byte', () => {
  each(({ source, buildArgs }, occurrences) => {
    if (
      occurrences.some(occurrence => occurrence.kind === 'image' && occurrence.reference.digest !== undefined)
    )
      return
    const pinned = applyEdits(source, pins(occurrences))
    assert.is(applyEdits(pinned, pins(extract(pinned, buildArgs), '')), source)
  })
})

test('with no build args given, pins do not change what any build args would have meant', () => {
  const values = ['', '1', 'alpine:9', 'base', '-slim', 'x/y:2']
  each(({ name, source }) => {
    const pinned = applyEdits(source, pins(extract(source)))
    const random = createRandom(name.length)
    const names = [...new Set(source.match(/\b(?:TAG|BASE|V|X_1|tag|T|B|A|R|X)\b/g) ?? [])]
    const buildArgs = Object.fromEntries(
      names.filter(() => random.chance(0.5)).map(arg => [arg, [random.pick(values)]]),
    )
    const images = (text: string): readonly string[] =>
      extract(text, buildArgs).map(occurrence =>
        occurrence.kind === 'image'
          ? // A digest is added at most; what is in front of it stays.
            occurrence.reference.original.replace(`@${digest}`, '').replace(/@sha\d+:.*/, '')
          : `${occurrence.kind} ${occurrence.role}`,
      )
    assert.equal(images(pinned), images(source))
  })
})

test('bytes at random are never too much', () => {
  const random = createRandom(1)
  const alphabet = 'FROMARGCOPYUNDL frompyadg=-:@/$ {}"\'`\\<>#\n\r\t,.0x\0\ufeff\u00a0\ud800\udc00\u2028[]'
  for (let run = 0; run < 1000; run++) {
    const source = random.text(alphabet, 0, 120)
    for (const { range } of extract(source)) assert.ok(range.start >= 0 && range.end <= source.length)
  }
})

test('damaged files are never too much', () => {
  const random = createRandom(2)
  each(({ source, buildArgs }) => {
    const at = random.int(0, source.length)
    const cut = source.slice(0, at) + random.text('"\'$\\\n#<{', 0, 2) + source.slice(at + random.int(0, 5))
    const edits = pins(extract(cut, buildArgs))
    applyEdits(cut, edits)
  })
})

test.run()

/**
 * Pinning never changes what a build means, whatever build args it is given, and unpinning gives back every byte: for generated files,
 * locked as the command locks them.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Digest } from '../../../src/core/digest.ts'
import { imageKey } from '../../../src/core/images.ts'
import type { LockedImage, Lockfile } from '../../../src/core/lockfile.ts'
import type { Occurrence } from '../../../src/core/occurrence.ts'
import { repositoryName } from '../../../src/core/reference.ts'
import { globalArgs } from '../../../src/formats/dockerfile/globals.ts'
import { parseInstructions } from '../../../src/formats/dockerfile/grammar.ts'
import { usedByStages } from '../../../src/formats/dockerfile/inherited.ts'
import { readLines } from '../../../src/formats/dockerfile/lines.ts'
import { dockerfile } from '../../support/extract.ts'
import { type Files, type Locked, lockFiles, unpinFiles } from '../../support/lock.ts'
import { createRandom, forAll, type Random } from '../../support/random.ts'
import { sha256 } from '../../support/registry/images.ts'
import { NAMES } from './generator/draw.ts'
import { VALUES } from './generator/names.ts'
import { generate } from './generator.ts'

const test = suite('dockerfile: meaning')
const RUNS = 2000

type BuildArgs = Readonly<Record<string, readonly string[]>>

interface Project {
  readonly files: Files
  /** Those that are known when it is locked. */
  readonly buildArgs: BuildArgs
}

function extracting(buildArgs: BuildArgs): (file: string, text: string) => readonly Occurrence[] {
  const platforms = { buildPlatform: 'linux/amd64', targetPlatform: 'linux/arm64' }
  return (file, text) => dockerfile.extract(text, file, { buildArgs, ...platforms })
}

/** One or two files; the digests in them are few, so that some are in both or mean the same as a tag. */
function project(random: Random): Project {
  const own = random.list(1, 2, () => sha256(String(random.number())))
  const make = () => generate(random.int(0, 2 ** 31), { nastiness: 0, digest: () => random.pick(own) })
  const { source, buildArgs } = make()
  return {
    files: { Dockerfile: source, ...(random.chance(0.3) && { 'b/Dockerfile': make().source }) },
    buildArgs,
  }
}

/** A registry in which a name always means the same. */
function resolve(key: string): LockedImage {
  return { digest: sha256(key) as Digest }
}

const none: Lockfile = new Map()

/** Locks; what the command would refuse is passed over. */
function lock({ files, buildArgs }: Project, old: Lockfile = none): Locked | undefined {
  const extract = extracting(buildArgs)
  const isRefused = Object.entries(files).some(([file, text]) =>
    extract(file, text).some(({ kind }) => kind === 'invalid'),
  )
  return isRefused ? undefined : lockFiles(files, old, extract, resolve)
}

const made: { readonly given: Project; readonly locked: Locked | undefined }[] = []

/** Checks each project that the command does not refuse. Projects are generated and locked once for all tests. */
function forProjects(check: (given: Project, locked: Locked, random: Random) => void): void {
  let index = 0
  forAll(RUNS, random => {
    const seed = ++index
    if (made[seed] === undefined) {
      const given = project(random)
      made[seed] = { given, locked: lock(given) }
    }
    const { given, locked } = made[seed]
    // Not the one that the project was drawn from, which is used up only for the first test.
    if (locked !== undefined) check(given, locked, createRandom(seed + RUNS))
  })
}

/** Some values for some ARGs, as somebody else's build may give them. */
function overrides(random: Random): BuildArgs {
  const values = [...VALUES, 'alpine:3.20', 'node:24-alpine', '3.20@sha256:1', `x@sha256:${'0'.repeat(64)}`]
  return Object.fromEntries(
    [...NAMES, 'TARGETARCH'].flatMap(name =>
      random.chance(0.4) ? [[name, [random.pick(values)]] as const] : [],
    ),
  )
}

/** What a build makes of a file: each place with the image there, without its digest. */
function meaning(occurrences: readonly Occurrence[]): readonly string[] {
  return occurrences.map(occurrence => {
    const { role, kind, onbuild, platform } = occurrence
    const common = [role, kind, onbuild, platform]
    if (kind !== 'image') return [...common, kind === 'stage' ? occurrence.name : ''].join(' ')
    const { reference } = occurrence
    // Pinned, a reference without a tag says no more that it means `latest`.
    const tag = reference.tag === 'latest' ? undefined : reference.tag
    return [...common, repositoryName(reference), tag].join(' ')
  })
}

function digests(
  occurrences: readonly Occurrence[],
  lockfile: Lockfile,
): readonly (readonly [string, string | undefined])[] {
  return occurrences.flatMap(occurrence =>
    occurrence.kind === 'image'
      ? [[imageKey(occurrence.reference, lockfile), occurrence.reference.digest] as const]
      : [],
  )
}

test('unpinned, files are as they were, whatever digests they had', () => {
  let compared = 0
  forProjects((given, locked) => {
    compared++
    assert.equal(unpinFiles(locked, extracting(given.buildArgs)), given.files)
  })
  assert.ok(compared > RUNS / 3, `${compared}`)
})

test('locked again, nothing changes, be they pinned or unpinned', () => {
  forProjects((given, once) => {
    for (const files of [once.files, given.files]) {
      const again = lock({ ...given, files }, once.lockfile)
      assert.equal(again?.files, once.files)
      assert.equal([...(again?.lockfile ?? [])], [...once.lockfile])
    }
  })
})

test('nothing but digests is added or replaced', () => {
  forProjects((given, locked) => {
    // In the text of a digest there may be the ends of lines, so all that it could be is taken out of both.
    const rest = (files: Files) => Object.values(files).map(text => text.replace(/@sha256:[0-9a-f]{64}/g, ''))
    assert.equal(rest(locked.files), rest(given.files))
  })
})

test('for any build args, the pinned file names the same images, with digests that are theirs', () => {
  forProjects((given, locked, random) => {
    for (let times = 3; times > 0; times--) {
      const buildArgs = overrides(random)
      const extract = extracting(buildArgs)
      for (const [file, text] of Object.entries(given.files)) {
        const before = extract(file, text)
        const after = extract(file, locked.files[file] ?? '')
        assert.equal(meaning(after), meaning(before), JSON.stringify(buildArgs))
        const own = digests(before, none)
        for (const [index, [key, digest]] of digests(after, locked.lockfile).entries()) {
          if (digest === undefined || digest === own[index]?.[1]) continue
          assert.is(digest, locked.lockfile.get(key)?.digest, `${key} with ${JSON.stringify(buildArgs)}`)
        }
      }
    }
  })
})

test('an ARG that a stage takes over keeps its value, which RUN may see', () => {
  let compared = 0
  forAll(RUNS, random => {
    const made = project(random)
    // A script may read whatever is taken over.
    const files = { ...made.files, Dockerfile: `${made.files.Dockerfile}\nRUN ./script\n` }
    const given = { ...made, files }
    const locked = lock(given)
    if (locked === undefined) return
    const [before, after] = [inherited(given.files.Dockerfile), inherited(locked.files.Dockerfile)]
    assert.equal(after, before)
    compared += Object.keys(before).length
  })
  assert.ok(compared > 100, `${compared}`)
})

/** The values of the ARGs that stages take over from the beginning of the file and may use. */
function inherited(source = ''): Readonly<Record<string, string | undefined>> {
  const { lines, escapeToken } = readLines(source)
  const { instructions } = parseInstructions(lines, escapeToken)
  const froms = instructions.filter(({ keyword, onbuild }) => keyword === 'from' && !onbuild)
  const platform = { os: 'linux', architecture: 'amd64' }
  const build = { args: {}, buildPlatform: platform, targetPlatform: platform }
  const file = { source, lines, instructions, froms, names: [], escapeToken }
  const [combination] = globalArgs(file, build, undefined).combinations
  const ofStages = instructions.slice(froms[0] === undefined ? undefined : instructions.indexOf(froms[0]))
  return Object.fromEntries(
    [...usedByStages(source, lines, ofStages)].map(name => [name, combination?.scope.env(name)]),
  )
}

test.run()

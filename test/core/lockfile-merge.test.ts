import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LockedImage, LockedReference, ParsedLockfile } from '../../src/core/lockfile.ts'
import { mergeLockfiles, settleDisputes } from '../../src/core/lockfile-merge.ts'
import { fixedDigest, lockfile } from '../support/generate.ts'
import { withReferences } from '../support/locked.ts'
import { platformDigests } from '../support/platform.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/lockfile-merge')
const [A, B, C] = [fixedDigest('a'), fixedDigest('b'), fixedDigest('c')]
const KEY = 'docker.io/library/alpine:3.20'
const OTHER = 'docker.io/library/busybox:1.37'
const one = (image: LockedImage | undefined, key = KEY): ParsedLockfile =>
  withReferences(new Map(image && [[key, image]]))
const bare = (image: LockedReference | undefined) => {
  const { reference: _, ...rest } = image ?? {}
  return rest
}
const platforms = platformDigests({ 'linux/amd64': C })

test('images of both sides', () => {
  const { images, disputes, removed } = mergeLockfiles(
    one({ digest: A }),
    one({ digest: B }, OTHER),
    new Map(),
  )
  assert.equal([...images.keys()], [KEY, OTHER])
  assert.equal([disputes, removed], [[], []])
})

/** Digests of ours, theirs and base (`undefined`: no base) → the digest taken, and whether both changed it. */
const rows: readonly (readonly [
  ours: LockedImage['digest'],
  theirs: LockedImage['digest'],
  base: LockedImage['digest'] | undefined,
  taken: LockedImage['digest'],
  disputed: boolean,
])[] = [
  [A, A, A, A, false],
  [A, A, B, A, false],
  [A, A, undefined, A, false],
  [A, B, A, B, false],
  [A, B, B, A, false],
  [A, B, C, A, true],
  [A, B, undefined, A, true],
]
for (const [ours, theirs, base, taken, disputed] of rows)
  test(`${[ours, theirs, base].map(digest => digest?.[7] ?? '-').join(' ')} gives ${taken[7]}`, () => {
    const merged = mergeLockfiles(
      one({ digest: ours }),
      one({ digest: theirs }),
      base && one({ digest: base }),
    )
    assert.is(merged.images.get(KEY)?.digest, taken)
    assert.is(merged.disputes.length, disputed ? 1 : 0)
    const known = [ours, theirs, base].filter(digest => digest !== undefined && digest !== taken)
    assert.equal([...(merged.superseded.get(KEY) ?? [])].sort(), [...new Set(known)].sort())
  })

test('an image that one side removed and the other left is kept, and named', () => {
  assert.equal(mergeLockfiles(new Map(), one({ digest: A }), one({ digest: A })).removed, [KEY])
  assert.equal(mergeLockfiles(one({ digest: A }), new Map(), one({ digest: A })).removed, [KEY])
  assert.equal(mergeLockfiles(one({ digest: B }), new Map(), one({ digest: A })).removed, [])
  assert.equal(mergeLockfiles(one({ digest: A }), new Map()).removed, [])
  assert.equal([...mergeLockfiles(new Map(), one({ digest: A }), one({ digest: A })).images.keys()], [KEY])
})

test('platforms that one side knows are kept with their digest', () => {
  const known = { digest: A, mediaType: 'a/b', platforms }
  assert.equal(bare(mergeLockfiles(one({ digest: A }), one(known)).images.get(KEY)), known)
  assert.equal(bare(mergeLockfiles(one(known), one({ digest: A })).images.get(KEY)), known)
  // Those of another digest are not its own.
  assert.equal(bare(mergeLockfiles(one({ digest: B }), one(known)).images.get(KEY)), { digest: B })
})

const notes: readonly (readonly [
  ours: string[],
  theirs: string[],
  base: string[] | undefined,
  merged: string[],
])[] = [
  [['a'], ['b'], undefined, ['a', 'b']],
  [['a'], [], undefined, ['a']],
  [[], ['a'], ['a'], []],
  [['a'], ['a', 'b'], ['a', 'b'], ['a']],
  [['a#1/2'], ['a#2/2'], undefined, ['a#1,2/2']],
  [['a#1/2'], ['a#1/3'], undefined, ['a']],
  [['a#1/2'], ['a'], undefined, ['a']],
  [['a#1/2'], ['a#1/3'], ['a#1/2'], ['a#1/3']],
]
for (const [ours, theirs, base, expected] of notes)
  test(`notes ${JSON.stringify([ours, theirs, base])}`, () => {
    const image = (adopted: readonly string[]) => one({ digest: A, ...(adopted.length > 0 && { adopted }) })
    const { adopted } = mergeLockfiles(image(ours), image(theirs), base && image(base)).images.get(KEY) ?? {}
    assert.equal(adopted ?? [], expected)
  })

test('the files decide between two digests, else ours is taken', () => {
  const ours = { digest: A, adopted: ['a'] }
  const theirs = { digest: B, platforms, adopted: ['b'] }
  const merged = mergeLockfiles(one(ours), one(theirs))
  const settled = (...named: (typeof A)[]) => {
    const { merged: after, settled: said } = settleDisputes(merged, () => named)
    return [
      bare(after.images.get(KEY)),
      said[0]?.taken,
      said[0]?.decidedBy,
      [...(after.superseded.get(KEY) ?? [])],
    ]
  }
  const adopted = ['a', 'b']
  assert.equal(settled(B), [{ digest: B, platforms, adopted }, 'theirs', 'files', [A]])
  assert.equal(settled(A), [{ digest: A, adopted }, 'ours', 'files', [B]])
  assert.equal(settled(), [{ digest: A, adopted }, 'ours', 'default', [B]])
  assert.equal(settled(A, B), [{ digest: A, adopted }, 'ours', 'default', [B]])
  assert.equal(settled(C), [{ digest: A, adopted }, 'ours', 'default', [B]])
})

test('a merge loses no image, and no side matters if it is the base', () => {
  forAll(300, random => {
    const [ours, theirs] = [withReferences(lockfile(random)), withReferences(lockfile(random))]
    const merged = mergeLockfiles(ours, theirs, random.chance(0.5) ? ours : undefined)
    for (const key of [...ours.keys(), ...theirs.keys()]) assert.ok(merged.images.has(key), key)
    const { images, removed } = mergeLockfiles(ours, theirs, ours)
    const left = new Map([...images].filter(([key]) => !removed.includes(key)))
    for (const [key, image] of theirs) assert.is(left.get(key)?.digest, image.digest)
    assert.is(left.size, theirs.size)
  })
})

test.run()

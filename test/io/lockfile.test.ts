import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { type LockedImage, type Lockfile, serializeLockfile } from '../../src/core/lockfile.ts'
import { parseLockfile, readLockfileSource } from '../../src/io/lockfile.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'
import { fixedDigest, lockfile } from '../support/generate.ts'
import { imagesDocument, withReferences } from '../support/locked.ts'
import { platformDigests } from '../support/platform.ts'
import { forAllAsync } from '../support/random.ts'

const test = suite('io/lockfile')
const A = fixedDigest('a')
const B = fixedDigest('b')
const KEY = 'docker.io/library/alpine:3.20'
const PLAIN: Lockfile = new Map<string, LockedImage>([
  [
    KEY,
    {
      digest: A,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      platforms: platformDigests({ 'linux/amd64': B }),
    },
  ],
  ['docker.io/library/busybox:1.37', { digest: B, adopted: ['web/Dockerfile'] }],
])
const IMAGES = withReferences(PLAIN)
const TEXT = serializeLockfile(IMAGES)
const parse = async (text: string) => (await parseLockfile('/p/docker-images.lock', Buffer.from(text))).images

test('none is no error', () =>
  withFolder({}, async root => {
    const { bytes, images, file, path } = await readLockfileSource(root)
    assert.is(bytes, undefined)
    assert.is(images.size, 0)
    assert.equal([file, path], ['docker-images.lock', join(root, 'docker-images.lock')])
  }))

test('it is read with its bytes', () =>
  withFolder({ 'docker-images.lock': TEXT }, async root => {
    const source = await readLockfileSource(root)
    assert.equal(source.images, IMAGES)
    assert.is(source.text, TEXT)
    assert.is(source.bytes?.toString(), TEXT)
  }))

test('a link inside the project is followed, one that leads out is refused', () =>
  withFolder({ 'p/real/lock': TEXT, 'out/docker-images.lock': TEXT, '..odd/lock': TEXT }, async root => {
    const project = join(root, 'p')
    symlinkSync('real/lock', join(project, 'docker-images.lock'))
    const source = await readLockfileSource(project)
    assert.equal([source.images, source.path], [IMAGES, join(project, 'real/lock')])
    symlinkSync('../../out/docker-images.lock', join(root, 'p/real/docker-images.lock'))
    const error = await failureOf(() => readLockfileSource(join(project, 'real')))
    assert.equal([error.code, whereOf(error)], ['malformed', 'docker-images.lock:1:1'])
    symlinkSync('..odd/lock', join(root, 'docker-images.lock'))
    assert.equal((await readLockfileSource(root)).images, IMAGES)
  }))

test('a folder in its place is told', () =>
  withFolder({ 'docker-images.lock/x': '' }, async root => {
    const error = await failureOf(() => readLockfileSource(root))
    assert.equal([error.code, whereOf(error)], ['malformed', 'docker-images.lock:1:1'])
    assert.ok(error.hint)
  }))

/** The same images, laid out as people, editors and other tools do it. */
const LAYOUTS: readonly [what: string, text: string][] = [
  ['CRLF', TEXT.replaceAll('\n', '\r\n')],
  ['a byte order mark', `\ufeff${TEXT}`],
  ['no newline at the end', TEXT.trimEnd()],
  ['comments and blank lines', TEXT.replace('images:\n', '# ours\n\nimages: # all of them\n\n')],
  ['another order', `${TEXT.replace('lockfileVersion: 1\n', '')}lockfileVersion: 1\n`],
  ['quotes', TEXT.replaceAll(KEY, `'${KEY}'`).replace(`digest: ${A}`, `"digest": "${A}"`)],
  ['wider indentation', TEXT.replace(/^( +)/gm, '$1$1')],
  [
    'flow style',
    `{lockfileVersion: 1, images: ${JSON.stringify(imagesDocument(PLAIN)).replaceAll('","', '", "')}}`,
  ],
  ['JSON', JSON.stringify({ lockfileVersion: 1, images: imagesDocument(PLAIN) }, undefined, 2)],
  ['document markers', `---\n${TEXT}...\n`],
]
for (const [what, text] of LAYOUTS)
  test(`read all the same: ${what}`, async () => assert.equal(await parse(text), IMAGES))

test('any lockfile reads the same when a YAML tool has written it anew', () =>
  forAllAsync(200, async random => {
    const images = lockfile(random)
    const document = { images: imagesDocument(images), lockfileVersion: 1 }
    const text = stringify(document, {
      lineWidth: random.pick([0, 20, 80]),
      indent: random.pick([2, 4]),
      defaultStringType: random.pick(['PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE']),
      aliasDuplicateObjects: false,
    })
    assert.equal(await parse(text), withReferences(new Map(images)), text)
  }))

test('a file of more than 4 MiB is read only as dock-lock writes it', async () => {
  const adopted = Array.from(
    { length: 60_000 },
    (_, index) => `${'folder/'.repeat(10)}${index}.Dockerfile`,
  ).sort()
  const large = withReferences(new Map([[KEY, { digest: A, adopted }]]))
  const text = serializeLockfile(large)
  assert.ok(text.length > 4 << 20)
  assert.equal(await parse(text), large)
  const error = await failureOf(() => parse(`${TEXT}${'# x\n'.repeat(1 << 20)}`))
  assert.equal([error.code, whereOf(error)], ['malformed', 'docker-images.lock:1:1'])
  assert.match(error.message, /4 MiB/)
  assert.ok(error.hint)
})

/** What cannot be trusted, where it is, and what is said. */
const REFUSED: readonly [what: string, text: string, where: string, message: RegExp][] = [
  [
    'conflict markers',
    TEXT.replace(
      `    digest: ${A}\n`,
      `<<<<<<< HEAD\n    digest: ${A}\n=======\n    digest: ${B}\n>>>>>>> other\n`,
    ),
    '6:1',
    /merge conflict/,
  ],
  [
    'conflict markers with CRLF',
    TEXT.replace(`    digest: ${A}\n`, `<<<<<<< HEAD\n    digest: ${A}\n=======\n>>>>>>> other\n`).replaceAll(
      '\n',
      '\r\n',
    ),
    '6:1',
    /merge conflict/,
  ],
  [
    'longer conflict markers',
    `${TEXT}${'<'.repeat(9)}\n${'='.repeat(9)}\n${'>'.repeat(9)}\n`,
    '14:1',
    /merge conflict/,
  ],
  ['the end of a conflict', `${TEXT}>>>>>>> other\n`, '14:1', /merge conflict/],
  ['the base of a conflict', `${TEXT}||||||| base\n`, '14:1', /merge conflict/],
  ['a future version', TEXT.replace('Version: 1', 'Version: 2'), '3:1', /newer/],
  ['no version', TEXT.replace('lockfileVersion: 1\n', ''), '1:1', /lockfileVersion/],
  ['an image twice', `${TEXT}  ${KEY}:\n    digest: ${B}\n`, '14:3', /duplicated/],
  ['a field twice', TEXT.replace(`digest: ${A}\n`, `digest: ${A}\n    digest: ${B}\n`), '7:5', /duplicated/],
  ['images twice', `${TEXT}images: {}\n`, '14:1', /duplicated/],
  ['a bad digest', TEXT.replace(`digest: ${A}`, 'digest: sha256:abc'), '6:5', /digest/],
  ['an upper-case digest', TEXT.replace(`digest: ${A}`, `digest: ${A.toUpperCase()}`), '6:5', /digest/],
  ['a bad platform digest', TEXT.replace(`amd64: ${B}`, 'amd64: latest'), '9:7', /platform/],
  ['a key that is short', TEXT.replace(KEY, 'alpine:3.20'), '5:3', /docker\.io\/library\/alpine:3\.20/],
  [
    'an unknown field',
    TEXT.replace('    mediaType', '    size: 1\n    mediaType'),
    '7:5',
    /unknown key "size"/,
  ],
  ['an anchor', TEXT.replace(`digest: ${A}`, `digest: &a ${A}`), '6:16', /anchors/],
  ['an alias', TEXT.replace(`digest: ${A}`, `digest: &a ${A}`).replace(B, '*a'), '6:16', /anchors/],
  ['an alias to nothing', TEXT.replace(`digest: ${A}`, 'digest: *a'), '6:13', /alias/i],
  ['a tag', TEXT.replace(`digest: ${A}`, `digest: !!str ${A}`), '6:19', /tags/],
  ['a tag of its own', TEXT.replace(`digest: ${A}`, `digest: !x ${A}`), '6:16', /tags/],
  ['a tag on a mapping', TEXT.replace('images:', 'images: !!map'), '5:3', /tags/],
  ['two documents', `${TEXT}---\n${TEXT}`, '14:1', /document/],
  ['no YAML', `${TEXT}\t]`, '14:2', /./],
  ['bad indentation', TEXT.replace('    mediaType', '   mediaType'), '7:1', /./],
  ['text', 'hello\n', '1:1', /not a lockfile/],
  ['nothing', '', '1:1', /not a lockfile/],
  ['comments only', '# hello\n', '1:1', /not a lockfile/],
]
for (const [what, text, where, message] of REFUSED) {
  test(`refused with its place: ${what}`, async () => {
    const error = await failureOf(() => parse(text))
    assert.is(error.code, 'malformed')
    assert.is(whereOf(error), `docker-images.lock:${where}`)
    assert.match(error.message, message)
    assert.ok(error.hint)
  })
}

test('a file of many aliases is refused before it grows', async () => {
  const lines = ['a: &a [x, x]']
  for (let depth = 0; depth < 40; depth++)
    lines.push(`b${depth}: &b${depth} [*${depth === 0 ? 'a' : `b${depth - 1}`}, *a]`)
  assert.is((await failureOf(() => parse(lines.join('\n')))).code, 'malformed')
})

test.run()

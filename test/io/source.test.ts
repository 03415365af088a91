import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { irregularWords } from '../../src/core/file-problem.ts'
import { decodeSource, encodeSource, readSource } from '../../src/io/source.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'
import { forAll } from '../support/random.ts'

const test = suite('io/source')
const decode = (bytes: Buffer) => decodeSource('Dockerfile', '/p/Dockerfile', bytes)

test('UTF-8 is read as UTF-8', () => {
  const source = decode(Buffer.from('# é 漢 🐳\r\nFROM a\n'))
  assert.is(source.text, '# é 漢 🐳\r\nFROM a\n')
  assert.equal([source.file, source.path], ['Dockerfile', '/p/Dockerfile'])
})

test('whatever the bytes, an edit of ASCII changes nothing else', () => {
  forAll(2000, random => {
    const pieces = random.list(0, 10, () =>
      random.pick([
        Buffer.from('FROM a\n'),
        Buffer.from('# é 🐳\r\n'),
        Buffer.from([0xe9]),
        Buffer.from([0xc3]),
        Buffer.from([0xa9]),
        Buffer.from([0xed, 0xa0, 0x80]),
        Buffer.from([0xc0, 0x80]),
        Buffer.from([0xef, 0xbf, 0xbd]),
        Buffer.from([0xef, 0xbb, 0xbf]),
        Buffer.from([0]),
        Buffer.from([0x85, 0xa0]),
      ]),
    )
    const before = Buffer.concat(pieces)
    const source = decode(before)
    assert.ok(encodeSource(source, source.text).equals(before))
    const after = encodeSource(source, source.text.replaceAll('FROM a', 'FROM a@x'))
    const expected = pieces.map(piece =>
      piece.toString() === 'FROM a\n' ? Buffer.from('FROM a@x\n') : piece,
    )
    assert.ok(after.equals(Buffer.concat(expected)))
  })
})

test('a byte order mark stays one, also before bytes that are no UTF-8', () => {
  const bom = Buffer.from([0xef, 0xbb, 0xbf])
  for (const rest of [Buffer.from('FROM a\n'), Buffer.from('FROM a\n# \xe9\n', 'latin1')]) {
    const bytes = Buffer.concat([bom, rest])
    const source = decode(bytes)
    assert.ok(source.text.startsWith('\ufeffFROM a\n'))
    assert.ok(encodeSource(source, source.text).equals(bytes))
  }
})

for (const [name, bytes] of [
  ['little endian', [0xff, 0xfe, 0x46, 0]],
  ['big endian', [0xfe, 0xff, 0, 0x46]],
] as const) {
  test(`UTF-16, ${name}, is refused: BuildKit does not read it either`, async () => {
    const error = await failureOf(() => decode(Buffer.from(bytes)))
    assert.is(error.code, 'malformed')
    assert.is(whereOf(error), 'Dockerfile:1:1')
    assert.match(error.message, /UTF-16/)
    assert.match(error.hint ?? '', /UTF-8/)
  })
}

test('an empty file is an empty text', () => assert.is(decode(Buffer.alloc(0)).text, ''))

test('a symbolic link inside the project is read, and told under its own name', () =>
  withFolder({ 'real.Dockerfile': 'FROM a\n' }, async root => {
    symlinkSync('real.Dockerfile', join(root, 'Dockerfile'))
    const read = readSource(root, 'Dockerfile')
    const source = read.kind === 'source' ? read.source : undefined
    assert.equal(
      [source?.file, source?.path, source?.text],
      ['Dockerfile', join(root, 'real.Dockerfile'), 'FROM a\n'],
    )
  }))

test('what leads out of the project is not read, nor what is no file', () =>
  withFolder({ 'p/x': '', 'secret/Dockerfile': 'FROM a\n', 'p-side/Dockerfile': 'FROM a\n' }, async root => {
    const project = join(root, 'p')
    symlinkSync('../secret/Dockerfile', join(project, 'out.Dockerfile'))
    symlinkSync('../secret', join(project, 'folder'))
    symlinkSync(join(root, 'p-side/Dockerfile'), join(project, 'side.Dockerfile'))
    symlinkSync('nowhere', join(project, 'dangling.Dockerfile'))
    symlinkSync('loop.Dockerfile', join(project, 'loop.Dockerfile'))
    mkdirSync(join(project, 'Dockerfile'))
    execFileSync('mkfifo', [join(project, 'fifo.Dockerfile')])
    const kinds: Readonly<Record<string, string>> = {
      'out.Dockerfile': 'it is a symbolic link to outside the project',
      'folder/Dockerfile': 'it is a symbolic link to outside the project',
      'side.Dockerfile': 'it is a symbolic link to outside the project',
      'dangling.Dockerfile': 'it is a symbolic link to a file that does not exist',
      'loop.Dockerfile': 'it is a symbolic link that points back to itself',
      Dockerfile: 'it is a directory, not a regular file',
      'fifo.Dockerfile': 'it is a fifo, not a regular file',
      missing: 'missing',
      'x/Dockerfile': 'missing',
    }
    for (const [file, expected] of Object.entries(kinds)) {
      const read = readSource(project, file)
      assert.is(read.kind === 'irregular' ? irregularWords(read.irregular) : read.kind, expected, file)
    }
  }))

test('a file whose name begins with two dots is inside', () =>
  withFolder({ '..Dockerfile': 'FROM a\n' }, async root => {
    const read = readSource(root, '..Dockerfile')
    assert.is(read.kind === 'source' && read.source.text, 'FROM a\n')
  }))

test('UTF-16 is told with its place', () =>
  withFolder({ Dockerfile: Buffer.from([0xff, 0xfe]) }, root => {
    const read = readSource(root, 'Dockerfile')
    assert.ok(read.kind === 'undecodable')
    assert.equal([read.error.code, whereOf(read.error)], ['malformed', 'Dockerfile:1:1'])
  }))

test.run()

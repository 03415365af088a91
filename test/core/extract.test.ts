import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Build, buildsByFile, defaultBuild } from '../../src/core/build.ts'
import { extractOccurrences } from '../../src/core/extract.ts'
import { dockerfile as format } from '../../src/formats/dockerfile/index.ts'

const test = suite('core/extract')
const AMD64 = { os: 'linux', architecture: 'amd64' }
const ARM64 = { os: 'linux', architecture: 'arm64' }
const text = 'ARG V=1\nFROM base:$V\nFROM tool-$TARGETARCH:1\n'

/** Each image with the files and lines of its origins. */
const namesOf = (builds: readonly Build[], platforms = [AMD64]) =>
  extractOccurrences({ file: 'Dockerfile', text, builds, format }, platforms).map(one => {
    const name = one.kind === 'image' ? one.reference.original : one.kind
    return [
      name,
      ...(one.origins ?? []).map(({ file, line }) => (line === undefined ? file : `${file}:${line}`)),
    ]
  })

const own = defaultBuild('Dockerfile', { args: {}, platforms: [] })
const service: Build = { ...own, args: { V: ['2'] }, origin: { file: 'compose.yaml', line: 7 } }

test('a Dockerfile alone has one build, whose origin is the file', () =>
  assert.equal(namesOf([own]), [
    ['base:1', 'Dockerfile'],
    ['tool-amd64:1', 'Dockerfile'],
  ]))

test('the images are the union over builds and engines, each with the builds that use it', () => {
  assert.equal(namesOf([own, service]), [
    ['base:1', 'Dockerfile'],
    ['base:2', 'compose.yaml:7'],
    ['tool-amd64:1', 'Dockerfile', 'compose.yaml:7'],
  ])
  assert.equal(
    namesOf([own], [AMD64, ARM64]).map(([name]) => name),
    ['base:1', 'tool-amd64:1', 'tool-arm64:1'],
  )
})

test('a file that no build uses names nothing', () => assert.equal(namesOf([]), []))

test('builds are found by their Dockerfile; one whose Dockerfile is text belongs to no file', () => {
  const inline: Build = {
    ...own,
    dockerfile: {
      text,
      origin: { file: 'compose.yaml', line: 3 },
      rangeOf: range => range,
      near: index => index,
    },
  }
  assert.equal([...buildsByFile([own, inline, service])], [['Dockerfile', [own, service]]])
})

test('a build that fails is one fault where it is written, and the others count', () => {
  const faultsOf = (builds: readonly Build[]) =>
    extractOccurrences({ file: 'Dockerfile', text, builds, format }, [AMD64, ARM64]).flatMap(one =>
      one.kind === 'invalid' ? [[one.place.file, one.place.line, one.reason, one.ofBuild === true]] : [],
    )
  const targeted: Build = { ...service, target: 'none' }
  const noStage = 'target stage "none" could not be found'
  assert.equal(namesOf([own, targeted]), [
    ['base:1', 'Dockerfile'],
    ['tool-amd64:1', 'Dockerfile'],
    ['invalid', 'compose.yaml:7'],
  ])
  assert.equal(faultsOf([own, targeted]), [['compose.yaml', 7, `Dockerfile: ${noStage}`, true]])
  const [unclear] = faultsOf([own, { ...service, args: { V: ['a b'] } }])
  assert.equal([unclear?.[0], unclear?.[1], unclear?.[3]], ['compose.yaml', 7, true])
  assert.match(String(unclear?.[2]), /^Dockerfile:2:6: /)
  // What all builds meet is wrong in the Dockerfile.
  assert.equal(faultsOf([{ ...own, target: 'none' }, targeted]), [['Dockerfile', 1, noStage, false]])
})

test.run()

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  familiarName,
  familiarRepository,
  type ParsedReference,
  parseReference,
  type Reference,
  type ReferenceProblem,
  referenceKey,
  repositoryName,
} from '../../src/core/reference.ts'
import { component, digest, fixedDigest, referenceText } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/reference')
const F64 = fixedDigest('f')
const F128 = `sha512:${'f'.repeat(128)}`

function parsed(text: string): Reference {
  const result: ParsedReference = parseReference(text)
  if (!result.ok) throw new Error(`${text}: ${result.problem.message}`)
  return result.reference
}

/** Registry, repository, tag and digest, as the reference implementation (distribution/reference) splits them. */
const GOOD: readonly (
  | readonly [string, string, string, string?]
  | readonly [string, string, string, string | undefined, string]
)[] = [
  ['alpine', 'docker.io', 'library/alpine', 'latest'],
  ['alpine:3.20', 'docker.io', 'library/alpine', '3.20'],
  ['test_com', 'docker.io', 'library/test_com', 'latest'],
  ['test.com:tag', 'docker.io', 'library/test.com', 'tag'],
  ['test.com:5000', 'docker.io', 'library/test.com', '5000'],
  ['test.com/repo:tag', 'test.com', 'repo', 'tag'],
  ['test:5000/repo', 'test:5000', 'repo', 'latest'],
  ['test:5000/repo:tag', 'test:5000', 'repo', 'tag'],
  [`test:5000/repo@${F64}`, 'test:5000', 'repo', undefined, F64],
  [`test:5000/repo:tag@${F64}`, 'test:5000', 'repo', 'tag', F64],
  ['lowercase:Uppercase', 'docker.io', 'library/lowercase', 'Uppercase'],
  ['sub-dom1.foo.com/bar/baz/quux', 'sub-dom1.foo.com', 'bar/baz/quux', 'latest'],
  ['sub-dom1.foo.com/bar/baz/quux:some-long-tag', 'sub-dom1.foo.com', 'bar/baz/quux', 'some-long-tag'],
  [
    'b.gcr.io/test.example.com/my-app:test.example.com',
    'b.gcr.io',
    'test.example.com/my-app',
    'test.example.com',
  ],
  ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com', 'myimage', 'xn--n3h.com'],
  [`xn--7o8h.com/myimage:xn--7o8h.com@${F128}`, 'xn--7o8h.com', 'myimage', 'xn--7o8h.com', F128],
  ['foo_bar.com:8080', 'docker.io', 'library/foo_bar.com', '8080'],
  ['foo/foo_bar.com:8080', 'docker.io', 'foo/foo_bar.com', '8080'],
  ['192.168.1.1', 'docker.io', 'library/192.168.1.1', 'latest'],
  ['192.168.1.1:5000', 'docker.io', 'library/192.168.1.1', '5000'],
  ['192.168.1.1:5000/repo:5050', '192.168.1.1:5000', 'repo', '5050'],
  ['[2001:db8::1]/repo', '[2001:db8::1]', 'repo', 'latest'],
  ['[2001:db8:1:2:3:4:5:6]/repo:tag', '[2001:db8:1:2:3:4:5:6]', 'repo', 'tag'],
  [`[2001:db8::1]:5000/repo:tag@${F64}`, '[2001:db8::1]:5000', 'repo', 'tag', F64],
  ['[::1]:5000/repo', '[::1]:5000', 'repo', 'latest'],
  ['docker/docker', 'docker.io', 'docker/docker', 'latest'],
  ['docker.io/debian', 'docker.io', 'library/debian', 'latest'],
  ['docker.io/library/debian', 'docker.io', 'library/debian', 'latest'],
  ['index.docker.io/debian', 'docker.io', 'library/debian', 'latest'],
  ['index.docker.io/docker/docker', 'docker.io', 'docker/docker', 'latest'],
  ['index.docker.io:443/debian', 'index.docker.io:443', 'debian', 'latest'],
  ['localhost/x', 'localhost', 'x', 'latest'],
  ['localhost:5000/img:tag', 'localhost:5000', 'img', 'tag'],
  ['docker.io/localhost/x', 'docker.io', 'localhost/x', 'latest'],
  ['Docker/docker', 'Docker', 'docker', 'latest'],
  ['DOCKER/docker', 'DOCKER', 'docker', 'latest'],
  ['Uppercase/lowercase:tag', 'Uppercase', 'lowercase', 'tag'],
  [`docker.io/${'1a3f'.repeat(16)}`, 'docker.io', `library/${'1a3f'.repeat(16)}`, 'latest'],
  [`library/${'1a3f'.repeat(16)}`, 'docker.io', `library/${'1a3f'.repeat(16)}`, 'latest'],
  ['1a3f'.repeat(16).slice(1), 'docker.io', `library/${'1a3f'.repeat(16).slice(1)}`, 'latest'],
  [`sha256:${'1a3f'.repeat(16)}`, 'docker.io', 'library/sha256', '1a3f'.repeat(16)],
  ['docker---rules/docker', 'docker.io', 'docker---rules/docker', 'latest'],
  ['dock__er/docker', 'docker.io', 'dock__er/docker', 'latest'],
  ['d/docker', 'docker.io', 'd/docker', 'latest'],
  ['store/foo/bar', 'docker.io', 'store/foo/bar', 'latest'],
  [`a:${'t'.repeat(128)}`, 'docker.io', 'library/a', 't'.repeat(128)],
  [
    `${'a/'.repeat(127)}a:tag-puts-this-over-max`,
    'docker.io',
    `${'a/'.repeat(127)}a`,
    'tag-puts-this-over-max',
  ],
  [`${'h'.repeat(60)}.example/${'a'.repeat(255)}`, `${'h'.repeat(60)}.example`, 'a'.repeat(255), 'latest'],
]

for (const [text, registry, repository, tag, digestText] of GOOD) {
  test(`${text.slice(0, 60)} is understood`, () => {
    const { original, ...parts } = parsed(text)
    assert.is(original, text)
    assert.equal(parts, {
      registry,
      repository,
      ...(tag !== undefined && { tag }),
      ...(digestText !== undefined && { digest: digestText }),
    })
  })
}

const BAD: readonly [text: string, code: ReferenceProblem['code']][] = [
  ['', 'empty'],
  [':justtag', 'format'],
  [`@${F64}`, 'format'],
  ['repo@sha256:ffffffffffffffffffffffffffffffffff', 'bad-digest'],
  [`validname@invaliddigest:${'f'.repeat(64)}`, 'bad-digest'],
  [`repo@sha256:${'F'.repeat(64)}`, 'bad-digest'],
  [`repo@${F64}:tag`, 'bad-digest'],
  [`repo@${F64}@${F64}`, 'bad-digest'],
  ['repo@', 'bad-digest'],
  ['Uppercase:tag', 'uppercase'],
  ['test:5000/Uppercase/lowercase:tag', 'uppercase'],
  ['docker/Docker', 'uppercase'],
  ['docker.io/docker/Docker', 'uppercase'],
  [`${'a/'.repeat(128)}a:tag`, 'too-long'],
  [`x.example/${'a'.repeat(256)}`, 'too-long'],
  ['aa/asdf$$^/aa', 'format'],
  ['[2001:db8::1]', 'bad-tag'],
  ['[2001:db8::1]:5000', 'bad-tag'],
  ['[2001:db8::1]:tag', 'bad-tag'],
  ['[fe80::1%eth0]:5000/repo', 'format'],
  ['[fe80::1%@invalidzone]:5000/repo', 'bad-digest'],
  ['[2001:db8:3:4::192.0.2.33]:5000/debian', 'format'],
  ['fc00::1:5000/debian', 'format'],
  ['https://github.com/docker/docker', 'format'],
  ['-docker', 'format'],
  ['-docker/docker', 'format'],
  ['docker-/docker', 'format'],
  ['-docker.io/docker/docker', 'format'],
  ['docker///docker', 'format'],
  ['docker.io/docker///docker', 'format'],
  ['docker/', 'format'],
  ['/docker', 'format'],
  ['____/____', 'format'],
  ['_docker/_docker', 'format'],
  ['dock..er/docker', 'format'],
  ['dock_.er/docker', 'format'],
  ['dock-.er/docker', 'format'],
  ['dock___er/docker', 'format'],
  ['host:port/repo', 'format'],
  ['host:/repo', 'format'],
  ['.example.com/repo', 'format'],
  ['example..com/repo', 'format'],
  ['1a3f'.repeat(16), 'identifier'],
  ['repo:', 'bad-tag'],
  ['repo:-tag', 'bad-tag'],
  ['repo:.tag', 'bad-tag'],
  ['repo:ta g', 'bad-tag'],
  ['repo:tag:tag', 'bad-tag'],
  [`repo:${'t'.repeat(129)}`, 'bad-tag'],
  [' alpine', 'format'],
  ['alpine ', 'format'],
  ['alpine\n', 'format'],
  ['alpine:3\n', 'bad-tag'],
  ['alpíne', 'format'],
]

for (const [text, code] of BAD) {
  test(`${JSON.stringify(text.slice(0, 60))} is refused: ${code}`, () => {
    const result = parseReference(text)
    assert.is(result.ok, false)
    if (!result.ok) {
      assert.is(result.problem.code, code)
      assert.ok(result.problem.message.length > 0)
    }
  })
}

test('what the grammar makes is understood, and the key stands for the same image', () => {
  forAll(2000, random => {
    const text = referenceText(random)
    const reference = parsed(text)
    const { original, ...parts } = reference
    assert.is(original, text)
    const key = referenceKey(reference)
    const again = parsed(key)
    assert.is(referenceKey(again), key, 'a key is its own key')
    assert.is(again.registry, parts.registry)
    assert.is(again.repository, parts.repository)
    assert.is(again.tag, parts.tag)
    assert.is(again.digest, parts.tag === undefined ? parts.digest : undefined)
    assert.ok(key.startsWith(`${repositoryName(reference)}${parts.tag === undefined ? '@' : ':'}`))
  })
})

test('the short form reads back as the same image', () => {
  forAll(2000, random => {
    const reference = parsed(
      random.chance(0.2)
        ? `docker.io/library/${random.list(1, 3, () => random.pick(['localhost', 'a.b', 'x', component(random)])).join('/')}`
        : referenceText(random),
    )
    assert.is(referenceKey(parsed(familiarName(reference))), referenceKey(reference))
    assert.is(repositoryName(parsed(familiarRepository(reference))), repositoryName(reference))
  })
})

/** As `docker images` shows them. */
const FAMILIAR: readonly [text: string, name: string][] = [
  ['docker.io/library/alpine:3.20', 'alpine:3.20'],
  ['alpine', 'alpine:latest'],
  [`alpine:3.20@${F64}`, 'alpine:3.20'],
  [`alpine@${F64}`, `alpine@${F64}`],
  ['index.docker.io/fooo/bar:1', 'fooo/bar:1'],
  ['docker.io/library/foo/bar:1', 'library/foo/bar:1'],
  ['docker.io/library/library:1', 'library:1'],
  ['docker.io/localhost/x:1', 'docker.io/localhost/x:1'],
  ['docker.io/a.b/x:1', 'docker.io/a.b/x:1'],
  ['ghcr.io/o/i:1', 'ghcr.io/o/i:1'],
  ['ghcr.io/library/i:1', 'ghcr.io/library/i:1'],
  ['Foo/bar:1', 'Foo/bar:1'],
]

for (const [text, name] of FAMILIAR) {
  test(`${text} is shown as ${name}`, () => assert.is(familiarName(parsed(text)), name))
}

test('tag and digest beside each other are both kept, and the digest is no part of the key', () => {
  forAll(200, random => {
    const pinned = digest(random)
    const reference = parsed(`node:24@${pinned}`)
    assert.is(reference.tag, '24')
    assert.is(reference.digest, pinned)
    assert.is(referenceKey(reference), 'docker.io/library/node:24')
  })
})

test('what is no digest is named', () => {
  const result = parseReference('alpine:3@sha256:abc')
  assert.match(result.ok ? '' : result.problem.message, /^"sha256:abc" is not a digest/)
})

test('no text makes it throw', () => {
  forAll(3000, random => {
    const text = random.text('ab0A/:@.-_[]% \n\u0000é漢sha256', 0, 20)
    const result = parseReference(text)
    if (result.ok) {
      assert.is(parsed(referenceKey(result.reference)).repository, result.reference.repository)
    } else assert.ok(result.problem.message !== '')
  })
})

test.run()

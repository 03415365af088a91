import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nextQuery } from '../../src/registry/tags.ts'
import type { EmbeddedRegistry } from '../support/registry/index.ts'
import { base64, failure, reference, withRegistries, withRegistry } from './support.ts'

const test = suite('registry/tags')

/** Points `count` tags to one image. */
function addTags(registry: EmbeddedRegistry, repository: string, count: number): string[] {
  const { digest } = registry.addImage(repository, '0')
  registry.removeTag(repository, '0')
  const tags = Array.from({ length: count }, (_, number) => `1.${String(number).padStart(5, '0')}`)
  for (const tag of tags) registry.moveTag(repository, tag, digest)
  return tags
}

function lists({ requests }: EmbeddedRegistry): string[] {
  return requests
    .filter(({ path }) => path.endsWith('/tags/list'))
    .map(({ path, query }) => `${path}?${query}`)
}

/** Answers every list of tags with these pages, by the `page` in the query. */
function answerPages(
  registry: EmbeddedRegistry,
  pages: readonly { readonly body: string; readonly link?: string }[],
): void {
  pages.forEach(({ body, link }, index) => {
    registry.fault(
      ({ path, query }) => path.endsWith('/tags/list') && (query.get('page') ?? '0') === String(index),
      { kind: 'status', status: 200, body, headers: { ...(link !== undefined && { link }) } },
    )
  })
}

const page = (...tags: readonly unknown[]): string => JSON.stringify({ name: 'o/i', tags })

test('all tags come by pages, once for a repository', () =>
  withRegistry({}, async (registry, resolver) => {
    const tags = addTags(registry, 'o/i', 5000)
    const asked = resolver()
    const [one, other] = await Promise.all([
      asked.tags(reference(registry.reference('o/i', '1.00001'))),
      asked.tags(reference(registry.reference('o/i', 'latest'))),
    ])
    assert.equal(one, tags)
    assert.equal(other, tags)
    assert.equal(await asked.tags(reference(registry.reference('o/i', '1.00002'))), tags)
    assert.equal(lists(registry), [
      '/v2/o/i/tags/list?n=1000',
      ...[999, 1999, 2999, 3999].map(
        last => `/v2/o/i/tags/list?n=1000&last=1.0${String(last).padStart(4, '0')}`,
      ),
    ])
    assert.is(asked.requests, 5)
  }))

test('a registry that refuses a page that it named itself: no part of a list counts as the list', () =>
  withRegistry({}, async (registry, resolver) => {
    const body = JSON.stringify({ errors: [{ code: 'PAGINATION_NUMBER_INVALID', message: 'invalid' }] })
    registry.fault(({ query }) => query.has('n'), { kind: 'status', status: 400, body })
    answerPages(registry, [{ body: page('a'), link: '</v2/o/i/tags/list?n=1&page=1>; rel="next"' }])
    await failure(resolver().tags(reference(registry.reference('o/i', '1'))), 'unsupported', {
      says: [/refuses a page of tags that it named itself/],
    })
  }))

test('a registry that allows smaller pages only is asked for pages of its own size', () =>
  withRegistry({}, async (registry, resolver) => {
    const refusal = { code: 'PAGINATION_NUMBER_INVALID', message: 'invalid number of results requested' }
    const body = JSON.stringify({ errors: [refusal] })
    registry.fault(({ query }) => query.get('n') === '1000', { kind: 'status', status: 400, body })
    answerPages(registry, [
      { body: page('a'), link: '</v2/o/i/tags/list?n=1&page=1>; rel="next"' },
      { body: page('b') },
    ])
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), ['a', 'b'])
    assert.equal(lists(registry), [
      '/v2/o/i/tags/list?n=1000',
      '/v2/o/i/tags/list?',
      '/v2/o/i/tags/list?n=1&page=1',
    ])
    registry.clearFaults()
    registry.fault({ pathRegex: /list$/ }, { kind: 'status', status: 400, body })
    await failure(resolver().tags(reference(registry.reference('o/i', '1'))), 'unsupported', {
      says: [/does not list its tags \(400\)/],
    })
  }))

test('a repository without tags has none', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    registry.removeTag('o/i', '1')
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), [])
    registry.fault(
      { pathRegex: /list$/ },
      { kind: 'status', status: 200, body: '{"name":"o/i","tags":null}' },
    )
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), [])
  }))

test('links may be relative or absolute, and only their query is used', () =>
  withRegistries([{}, {}], async ([registry, other], resolver) => {
    answerPages(registry!, [
      { body: page('a'), link: '</v2/o/i/tags/list?n=1000&page=1>; rel="next"' },
      { body: page('b'), link: '<tags/list?page=2>;rel=next' },
      { body: page('c'), link: `<${other!.url}/v2/o/i/tags/list?page=3>; rel="next"` },
      { body: page('d'), link: '<https://registry.internal/prefix/v2/o/i/tags/list?page=4&n=1>; rel="next"' },
      { body: page('e') },
    ])
    const tags = await resolver().tags(reference(registry!.reference('o/i', '1')))
    assert.equal(tags, ['a', 'b', 'c', 'd', 'e'])
    assert.equal(other!.requests, [])
    assert.ok(lists(registry!).every(each => each.startsWith('/v2/o/i/tags/list?')))
  }))

test('the query of the next page is found among links and parameters', () => {
  assert.is(nextQuery(undefined), undefined)
  assert.is(nextQuery('</v2/x?last=a%2Fb&n=5>; rel="next"'), 'last=a%2Fb&n=5')
  assert.is(nextQuery('</x?p=1>; rel="prev", </x?p=3>; title="t"; rel="next last"'), 'p=3')
  assert.is(nextQuery('</x?p=1>; rel=prev, </x?p=3>; REL=next'), 'p=3')
  assert.is(nextQuery('</x?p=1>; rel="nextish"'), undefined)
  assert.is(nextQuery('</x?p=1>'), undefined)
  assert.is(nextQuery('</x>; rel="next"'), undefined)
  assert.is(nextQuery('<http://[>; rel="next"'), undefined)
  assert.is(nextQuery(`</x?p=${'1'.repeat(5000)}>; rel="next"`), undefined)
  assert.is(nextQuery('<'.repeat(10_000)), undefined)
})

test('a redirect to another host gets no credentials', () =>
  withRegistries(
    [{ auth: { kind: 'basic', users: { u: 'pl4nted-secret' } } }, {}],
    async ([registry, other], resolver) => {
      other!.addImage('o/i', 'elsewhere')
      registry!.fault(
        ({ path, headers }) => path.endsWith('/tags/list') && headers.authorization !== undefined,
        { kind: 'redirect', to: other!.url },
      )
      const auths = { [registry!.host]: { auth: base64('u:pl4nted-secret') } }
      const tags = await resolver({ auths }).tags(reference(registry!.reference('o/i', '1')))
      assert.equal(tags, ['elsewhere'])
      assert.ok(registry!.requests.some(({ authorized }) => authorized === true))
      assert.ok(other!.requests.length > 0)
      assert.ok(other!.requests.every(({ headers }) => headers.authorization === undefined))
    },
  ))

test('a token for pulling is enough', () =>
  withRegistry({ auth: { kind: 'bearer' } }, async (registry, resolver) => {
    const tags = addTags(registry, 'o/i', 3)
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), tags)
    const scopes = registry.requests
      .filter(({ path }) => path === '/token')
      .map(({ query }) => query.get('scope'))
    assert.equal(scopes, ['repository:o/i:pull'])
  }))

test('what is not a tag is left out, and so is what else the page says', () =>
  withRegistry({}, async (registry, resolver) => {
    const list = [
      'ok',
      '',
      '-x',
      'a b',
      'x'.repeat(129),
      'x'.repeat(128),
      'x\u001b[2J',
      'é',
      7,
      null,
      true,
      '1.0-rc_1',
      'ok',
    ]
    const manifest = { 'sha256:0': { tag: ['not-me'], tags: ['nor-me'], timeCreatedMs: '1' } }
    answerPages(registry, [
      { body: JSON.stringify({ child: ['nor me', { tags: ['x'] }], manifest, tags: list, name: 'tags' }) },
    ])
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), [
      'ok',
      'x'.repeat(128),
      '1.0-rc_1',
    ])
  }))

test('pages that repeat, and pages that never end, end', () =>
  withRegistry({}, async (registry, resolver) => {
    answerPages(registry, [
      { body: page('a'), link: '</x?page=1>; rel="next"' },
      { body: page('b'), link: '</x?page=0>; rel="next"' },
    ])
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), ['a', 'b'])
    assert.is(registry.requests.length, 3)
    registry.clear()
    registry.clearFaults()
    let count = 0
    registry.fault(
      ({ query }) => {
        count += 1
        return query.get('page') !== String(count)
      },
      { kind: 'status', status: 200, body: page('a'), headers: { link: '</x?page=1>; rel="next"' } },
    )
    for (let next = 1; next < 30; next++)
      registry.fault(({ query }) => query.get('page') === String(next), {
        kind: 'status',
        status: 200,
        body: page('a'),
        headers: { link: `</x?page=${next + 1}>; rel="next"` },
      })
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), ['a'])
    assert.ok(registry.requests.length < 10, String(registry.requests.length))
  }))

test('empty pages in between do not end a list', () =>
  withRegistry({}, async (registry, resolver) => {
    answerPages(registry, [
      { body: page('a'), link: '</x?page=1>; rel="next"' },
      { body: page(), link: '</x?page=2>; rel="next"' },
      { body: '{"tags":null}', link: '</x?page=3>; rel="next"' },
      { body: page('b') },
    ])
    assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), ['a', 'b'])
  }))

test('a registry that does not list tags says so, and still serves images', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    for (const [status, code, body] of [
      [401, 'denied'],
      [403, 'denied'],
      [404, 'unsupported'],
      [405, 'unsupported'],
      [501, 'unsupported'],
      [406, 'unsupported', '{"errors":[{"code":"UNSUPPORTED","message":"The operation is unsupported."}]}'],
    ] as const) {
      registry.clearFaults()
      registry.fault(
        { pathRegex: /list$/ },
        { kind: 'status', status, headers: { 'www-authenticate': '' }, ...(body !== undefined && { body }) },
      )
      const asked = resolver()
      const error = await failure(asked.tags(reference(registry.reference('o/i', '1'))), code, {
        says: [/^\S+\/o\/i:1: .*does not list its tags/, /only the same tag/],
      })
      assert.match(error.reason ?? '', /^127\.0\.0\.1:\d+ does not list its tags/)
      assert.is((await asked.resolve(reference(registry.reference('o/i', '1')))).descriptor.digest, digest)
    }
  }))

test('a page that is not a list is none', () =>
  withRegistry({}, async (registry, resolver) => {
    for (const body of [
      '',
      'null',
      '[]',
      '["a"]',
      '<html>',
      '{}',
      '{"name":"o/i"}',
      '{"tags":["a"',
      '{"tags":["a"]}}',
      '{"tags":["a"]}{}',
      '{"tags":[["a"]]}',
      '['.repeat(100_000),
    ]) {
      registry.clearFaults()
      registry.fault({ pathRegex: /list$/ }, { kind: 'status', status: 200, body })
      await failure(resolver().tags(reference(registry.reference('o/i', '1'))), 'unsupported', {
        says: [/sent no list of tags/],
      })
    }
  }))

test('a broken page is asked for again, and its first half does not count', () =>
  withRegistry({}, async (registry, resolver) => {
    const tags = addTags(registry, 'o/i', 900)
    for (const kind of ['reset', 'truncate', 'close'] as const) {
      registry.fault({ pathRegex: /list$/, times: 1 }, { kind })
      assert.equal(await resolver().tags(reference(registry.reference('o/i', '1'))), tags)
    }
  }))

test('compressed pages are read', () =>
  withRegistry({ headers: {} }, async (registry, resolver) => {
    const { gzipSync } = await import('node:zlib')
    const { createServer } = await import('node:http')
    const body = gzipSync(page('a', 'b'))
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body),
    )
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    try {
      const { port } = server.address() as import('node:net').AddressInfo
      assert.equal(await resolver().tags(reference(`127.0.0.1:${port}/o/i:1`)), ['a', 'b'])
    } finally {
      server.closeAllConnections()
      server.close()
    }
    assert.equal(registry.requests, [])
  }))

test('a mirror that lacks the list is passed over; one that has it answers', () =>
  withRegistries([{}, {}], async ([registry, mirror], resolver) => {
    const tags = addTags(registry!, 'o/i', 2)
    const mirrors = { [registry!.host]: { mirrors: [mirror!.url] } }
    const ask = () => resolver({ registries: mirrors }).tags(reference(registry!.reference('o/i', '1')))
    for (const status of [404, 405, 403, 500]) {
      mirror!.clearFaults()
      mirror!.fault({ pathRegex: /list$/ }, { kind: 'status', status })
      assert.equal(await ask(), tags)
    }
    mirror!.clearFaults()
    mirror!.addImage('o/i', 'x')
    mirror!.removeTag('o/i', 'x')
    assert.equal(await ask(), tags, 'a cache without tags')
    mirror!.moveTag('o/i', 'cached', mirror!.addImage('o/i', 'cached').digest)
    registry!.clear()
    assert.equal(await ask(), ['cached'])
    assert.equal(registry!.requests, [])
  }))

test('a dead registry is unreachable', () =>
  withRegistry({}, async (registry, resolver) => {
    await registry.down()
    await failure(resolver().tags(reference(registry.reference('o/i', '1'))), 'unreachable')
    await registry.up()
    registry.fault({}, { kind: 'hang', at: 'body' })
    addTags(registry, 'o/i', 2)
    const asked = resolver({ bodyTimeout: 50, totalTimeout: 2000 })
    await failure(asked.tags(reference(registry.reference('o/i', '1'))), 'unreachable')
  }))

test.run()

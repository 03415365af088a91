import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../../src/core/error.ts'
import { createProxies, proxyParts } from '../../../src/registry/endpoints/proxies.ts'

const test = suite('registry/proxies')

const proxy = 'http://proxy.example:3128'
const direct = (noProxy: string, url: string): boolean =>
  createProxies({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: noProxy })(new URL(url)) === undefined

test('each scheme has its variable, lower case wins, and empty means none', () => {
  const through = (env: Record<string, string>, url: string): string | undefined =>
    createProxies(env)(new URL(url))
  assert.is(through({}, 'https://r.example'), undefined)
  assert.is(through({ HTTPS_PROXY: proxy }, 'https://r.example'), proxy)
  assert.is(through({ HTTPS_PROXY: proxy }, 'http://r.example'), undefined)
  assert.is(through({ HTTP_PROXY: proxy }, 'https://r.example'), undefined)
  assert.is(through({ http_proxy: 'http://a', HTTP_PROXY: proxy }, 'http://r.example'), 'http://a')
  assert.is(through({ https_proxy: '', HTTPS_PROXY: '' }, 'https://r.example'), undefined)
  assert.is(through({ https_proxy: 'proxy:3128' }, 'https://r.example'), 'http://proxy:3128')
})

test('a name that curl knows for SOCKS, whose proxy looks names up, is understood', () => {
  const proxies = createProxies({ HTTPS_PROXY: 'socks5h://proxy.example:1080' })
  assert.is(proxies(new URL('https://r.example')), 'socks5://proxy.example:1080')
})

test('a password that is not encoded is told at once, and not shown', () => {
  for (const HTTPS_PROXY of ['http://me:pl4n%ted@proxy.example', 'http://pl4n%ted@proxy.example'])
    assert.throws(
      () => createProxies({ HTTPS_PROXY }),
      (error: unknown) =>
        error instanceof DockLockError &&
        error.code === 'config' &&
        error.hint?.includes('%25') === true &&
        !error.message.includes('pl4n'),
    )
})

test('a user or a password alone will do for a header', () => {
  const header = (user: string): string | undefined => proxyParts(`http://${user}proxy.example`).authorization
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  assert.is(header(''), undefined)
  assert.is(header('key@'), basic('key:'))
  assert.is(header('key:@'), basic('key:'))
  assert.is(header(':pass@'), basic(':pass'))
  assert.is(header('me:p%C3%A4%25ss@'), basic('me:pä%ss'))
})

test('NO_PROXY: names with their subdomains, ports, addresses, CIDRs, everything', () => {
  for (const [noProxy, url, expected] of [
    ['', 'https://r.example', false],
    ['*', 'https://r.example', true],
    ['a.example, r.example', 'https://r.example', true],
    ['a.example r.example', 'https://r.example', true],
    ['R.Example', 'https://r.example', true],
    ['r.example', 'https://sub.r.example', true],
    ['r.example', 'https://other.example', false],
    ['r.example', 'https://bar.example', false],
    ['.r.example', 'https://sub.r.example', true],
    ['.r.example', 'https://r.example', false],
    ['*.r.example', 'https://sub.r.example', true],
    ['*.r.example', 'https://r.example', false],
    ['r.example:5000', 'https://r.example:5000', true],
    ['r.example:5000', 'https://r.example', false],
    ['r.example:443', 'https://r.example', true],
    ['r.example:80', 'http://r.example', true],
    ['10.1.2.3', 'https://10.1.2.3:5000', true],
    ['10.1.2.3:5000', 'https://10.1.2.3:5000', true],
    ['10.1.2.3:5001', 'https://10.1.2.3:5000', false],
    ['10.0.0.0/8', 'https://10.1.2.3:5000', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/8', 'https://10.example', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['fd00::/8', 'https://[fd00::7]:5000', true],
    ['fd00::/8', 'https://[fe80::7]:5000', false],
    ['fd00::7', 'https://[fd00::7]:5000', true],
    ['[fd00::7]', 'https://[fd00::7]:5000', true],
    ['[fd00::7]:5000', 'https://[fd00::7]:5000', true],
    ['[fd00::7]:5001', 'https://[fd00::7]:5000', false],
    ['2.3', 'https://10.1.2.3', false],
    [',:,/,.,[', 'https://r.example', false],
  ] as const)
    assert.is(direct(noProxy, url), expected, `${noProxy} ${url}`)
})

test('loopback never goes through a proxy', () => {
  for (const url of ['http://localhost:5000', 'https://127.0.0.1', 'http://127.9.9.9', 'https://[::1]:5000'])
    assert.ok(direct('', url), url)
})

test.run()

import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseHost } from '../../../src/stores/connection/endpoint.ts'
import { ProgramFailed } from '../../../src/stores/connection/failure.ts'
import { formatSsh, parseSsh, type SshTarget, sshProgram } from '../../../src/stores/connection/ssh.ts'
import { explainSsh } from '../../../src/stores/connection/ssh-error.ts'
import { hostileText } from '../../support/generate.ts'
import { forAll } from '../../support/random.ts'

const test = suite('ssh')

/** From the tests of the docker CLI's own parser, and what ssh itself takes. */
const FORMS: readonly (readonly [rest: string, target: SshTarget, login: readonly string[]])[] = [
  ['example.com', { host: 'example.com' }, ['--', 'example.com']],
  [
    'me@example.com:10022',
    { user: 'me', host: 'example.com', port: 10022 },
    ['-l', 'me', '-p', '10022', '--', 'example.com'],
  ],
  ['[::1]:22', { host: '::1', port: 22 }, ['-p', '22', '--', '::1']],
  ['alias_of-config', { host: 'alias_of-config' }, ['--', 'alias_of-config']],
  ['name%40corp@h/', { user: 'name@corp', host: 'h' }, ['-l', 'name@corp', '--', 'h']],
]

test('an address becomes the arguments that the docker CLI would give', () => {
  for (const [rest, target, login] of FORMS) {
    assert.equal(parseSsh(rest), target, rest)
    const { command, args } = sshProgram(target, {})
    assert.is(command, 'ssh')
    assert.equal(args, ['-o', 'ConnectTimeout=30', '-T', ...login, 'docker', 'system', 'dial-stdio'])
  }
  const args = sshProgram({ host: 'h', path: '/var/run/docker.sock' }, {}).args.slice(-4)
  assert.equal(args, ['docker', '--host=unix:///var/run/docker.sock', 'system', 'dial-stdio'])
})

test('CONTAINER_HOST means a podman command over there, with the key of its own variable', async () => {
  const env = { CONTAINER_HOST: 'ssh://core@h/run/podman.sock', CONTAINER_SSHKEY: '/key', PATH: '/bin' }
  const { connect } = parseHost(env.CONTAINER_HOST, 'CONTAINER_HOST', env)
  assert.ok('program' in connect)
  assert.equal(connect.program, {
    command: 'ssh',
    args: [
      ...['-o', 'ConnectTimeout=30', '-T', '-i', '/key', '-l', 'core', '--', 'h'],
      ...['podman', '--url=unix:///run/podman.sock', 'system', 'dial-stdio'],
    ],
    env,
  })
})

test('what is no address, or could be taken for more than a name, is none', () => {
  for (const rest of [
    '',
    '/run/docker.sock',
    'user:secret@h',
    '-oProxyCommand=touch${IFS}x',
    '-l@h',
    'h:0',
    'h:70000',
    'h?x',
    'h#x',
    'a b',
    '`id`',
    '$(id)',
    'h;id',
    'a@b@c',
    'u%0a@h',
    'h/%00',
    'h/%',
  ])
    assert.is(parseSsh(rest), undefined, rest)
})

test('what is read and written again is the same', () => {
  for (const [rest, target] of FORMS) {
    if (rest.includes('%') || rest.endsWith('/')) continue
    assert.is(formatSsh(target), `ssh://${rest}`)
  }
})

test('a path reaches the command over there as one word, whatever is in it', () => {
  forAll(100, random => {
    const path = `/${random.text('ab \'"$`\\;&|<>*?()#~!{}[]\n=é', 1, 12)}`.replaceAll('\n', '')
    // As sshd has the user's shell do it.
    const words = sshProgram({ host: 'h', path }, {}).args
    const shell = words.slice(words.indexOf('h') + 1).join(' ')
    const ran = spawnSync('sh', ['-c', `docker() { printf '%s\\n' "$@"; }; ${shell}`], { encoding: 'utf8' })
    assert.is(ran.stdout, `--host=unix://${path}\nsystem\ndial-stdio\n`, ran.stderr)
  })
})

test('nothing hostile gets past the parser as an option or into a shell', () => {
  forAll(500, random => {
    const target = parseSsh(random.pick([hostileText(random), `${random.text('-o@:/ab$%`;', 1, 20)}`]))
    if (target === undefined) return
    assert.not.match(target.host, /^-|[\s`$;&|<>"'\p{Cc}]/u)
    assert.not.match(target.user ?? '', /^-|[\s`$;&|<>"'\p{Cc}]/u)
  })
})

/** As OpenSSH 9.2 and the docker command say it. */
const SAID: readonly (readonly [ended: number | string, said: string, message: RegExp, hint: RegExp])[] = [
  ['ENOENT', '', /ssh was not found/, /openssh-client/],
  [
    255,
    'Host key verification failed.\r\n',
    /ended with 255: Host key verification failed/,
    /compare its fingerprint/,
  ],
  [
    255,
    '@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@\r\nHost key verification failed.\r\n',
    /verification failed/,
    /key has changed/,
  ],
  [
    255,
    'me@h: Permission denied (publickey).\r\n',
    /Permission denied \(publickey\)/,
    /ssh-agent.* ssh -p 22 me@h$/,
  ],
  [255, 'ssh: Could not resolve hostname h: Name or service not known\r\n', /not resolve/, /Check the name/],
  [255, 'ssh: connect to host h port 22: Connection refused\r\n', /refused/, /is that its port/],
  [255, 'kex_exchange_identification: Connection closed by remote host\r\n', /kex/, /MaxStartups/],
  [
    127,
    'sh: 1: docker: not found\n',
    /ended with 127, over there: sh: 1: docker: not found/,
    /not interactive/,
  ],
  [1, "docker: 'system dial-stdio' is not a docker command.\nSee 'docker --help'\n", /dial-stdio/, /18\.09/],
  [
    1,
    'failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: permission denied\n',
    /permission denied/,
    /to the group/,
  ],
  [
    1,
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
    /Cannot connect/,
    /finds no engine/,
  ],
  ['SIGKILL', '', /ended with SIGKILL: it gave no reason/, /Try: ssh -p 22 me@h docker version/],
]

test('each end of ssh has its words and what to do next', () => {
  const target = { user: 'me', host: 'h', port: 22 }
  for (const [ended, said, message, hint] of SAID) {
    const explained = explainSsh('ssh://me@h', target, new ProgramFailed('ssh', ended, said))
    assert.match(explained.message, message)
    assert.match(explained.hint ?? '', hint)
  }
})

test.run()

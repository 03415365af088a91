/** Credentials are planted everywhere they may lie, and looked for in everything that is printed or written. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type EmbeddedRegistry, type RegistryOptions, startRegistry } from '../support/registry/index.ts'
import { SECRET_FORMS } from '../support/secret-forms.ts'
import type { Ran } from '../support/spawn.ts'
import { type CommandProcess, startCommandProcess } from './support/command-process.ts'
import { startEngine } from './support/engine.ts'
import { type Project, withProject } from './support/project.ts'

const test = suite('secrets')

/** Each unlike any text that there is for another reason. */
const SECRETS = {
  password: 'Pw0rd-planted-1',
  identity: 'Identity-planted-2',
  helper: 'Helper-planted-3',
  mirror: 'Mirror-planted-4',
  proxy: 'Proxy-planted-5',
  env: 'Env-planted-6',
  echoed: 'Echoed-planted-7',
} as const

/** As they are, and as they travel. */
const formsOf = (secrets: readonly string[]): readonly string[] =>
  secrets.flatMap(secret => [
    secret,
    // Wherever it stands in what was encoded; its ends depend on what is beside it.
    ...['', 'x', 'xx'].map(before => base64(before + secret).slice(4, -4)),
  ])
const FORMS = formsOf(Object.values(SECRETS))

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

interface Trial {
  readonly project: Project
  /** Starts a registry that ends with the trial. */
  registry(options: RegistryOptions): Promise<EmbeddedRegistry>
  /** Runs, and looks through all that came of it. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
}

async function withTrial(body: (trial: Trial) => Promise<void>): Promise<void> {
  const registries: EmbeddedRegistry[] = []
  const commands = new Map<string, CommandProcess>()
  try {
    await withProject(async project => {
      const look = (text: string, where: string, forms = FORMS) => {
        for (const form of forms) assert.not.ok(text.includes(form), `${form} in ${where}:\n${text}`)
      }
      const lookAtDebugging = (text: string, where: string) => {
        look(text.replace(/^(?!DOCK-LOCK).*\n/gm, ''), where)
        // undici, if asked for all it does, shows the addresses that a server sends it to. What is ours to keep is not among them.
        look(text, where, formsOf(Object.values(SECRETS).filter(secret => secret !== SECRETS.echoed)))
      }
      await body({
        project,
        async registry(options) {
          const registry = await startRegistry({ answerAnything: true, ...options })
          registries.push(registry)
          return registry
        },
        async run(args, env = {}) {
          const ran = await project.runHere(args, env)
          look(ran.stdout, `stdout of ${args.join(' ')}`)
          look(ran.stderr, `stderr of ${args.join(' ')}`)
          // Node, if asked for all it does, shows the environment of programs that it starts.
          const open = Object.values(env).some(value => FORMS.some(form => value.includes(form)))
          const debug = open ? 'dock-lock' : '*'
          const command = commands.get(debug) ?? startCommandProcess({ ...project.env, NODE_DEBUG: debug })
          commands.set(debug, command)
          const debugged = await command.run(args, { cwd: project.root, env: { ...project.env, ...env } })
          assert.is(debugged.code, ran.code)
          look(debugged.stdout, `stdout of ${args.join(' ')} with NODE_DEBUG`)
          lookAtDebugging(debugged.stderr, `stderr of ${args.join(' ')} with NODE_DEBUG`)
          for (const [path, content] of Object.entries(project.snapshot()))
            if (path !== '.dock-lock.yaml') look(content, path)
          return ran
        },
      })
      for (const [debug, command] of commands) {
        const late = await command.close()
        look(late.stdout, `stdout after the last run, with NODE_DEBUG=${debug}`)
        lookAtDebugging(late.stderr, `stderr after the last run, with NODE_DEBUG=${debug}`)
      }
      commands.clear()
    })
  } finally {
    await Promise.all([...commands.values()].map(command => command.close()))
    await Promise.all(registries.map(registry => registry.close()))
  }
}

const basic = (password: string) => base64(`me:${password}`)

test('of the Docker config: password, identity token, helper; good and refused', () =>
  withTrial(async ({ project, registry, run }) => {
    const users = { me: SECRETS.password }
    const byBasic = await registry({ auth: { kind: 'basic', users } })
    const byToken = await registry({ auth: { kind: 'bearer', users, separateTokenServer: true } })
    const byHelper = await registry({ auth: { kind: 'bearer', users: { me: SECRETS.helper } } })
    const byIdentity = await registry({ auth: { kind: 'bearer', users } })
    const refused = await registry({ auth: { kind: 'basic', users: { me: 'another' } } })
    const refusedToken = await registry({ auth: { kind: 'bearer', users: { me: 'another' } } })
    project.write(
      '../home/.docker/config.json',
      JSON.stringify({
        auths: {
          [byBasic.host]: { auth: basic(SECRETS.password) },
          [byToken.host]: { auth: basic(SECRETS.password) },
          [byIdentity.host]: { identitytoken: SECRETS.identity },
          [refused.host]: { auth: basic(SECRETS.password) },
          [refusedToken.host]: { auth: basic(SECRETS.password) },
        },
        credHelpers: { [byHelper.host]: 'planted' },
      }),
    )
    const answer = JSON.stringify({ ServerURL: byHelper.host, Username: 'me', Secret: SECRETS.helper })
    project.write('../bin/docker-credential-planted', `#!/bin/sh\ncat > /dev/null\necho '${answer}'\n`, 0o755)
    const env = { PATH: `${project.path('../bin')}:${process.env.PATH}` }
    const good = [byBasic, byToken, byHelper]
    project.write('Dockerfile', good.map(({ host }) => `FROM ${host}/good:1\n`).join(''))
    for (const args of [['--dry-run'], ['--dry-run', '--json'], ['--no-verify']])
      assert.is((await run(args, env)).code, 0)
    // The credentials were really sent.
    for (const one of good) assert.ok(one.requests.some(({ authorized }) => authorized === true))
    const bad = [byIdentity, refused, refusedToken]
    project.write('Dockerfile', bad.map(({ host }) => `FROM ${host}/bad:1\n`).join(''))
    for (const args of [[], ['--json']]) {
      const ran = await run(args, env)
      assert.is(ran.code, 1, ran.stdout + ran.stderr)
    }
    for (const one of bad) assert.ok(one.requests.some(({ authorized }) => authorized === false))
  }))

test('of helpers that fail, and say too much', () =>
  withTrial(async ({ project, registry, run }) => {
    const { host } = await registry({ auth: { kind: 'basic', users: { me: SECRETS.helper } } })
    project.write('../home/.docker/config.json', '{"credsStore": "planted"}')
    project.write('Dockerfile', `FROM ${host}/a:1\n`)
    const env = { PATH: `${project.path('../bin')}:${process.env.PATH}` }
    const answer = `{"Username": "me", "Secret": "${SECRETS.helper}"`
    for (const lines of [
      `echo '${answer}'`,
      `echo '${answer}}'; exit 1`,
      `echo '${answer}}' >&2; exit 1`,
      `echo 'password=${SECRETS.helper}' >&2; exit 1`,
      `echo '["${SECRETS.helper}"]'`,
    ]) {
      project.write('../bin/docker-credential-planted', `#!/bin/sh\n${lines}\n`, 0o755)
      assert.is((await run([], env)).code, 1, lines)
    }
  }))

test('of addresses: mirrors of the config and of the engine, proxies, redirects, realms', () =>
  withTrial(async ({ project, registry, run }) => {
    const { host, fault } = await registry({})
    project.write('Dockerfile', `FROM ${host}/a:1\n`)
    project.write(
      '.dock-lock.yaml',
      `registries:\n  ${host}:\n    mirrors: ["http://me:${SECRETS.mirror}@127.0.0.1:1"]\n`,
    )
    for (const args of [[], ['--json'], ['check']]) assert.is((await run(args)).code, 2)
    await project.exec('rm', ['.dock-lock.yaml'])

    project.write('Dockerfile', 'FROM mirrored:1\n')
    const mirrors = [`http://me:${SECRETS.mirror}@127.0.0.1:1`]
    const engine = await startEngine(project.path('../engine.sock'), { mirrors })
    try {
      const DOCKER_HOST = engine.host
      for (const args of [[], ['--json']]) assert.is((await run(args, { DOCKER_HOST })).code, 2)
    } finally {
      await engine.close()
    }

    const proxied = {
      http_proxy: `http://me:${SECRETS.proxy}@127.0.0.1:1`,
      https_proxy: `http://me:${SECRETS.proxy}@127.0.0.1:1`,
    }
    project.write('Dockerfile', 'FROM registry.invalid/a:1\n')
    for (const args of [[], ['--json']]) assert.is((await run(args, proxied)).code, 3)
    assert.is(
      (
        await run([], {
          http_proxy: `gopher://me:${SECRETS.proxy}@x`,
          https_proxy: `gopher://me:${SECRETS.proxy}@x`,
        })
      ).code,
      2,
    )
    assert.is((await run(['verify'], { DOCKER_HOST: `tcp://me:${SECRETS.env}@127.0.0.1:1` })).code, 2)

    project.write('Dockerfile', `FROM ${host}/a:1\n`)
    for (const to of [
      `http://me:${SECRETS.echoed}@127.0.0.1:1/`,
      `http://127.0.0.1:1/?X-Signature=${SECRETS.echoed}`,
      `http://127.0.0.1:1/?token=${SECRETS.echoed}`,
    ]) {
      const remove = fault({}, { kind: 'redirect', to })
      for (const args of [[], ['--json']]) assert.is((await run(args)).code, 3)
      remove()
    }
    const realm = `http://me:${SECRETS.echoed}@127.0.0.1:1/token?secret=${SECRETS.echoed}`
    const odd = await registry({ auth: { kind: 'bearer', realm } })
    project.write('Dockerfile', `FROM ${odd.host}/a:1\n`)
    for (const args of [[], ['--json']]) assert.ok((await run(args)).code !== 0)
  }))

test('of answers that repeat what was sent', () =>
  withTrial(async ({ project, run }) => {
    const server = createServer((request, response) => {
      const { authorization = '' } = request.headers
      const decoded = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString()
      response.statusCode = authorization === '' ? 401 : 403
      response.setHeader('www-authenticate', 'Basic realm="x"')
      const message = `you sent ${authorization}, that is ${decoded} (${decoded.split(':')[1]})`
      response.setHeader('content-type', 'application/json')
      response.end(request.method === 'HEAD' ? '' : JSON.stringify({ errors: [{ code: 'DENIED', message }] }))
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    try {
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      project.write(
        '../home/.docker/config.json',
        JSON.stringify({ auths: { [host]: { auth: basic(SECRETS.password) } } }),
      )
      project.write('Dockerfile', `FROM ${host}/a:1\n`)
      for (const args of [[], ['--json']]) assert.is((await run(args)).code, 1)
    } finally {
      server.close()
    }
  }))

test('of redirects that repeat what was sent, in lines for debugging too', () =>
  withTrial(async ({ project, registry }) => {
    const { host, fault } = await registry({ auth: { kind: 'basic', users: { me: SECRETS.password } } })
    project.write(
      '../home/.docker/config.json',
      JSON.stringify({ auths: { [host]: { auth: basic(SECRETS.password) } } }),
    )
    project.write('Dockerfile', `FROM ${host}/a:1\n`)
    const encoded = encodeURIComponent(basic(SECRETS.password))
    for (const to of [
      `http://${SECRETS.password}.invalid/x`,
      `http://127.0.0.1:1/${SECRETS.password}/x`,
      `http://${host}/${encoded}`,
    ]) {
      const remove = fault(({ headers }) => headers.authorization !== undefined, { kind: 'redirect', to })
      const { code, stdout, stderr } = await project.run([], { env: { NODE_DEBUG: 'dock-lock' } })
      assert.is(code, 3)
      assert.match(stderr, /DOCK-LOCK .*\*\*\*/)
      for (const form of [...FORMS, SECRETS.password.toLowerCase(), encoded])
        assert.not.ok((stdout + stderr).includes(form), `${form} in ${stdout}${stderr}`)
      remove()
    }
  }))

test('of the environment and of config files that are broken', () =>
  withTrial(async ({ project, registry, run }) => {
    const { host } = await registry({ auth: { kind: 'basic', users: { me: SECRETS.env } } })
    project.write('Dockerfile', `FROM ${host}/a:1\n`)
    for (const text of [
      `{"auths": {"${host}": {"auth": "${basic(SECRETS.env)}"`,
      `{"auths": {"${host}": {"auth": "${SECRETS.env}"}}}`,
      `{"auths": "${SECRETS.env}"}`,
    ]) {
      assert.is((await run([], { DOCKER_AUTH_CONFIG: text })).code, 1)
      project.write('../home/.docker/config.json', text)
      for (const args of [[], ['--json']]) {
        const { code, stdout, stderr } = await run(args)
        assert.is(code, 1)
        assert.match(stdout + stderr, /config\.json gives no credentials/)
      }
      await project.exec('rm', [project.path('../home/.docker/config.json')])
    }
    const good = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth: basic(SECRETS.env) } } }) }
    assert.is((await run([], good)).code, 0)
  }))

test('of a pull, which the engine does with them', () =>
  withTrial(async ({ project, registry, run }) => {
    const { host } = await registry({ auth: { kind: 'basic', users: { me: SECRETS.password } } })
    const auths = { [host]: { auth: basic(SECRETS.password) } }
    project.write('../home/.docker/config.json', JSON.stringify({ auths }))
    project.write('Dockerfile', `FROM ${host}/a:1\n`)
    const engine = await startEngine(project.path('../engine.sock'))
    try {
      const env = { DOCKER_HOST: engine.host }
      engine.pulls = { error: `Head "http://me:${SECRETS.echoed}@${host}/v2/": unauthorized` }
      for (const args of [[], ['pull'], ['pull', '--json']]) assert.is((await run(args, env)).code, 1)
      engine.pulls = 'work'
      assert.is((await run(['pull'], env)).code, 0)
    } finally {
      await engine.close()
    }
  }))

test('of helpers, in any form, in lines of detail too', () =>
  withTrial(async ({ project, registry, run }) => {
    const { host } = await registry({ auth: { kind: 'basic', users: { me: SECRETS.helper } } })
    project.write('../home/.docker/config.json', '{"credsStore": "planted"}')
    project.write('Dockerfile', `FROM ${host}/a:1\n`)
    const env = { PATH: `${project.path('../bin')}:${process.env.PATH}` }
    project.write(
      '../bin/docker-credential-planted',
      `#!/bin/sh\ncat > /dev/null\ncat '${project.path('../says')}' >&2\nexit 1\n`,
      0o755,
    )
    // All forms at once, each on lines of its own, and a few alone: what comes first could hide the rest.
    const forms = SECRET_FORMS.map(form => form(SECRETS.helper))
    for (const says of [forms.join('\n'), ...forms.filter((_, index) => index % 30 === 0)]) {
      project.write('../says', says)
      for (const args of [['--debug'], ['--json', '--debug']]) assert.is((await run(args, env)).code, 1)
    }
    const { stderr } = await run(['--debug'], env)
    assert.match(stderr, /^debug: docker-credential-planted ended with 1 and said/m)
  }))

test('of build args, whose values no message repeats', () =>
  withTrial(async ({ project, run }) => {
    const value = SECRETS.env
    project.write(
      'Dockerfile',
      [
        'ARG TOKEN',
        'ARG OTHER=${TOKEN}',
        'ARG NEVER=${MISSING:?${TOKEN}}',
        'FROM r.example/${TOKEN}!:1',
        'FROM ${TOKEN}',
        'FROM r.example/a:${OTHER}/x',
        'FROM r.example/a@${TOKEN}',
        'FROM --platform=${TOKEN}! alpine:3',
        'FROM ${MISSING:?needs ${TOKEN}}',
        'FROM ${TOKEN/[${TOKEN}/x}',
        '',
      ].join('\n'),
    )
    for (const args of [['check'], ['check', '--json'], ['--offline', '--dry-run'], ['check', '--debug']])
      assert.is((await run([...args, '--build-arg', `TOKEN=${value}`])).code, 2)
    project.write('Dockerfile', 'FROM alpine:3\n')
    // Without `=` it is a name, of a variable that is not set.
    for (const args of [['check'], ['check', '--json']])
      assert.is((await run([...args, '--build-arg', value])).code, 1)
    for (const given of [`=${value}`, `--nonsense=${value}`, `BUILDKIT_SYNTAX=${value}!`])
      for (const args of [['check'], ['check', '--json']])
        assert.is((await run([...args, '--build-arg', given])).code, 2, given)
  }))

test('of references with a user and a password', () =>
  withTrial(async ({ project }) => {
    const texts = [`user:${SECRETS.env}`, SECRETS.env, `u:p/${SECRETS.env}`, `u:p@${SECRETS.env}`].flatMap(
      userinfo => [
        `FROM ${userinfo}@host/x\n`,
        `FROM ${userinfo}@host.example:5000/x:1 AS a\n`,
        `FROM https://${userinfo}@host/x\n`,
        `FROM ${userinfo}@host/x too many words\n`,
        `FROM a\nCOPY --from=${userinfo}@host/x / /\n`,
        `FROM a\nRUN --mount=type=bind,from=${userinfo}@host/x true\n`,
        `# syntax=${userinfo}@host/x\nFROM a\n`,
        `ARG BASE=${userinfo}@host/x\nFROM $BASE\n`,
        `ARG BASE=${userinfo}@host/x\nFROM \${BASE}\n`,
        `FROM ${userinfo}${'x'.repeat(400)}@host/x\n`,
      ],
    )
    for (const [index, text] of texts.entries()) project.write(`f${index}.Dockerfile`, text)
    for (const args of [['check'], ['check', '--json'], ['--offline', '--dry-run', '--debug']]) {
      const { code, stdout, stderr } = await project.run(args)
      assert.is(code, 2)
      for (const index of texts.keys()) assert.ok(stdout.includes(`f${index}.Dockerfile`), `f${index}`)
      assert.not.ok((stdout + stderr).includes(SECRETS.env), stdout + stderr)
    }
  }))

test.run()

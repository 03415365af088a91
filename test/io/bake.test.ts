import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BakeAnswer, BakeRequest } from '../../src/core/bake.ts'
import { bakeEvaluation } from '../../src/io/bake.ts'
import { failureOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/bake')
const { signal } = new AbortController()

interface Asked {
  readonly answer: BakeAnswer
  /** What the script wrote into the file `log` beside it. */
  readonly log: string
  /** The folder in which it ran. */
  readonly folder: string
}

/** Asks a `docker` that is this shell script. */
function ask(script: string | undefined, request: Partial<BakeRequest> = {}, extra = {}): Promise<Asked> {
  return withFolder(script === undefined ? {} : { docker: `#!/bin/sh\n${script}\n` }, async root => {
    if (script !== undefined) chmodSync(join(root, 'docker'), 0o755)
    const env = { PATH: script === undefined ? root : `${root}:/usr/bin:/bin`, HOME: root, ...extra }
    const answer = await bakeEvaluation(
      env,
      signal,
    )({
      args: ['--print'],
      files: [{ path: 'docker-bake.hcl', text: 'target "a" {}\n' }],
      variables: [],
      ...request,
    })
    const log = existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8') : ''
    return { answer, log, folder: log.split('\n')[0] ?? '' }
  })
}

test('it runs bake on copies of the files, in a folder of their own that is gone afterwards', async () => {
  const script = 'pwd > "$HOME/log"; echo "$@" >> "$HOME/log"; for f in *; do echo "$f: $(cat "$f")"; done'
  const { answer, log, folder } = await ask(script, {
    files: [
      { path: 'ci/docker-bake.json', text: '{}' },
      { path: 'ci/docker-bake.override.hcl', text: '# b' },
      { path: 'other/x y', text: ' {"a":1}' },
      { path: 'other/-f', text: 'V = 1' },
    ],
  })
  const names = ['docker-bake.json', 'docker-bake.override.hcl', 'file-2.json', 'file-3.hcl']
  assert.is(log, `${folder}\nbuildx bake ${names.map(name => `-f ${name}`).join(' ')} --print\n`)
  assert.equal(answer, {
    kind: 'printed',
    text: 'docker-bake.json: {}\ndocker-bake.override.hcl: # b\nfile-2.json:  {"a":1}\nfile-3.hcl: V = 1\n',
  })
  assert.not.ok(existsSync(folder))
})

test('two files with one name stay two', async () => {
  const { log } = await ask('echo > "$HOME/log"; echo "$@" >> "$HOME/log"', {
    files: [
      { path: 'a/bake.hcl', text: '' },
      { path: 'b/bake.hcl', text: '' },
    ],
  })
  assert.match(log, 'bake -f bake.hcl -f file-1.hcl --print')
})

test('no two files get one name, and none a name that is too long', async () => {
  const paths = ['a', 'a.hcl', 'd/x.hcl', 'e/x.hcl', 'file-3.hcl', `${'n'.repeat(254)}`]
  const { log } = await ask('echo > "$HOME/log"; echo "$@" >> "$HOME/log"', {
    files: paths.map(path => ({ path, text: '' })),
  })
  const names = [...log.matchAll(/-f (\S+)/g)].map(([, name]) => name)
  assert.equal(names, ['a.hcl', 'file-1.hcl', 'x.hcl', 'file-3.hcl', 'file-4.hcl', 'file-5.hcl'])
})

test('a secret among the declared variables is not passed', async () => {
  const { log } = await ask(
    'env > "$HOME/log"',
    { variables: ['GITHUB_TOKEN', 'V'] },
    {
      GITHUB_TOKEN: 'ghp_x',
      V: '1',
    },
  )
  assert.match(log, /^GITHUB_TOKEN=<GITHUB_TOKEN>$/m)
  assert.match(log, /^V=1$/m)
})

test('it sees the declared variables, and nothing else of the environment', async () => {
  const extra = {
    GO_VERSION: '1',
    DOCKER_TAG: '1',
    V: '1',
    SECRET: 'x',
    DOCKER_HOST: 'tcp://x',
    BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP: '1',
  }
  const { answer } = await ask(
    "env | cut -d= -f1 | grep -vE '^(PWD|SHLVL|_|OLDPWD)$' | sort",
    { variables: ['V', 'W', 'GO_VERSION', 'DOCKER_TAG'] },
    extra,
  )
  assert.equal(answer, {
    kind: 'printed',
    text: 'BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP\nDOCKER_TAG\nGO_VERSION\nHOME\nPATH\nV\n',
  })
})

test('a variable of docker itself is not passed on', async () => {
  for (const name of [
    'DOCKER_HOST',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'LD_PRELOAD',
    'HTTPS_PROXY',
    'SSH_AUTH_SOCK',
  ]) {
    const { answer } = await ask('echo ran', { variables: [name] }, { [name]: 'x' })
    assert.equal(answer, { kind: 'failed', reason: `the variable ${name} is one of docker itself` })
    assert.equal((await ask('echo ran', { variables: [name] })).answer, { kind: 'printed', text: 'ran\n' })
  }
})

test('without docker or buildx, it is missing', async () => {
  assert.equal((await ask(undefined)).answer, { kind: 'missing' })
  for (const said of ['docker: unknown command: docker buildx', "docker: 'buildx' is not a docker command."])
    assert.equal((await ask(`echo "${said}" >&2; exit 1`)).answer, { kind: 'missing' }, said)
})

test('the reason of a failure is the last error', async () => {
  const script =
    'echo "#1 reading" >&2; echo "ERROR: a.hcl:2,1-3: Invalid expression" >&2; echo more >&2; exit 1'
  assert.equal((await ask(script)).answer, { kind: 'failed', reason: 'a.hcl:2,1-3: Invalid expression' })
  assert.equal((await ask('echo what >&2; exit 7')).answer, { kind: 'failed', reason: 'what' })
})

test('an output without end is stopped', async () => {
  const { answer } = await ask('exec cat /dev/zero')
  assert.equal(answer, { kind: 'failed', reason: 'it printed more than 16 MB' })
})

test('Ctrl-C ends it', async () => {
  const controller = new AbortController()
  controller.abort()
  const request = { args: [], files: [], variables: [] }
  const failure = await failureOf(() => bakeEvaluation({ PATH: '/nowhere' }, controller.signal)(request))
  assert.is(failure.code, 'interrupted')
})

test.run()

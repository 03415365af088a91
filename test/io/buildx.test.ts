import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertPolicyHonoured } from '../../src/io/buildx.ts'
import { failureOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/buildx')

/** What the parts say of themselves; absent: the command fails. */
interface Docker {
  readonly buildx?: string
  readonly builder?: string
  /** Client and server. */
  readonly versions?: string
}

/** A `docker` that answers the three questions so, and nothing else. */
function script({ buildx, builder, versions }: Docker): string {
  const answer = (text: string | undefined) =>
    text === undefined
      ? "echo 'cannot connect' >&2; exit 1"
      : `printf '%s\\n' '${text.replaceAll('\n', "' '")}'`
  return `#!/bin/sh
case "$*" in
  'buildx version') ${answer(buildx)} ;;
  'buildx inspect') ${answer(builder)} ;;
  'version --format '*) ${answer(versions)} ;;
  *) echo "asked: $*" >&2; exit 9 ;;
esac
`
}

function ask(docker: Docker | undefined, command: readonly string[] = ['docker', 'build', '.'], extra = {}) {
  const files = docker === undefined ? {} : { docker: script(docker) }
  return withFolder(files, async root => {
    if (docker !== undefined) chmodSync(join(root, 'docker'), 0o755)
    await assertPolicyHonoured(command, {
      cwd: root,
      signal: new AbortController().signal,
      env: { PATH: `${root}:/usr/bin:/bin`.replace(docker ? '' : ':/usr/bin:/bin', ''), ...extra },
    })
  })
}

const BUILDX = 'github.com/docker/buildx v0.11.0 687feca9e8dcd1534ac4c026bc4db5a49de0dd6e'
const ENGINE =
  'Name:   default\nDriver: docker\n\nNodes:\nName:   default\nStatus: running\nPlatforms: linux/amd64'
const CONTAINER = (version: string) =>
  `Name:   mine\nDriver: docker-container\n\nNodes:\nName: mine0\nStatus: running\nBuildKit version: ${version}\nPlatforms: linux/amd64`

const HONOURED: readonly [what: string, docker: Docker, command?: readonly string[]][] = [
  ['the oldest that do', { buildx: BUILDX, builder: ENGINE, versions: '25.0.0 25.0.0' }],
  [
    'newer ones',
    { buildx: BUILDX.replace('v0.11.0', 'v0.29.1'), builder: ENGINE, versions: '28.5.2 28.5.2' },
  ],
  [
    'words beside the numbers',
    {
      buildx: BUILDX.replace('v0.11.0', '0.17.1-desktop.1'),
      builder: ENGINE,
      versions: '27.3.1+dfsg1 25.0.3-ce',
    },
  ],
  [
    'a builder of its own before an old engine',
    { buildx: BUILDX, builder: CONTAINER('v0.12.0'), versions: '24.0.0 20.10.24' },
  ],
  [
    'as older inspect prints it',
    { buildx: BUILDX, builder: CONTAINER('v0.12.5').replace(' version', ''), versions: '24.0.0 24.0.0' },
  ],
  [
    'an old client, if it is buildx that builds',
    { buildx: BUILDX, builder: CONTAINER('v0.12.0'), versions: '20.10.24 20.10.24' },
    ['docker', 'buildx', 'build', '.'],
  ],
  [
    'another program that calls docker',
    { buildx: BUILDX, builder: ENGINE, versions: '25.0.0 25.0.0' },
    ['make', 'image'],
  ],
]
for (const [what, docker, command] of HONOURED) test(`honoured: ${what}`, () => ask(docker, command))

const REFUSED: readonly [what: string, docker: Docker, message: RegExp, code?: string][] = [
  [
    'an old buildx',
    { buildx: BUILDX.replace('v0.11.0', 'v0.10.5'), builder: ENGINE, versions: '25.0.0 25.0.0' },
    /^buildx v0\.10\.5 ignores/,
  ],
  [
    'an old engine',
    { buildx: BUILDX, builder: ENGINE, versions: '25.0.0 24.0.9' },
    /^Docker 24\.0\.9 ignores/,
  ],
  [
    'an old BuildKit',
    { buildx: BUILDX, builder: CONTAINER('v0.11.6'), versions: '25.0.0 25.0.0' },
    /BuildKit v0\.11\.6 ignores/,
  ],
  [
    'an old client',
    { buildx: BUILDX, builder: ENGINE, versions: '20.10.24 25.0.0' },
    /^docker build of Docker CLI 20\.10\.24/,
  ],
  ['no buildx', { builder: ENGINE, versions: '25.0.0 25.0.0' }, /docker buildx is not installed/],
  [
    'a builder that does not answer',
    { buildx: BUILDX, versions: '25.0.0 25.0.0' },
    /does not report its version: cannot connect/,
    'unreachable',
  ],
  [
    'an engine that does not answer',
    { buildx: BUILDX, builder: ENGINE },
    /does not report its version: cannot connect/,
    'unreachable',
  ],
  [
    'a builder without a version',
    {
      buildx: BUILDX,
      builder: CONTAINER('v0.12.0').replace(/BuildKit.*/, 'Error: x'),
      versions: '25.0.0 25.0.0',
    },
    /does not report its version/,
    'unreachable',
  ],
  [
    'a builder that does not know its version, such as the BuildKit in an engine',
    { buildx: BUILDX, builder: CONTAINER('v0.0.0+unknown'), versions: '25.0.0 25.0.0' },
    /^the builder does not report the version of its BuildKit, so it may ignore source policies$/,
  ],
  [
    'a buildx without a version',
    { buildx: 'github.com/docker/buildx', builder: ENGINE, versions: '25.0.0 25.0.0' },
    /ignores source policies|no version/,
  ],
]
for (const [what, docker, message, code = 'unsupported'] of REFUSED) {
  test(`refused: ${what}`, async () => {
    const error = await failureOf(() => ask(docker))
    assert.is(error.code, code)
    assert.match(error.message, message)
    assert.ok(error.hint)
  })
}

test('refused: no docker at all', async () =>
  assert.is((await failureOf(() => ask(undefined))).code, 'unsupported'))

test('refused: builders that know no policy', async () => {
  const docker = { buildx: BUILDX, builder: ENGINE, versions: '25.0.0 25.0.0' }
  for (const program of ['podman', '/usr/bin/buildah', 'podman.exe'])
    assert.match(
      (await failureOf(() => ask(docker, [program, 'build', '.']))).message,
      /does not support source policies/,
    )
  assert.match(
    (await failureOf(() => ask(docker, undefined, { DOCKER_BUILDKIT: '0' }))).message,
    /DOCKER_BUILDKIT=0/,
  )
})

test.run()

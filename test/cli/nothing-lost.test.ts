/** Bad input of every kind: one message for each problem, with where and what next, its exit code, and not a byte changed. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Behaviour, type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import type { Ran } from '../support/spawn.ts'
import { problemsOf } from './support/problems.ts'
import { type Project, withProject } from './support/project.ts'
import { runUnprivileged } from './support/unprivileged.ts'

const test = suite('nothing lost')

interface Trial {
  readonly project: Project
  readonly registry: EmbeddedRegistry
}

interface Bad {
  /** Makes it bad, in a project with `Dockerfile` (two images) and `web/Dockerfile` (one of them) and no lockfile. */
  readonly prepare: (trial: Trial) => void | Promise<void>
  readonly run?: (trial: Trial) => Promise<Ran>
  readonly code: number
  /** For each problem `where what`, and the next step. */
  readonly problems: readonly (readonly [RegExp, RegExp])[]
}

const LOCKFILE = 'docker-images.lock'

async function tryOut({ prepare, run, code, problems }: Bad): Promise<void> {
  const registry = await startRegistry()
  try {
    await withProject(async project => {
      registry.addImage('good', '1')
      registry.addImage('bad', '1')
      project.write('Dockerfile', `FROM ${registry.host}/good:1\nCOPY --from=${registry.host}/bad:1 / /\n`)
      project.write('web/Dockerfile', `FROM ${registry.host}/bad:1\n`, 0o755)
      const trial = { project, registry }
      await prepare(trial)
      const before = project.snapshot()
      const ran = await (run ?? (() => project.run([])))(trial)
      const said = `${ran.stdout}${ran.stderr}`
      assert.is(ran.code, code, said)
      assert.equal(project.snapshot(), before, said)
      const found = problemsOf(ran)
      assert.is(found.length, problems.length, said)
      problems.forEach(([what, next], index) => {
        const problem = found[index]
        const text = `${problem?.where} ${problem?.what}`.replaceAll(registry.host, 'R')
        assert.match(text, what, said)
        assert.match(problem?.next ?? '', next, said)
      })
      assert.not.match(said, /bug in dock-lock|\n {4}at /)
    })
  } finally {
    await registry.close()
  }
}

/** The registry misbehaves for the image `bad:1`; it is named in two places and is one problem. */
const byRegistry = (
  behaviour: Behaviour & { readonly method?: 'GET' },
  code: number,
  what: RegExp,
  next: RegExp,
): Bad => ({
  prepare: ({ registry }) => {
    const { method, ...rest } = behaviour
    registry.fault({ pathRegex: /bad/, ...(method !== undefined && { method }) }, rest as Behaviour)
  },
  code,
  problems: [
    [new RegExp(`^Dockerfile:2:13 unresolvable {2}R/bad:1: ${what.source}.*also web/Dockerfile:1:6`), next],
  ],
})

const cases: Readonly<Record<string, Bad>> = {
  'a tag that does not exist': byRegistry(
    { kind: 'status', status: 404 },
    1,
    /R has no such image/,
    /Check its name/,
  ),
  unauthorized: byRegistry(
    { kind: 'status', status: 401 },
    1,
    /R does not let us pull it \(401\)/,
    /docker login/,
  ),
  denied: byRegistry({ kind: 'status', status: 403 }, 1, /R denies access \(403\)/, /docker login/),
  'too many requests': byRegistry(
    { kind: 'status', status: 429, headers: { 'retry-after': '3600' } },
    1,
    /R limits requests \(429\); it says to come back in 1 h/,
    /Try again later/,
  ),
  'a registry out of order': byRegistry(
    { kind: 'status', status: 503 },
    3,
    /R answered with status 503/,
    /again/,
  ),
  'a registry that closes every connection': byRegistry(
    { kind: 'close' },
    3,
    /the connection to R broke/,
    /./,
  ),
  'a registry that resets connections': byRegistry({ kind: 'reset' }, 3, /the connection to R broke/, /./),
  'an answer cut short': byRegistry({ kind: 'truncate' }, 3, /the connection to R broke/, /./),
  'bytes that are not those of the digest': byRegistry(
    { kind: 'wrong-body' },
    1,
    /R sent something else than sha256:[0-9a-f]{12} names/,
    /nothing was taken/,
  ),
  'a digest that nothing stands behind': byRegistry({ kind: 'wrong-digest' }, 1, /R has no such image/, /./),
  'an answer too big to be a manifest': byRegistry({ kind: 'oversize' }, 1, /R sent more than 4 MiB/, /./),
  'an index that is no JSON': {
    prepare: ({ registry }) => {
      const body = Buffer.from('{"manifests": [')
      registry.addManifest('bad', '1', { mediaType: 'application/vnd.oci.image.index.v1+json', body })
    },
    code: 1,
    problems: [
      [/^Dockerfile:2:13 unresolvable {2}R\/bad:1: R has it, but sha256:\w+ is no JSON/, /name another/],
    ],
  },
  'redirects without end': byRegistry(
    { kind: 'redirect', to: 'loop' },
    3,
    /R redirects more than 5 times/,
    /./,
  ),
  'a redirect to no http': byRegistry(
    { kind: 'redirect', to: 'ftp://127.0.0.1/x' },
    3,
    /R redirects to something/,
    /./,
  ),
  'terminal escapes in an answer': byRegistry(
    { kind: 'control-characters', method: 'GET' },
    1,
    /R denies access \(403\): "denied\\x1b\[2J\\x1b\]0;title\\x07\\x0d\\x0aforged: line/,
    /docker login/,
  ),
  'two bad images, both told': {
    prepare: ({ registry }) => {
      registry.fault({ pathRegex: /bad/ }, { kind: 'status', status: 404 })
      registry.fault({ pathRegex: /good/ }, { kind: 'status', status: 403 })
    },
    code: 1,
    problems: [
      [/^Dockerfile:1:6 unresolvable {2}R\/good:1: R denies/, /login/],
      [/^Dockerfile:2:13 unresolvable {2}R\/bad:1: R has no such image/, /Check/],
    ],
  },
  'a registry that is down': {
    prepare: ({ registry }) => registry.down(),
    code: 3,
    problems: [
      [
        /^Dockerfile:1:6 unresolvable {2}R\/good:1 and R\/bad:1: R refused the connection \(also Dockerfile:2:13, /,
        /network/,
      ],
    ],
  },
  'a file that is no Dockerfile': {
    prepare: ({ project }) => project.write('web/Dockerfile', 'import os\n'),
    code: 2,
    problems: [[/^web\/Dockerfile:1:1 malformed {2}unknown instruction: import/, /mend/]],
  },
  'a name that is none': {
    prepare: ({ project, registry }) => project.write('web/Dockerfile', `FROM ${registry.host}/Bad:1\n`),
    code: 2,
    problems: [[/^web\/Dockerfile:1:6 malformed {2}.*must be lower case/, /mend/]],
  },
  'a malformed file, told with --dry-run, too': {
    prepare: ({ project }) => project.write('web/Dockerfile', 'FROM a b\n'),
    run: ({ project }) => project.run(['--dry-run']),
    code: 2,
    problems: [[/^web\/Dockerfile:1:1 malformed {2}FROM requires either one or three arguments/, /mend/]],
  },
  'a file in UTF-16': {
    prepare: ({ project }) => project.write('web/Dockerfile', Buffer.from('\ufeffFROM a\n', 'utf16le')),
    code: 2,
    problems: [[/^web\/Dockerfile:1:1 malformed .*UTF-16/, /Save it as UTF-8/]],
  },
  'a lockfile with merge conflict markers': {
    prepare: ({ project }) =>
      project.write(LOCKFILE, 'lockfileVersion: 1\n<<<<<<< ours\nimages: {}\n=======\n'),
    code: 2,
    problems: [[/^docker-images.lock:2:1 the file has an unresolved merge conflict/, /Keep one side/]],
  },
  'a lockfile of the future': {
    prepare: ({ project }) => project.write(LOCKFILE, 'lockfileVersion: 7\nimages: {}\n'),
    code: 2,
    problems: [[/^docker-images.lock:1:1 lockfileVersion 7 is newer/, /Update dock-lock/]],
  },
  'a lockfile with a key twice': {
    prepare: ({ project }) => project.write(LOCKFILE, 'lockfileVersion: 1\nimages: {}\nimages: {}\n'),
    code: 2,
    problems: [[/^docker-images.lock:3:1 this key is duplicated/, /Restore the file/]],
  },
  'a lockfile that is a folder': {
    prepare: ({ project }) => void mkdirSync(project.path(LOCKFILE)),
    code: 2,
    problems: [
      [
        /^docker-images.lock:1:1 docker-images.lock cannot be read: it is a directory/,
        /must be a regular file/,
      ],
    ],
  },
  'a config that is wrong': {
    prepare: ({ project }) => project.write('.dock-lock.yaml', 'platforms: yes\n'),
    code: 2,
    problems: [[/^.dock-lock.yaml:1:1 "platforms" must be a list/, /schema/]],
  },
  'a Docker config that is no JSON': {
    prepare: ({ project, registry }) => {
      project.write('../home/.docker/config.json', '{"auths": {"x": {"auth": "c2VjcmV0')
      registry.fault({ pathRegex: /bad/ }, { kind: 'status', status: 401 })
    },
    run: ({ project }) => project.run([]),
    code: 1,
    problems: [
      [
        /^Dockerfile:2:13 unresolvable {2}R\/bad:1: \/.*\/.docker\/config.json gives no credentials: it is not valid JSON.*also web\/Dockerfile:1:6/,
        /docker login/,
      ],
    ],
  },
  'a Dockerfile that is read-only': {
    prepare: ({ project }) => chmodSync(project.path('web/Dockerfile'), 0o444),
    code: 2,
    problems: [
      [
        /^web\/Dockerfile:1:1 web\/Dockerfile cannot be written: the file or its folder is read-only/,
        /again/,
      ],
    ],
  },
  'a lockfile that is read-only': {
    prepare: ({ project }) => project.write(LOCKFILE, 'lockfileVersion: 1\nimages: {}\n', 0o444),
    code: 2,
    problems: [[/^docker-images.lock:1:1 docker-images.lock cannot be written: the file or its/, /again/]],
  },
  'a folder that is read-only': {
    prepare: ({ project }) => chmodSync(project.path('web'), 0o555),
    run: ({ project }) => runUnprivileged(project, []),
    code: 2,
    problems: [
      [
        /^web\/Dockerfile:1:1 web\/Dockerfile cannot be written: the file or its folder is read-only/,
        /again/,
      ],
    ],
  },
  'a Dockerfile that cannot be read': {
    prepare: ({ project }) => chmodSync(project.path('web/Dockerfile'), 0o200),
    run: ({ project }) => runUnprivileged(project, []),
    code: 2,
    problems: [[/^web\/Dockerfile:1:1 malformed {2}web\/Dockerfile cannot be read: /, /./]],
  },
  'a lockfile that cannot be read': {
    prepare: ({ project }) => project.write(LOCKFILE, 'lockfileVersion: 1\nimages: {}\n', 0o200),
    run: ({ project }) => runUnprivileged(project, []),
    code: 2,
    problems: [[/^docker-images.lock:1:1 docker-images.lock cannot be read: /, /you may read/]],
  },
  'a file that grows too big for its quota': {
    prepare: ({ project, registry }) =>
      project.write('web/Dockerfile', `FROM ${registry.host}/bad:1\n${'# x\n'.repeat(1024)}`),
    // In units of 512 bytes: the lockfile fits, web/Dockerfile does not.
    run: ({ project }) =>
      project.exec('sh', ['-c', `ulimit -f 4; exec ${project.command.map(word => `'${word}'`).join(' ')}`]),
    code: 2,
    problems: [[/^web\/Dockerfile:1:1 web\/Dockerfile cannot be written: EFBIG/, /again/]],
  },
  'a lockfile that leads out of the project': {
    prepare: ({ project }) => {
      project.write('../elsewhere', 'lockfileVersion: 1\nimages: {}\n')
      symlinkSync('../elsewhere', project.path(LOCKFILE))
    },
    code: 2,
    problems: [
      [/^docker-images.lock:1:1 docker-images.lock cannot be read: it is a symbolic link to outside/, /./],
    ],
  },
  'no Dockerfile at all': {
    prepare: ({ project }) => {
      rmSync(project.path('Dockerfile'))
      rmSync(project.path('web'), { recursive: true })
    },
    code: 2,
    problems: [[/^ no Dockerfile found here/, /Name one/]],
  },
}

for (const [name, bad] of Object.entries(cases)) test(name, () => tryOut(bad))

for (const command of ['check', 'unpin', 'verify', 'pull', 'policy']) {
  test(`a lockfile that cannot be trusted stops ${command}`, () =>
    tryOut({
      prepare: ({ project }) => project.write(LOCKFILE, 'lockfileVersion: 1\nimages: []\n'),
      run: ({ project }) => project.run([command]),
      code: 2,
      problems: [[/^docker-images.lock:2:1 "images" must be a mapping/, /Restore/]],
    }))
}

test.run()

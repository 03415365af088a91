/**
 * Each signal that ends a run ends it at once, whatever it waits for: nothing that it started is left, nor a temporary file. What files
 * hold afterwards, and what is said of them, interrupt.test.ts looks at.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRegistry } from '../support/registry/index.ts'
import { startEngine } from './support/engine.ts'
import { problemsOf } from './support/problems.ts'
import { type Project, withProject } from './support/project.ts'
import { until } from './support/until.ts'

const test = suite('signals')
const DEAF_NAMES = fileURLToPath(new URL('support/deaf-names.cjs', import.meta.url))
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A program that ignores every signal, as does one that it starts; both write their numbers down, a line for each. */
const STUBBORN = (pids: string) => `#!/bin/sh
trap '' INT TERM HUP
sh -c "trap '' INT TERM HUP; echo \\$\\$ >> '${pids}'; while :; do sleep 1; done" &
echo $$ >> '${pids}'
while :; do sleep 1; done
`

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

interface Trial {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The program that hangs; absent: something else does. */
  readonly program?: string
  /** Whether the run waits, where no program does. */
  readonly waits?: () => boolean
}

async function interrupt(project: Project, kill: NodeJS.Signals, trial: Trial): Promise<void> {
  const pids = project.path('../pids')
  const { args, env = {}, program, waits } = trial
  if (program !== undefined) project.write(`../bin/${program}`, STUBBORN(pids), 0o755)
  const running = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [])
  const before = project.snapshot()
  const PATH = `${project.path('../bin')}:${process.env.PATH}`
  // Longer than a busy machine needs, and far shorter than any time-out of ours.
  const { child, ended } = project.start(args, { env: { PATH, ...env }, timeoutMs: 25_000 })
  await until(waits ?? (() => running().length >= 2), 'the run to wait', 20)
  child.kill(kill)
  const ran = await ended
  assert.is(ran.code, 130, `${ran.signal} ${ran.stdout}${ran.stderr}`)
  assert.is(problemsOf(ran)[0]?.what, 'interrupted')
  await until(() => !running().some(isRunning), 'what it started to end')
  assert.equal(project.snapshot(), before)
  assert.equal(
    readdirSync(project.path('..')).filter(name => name.startsWith('dock-lock-')),
    [],
  )
}

const DOCKERFILE = 'FROM registry.invalid/alpine:3.23\n'
const LOCKFILE = `lockfileVersion: 1
images:
  registry.invalid/alpine:3.23:
    digest: sha256:${'a'.repeat(64)}
    mediaType: application/vnd.oci.image.index.v1+json
`

for (const kill of SIGNALS) {
  const each = (what: string, body: (project: Project) => Promise<void>) =>
    test(`${kill} while ${what}`, () =>
      withProject(async project => {
        project.write('Dockerfile', DOCKERFILE)
        await body(project)
      }))

  each('git hangs', project => interrupt(project, kill, { args: ['check'], program: 'git' }))

  each('git hangs that is asked for what is staged', project =>
    interrupt(project, kill, { args: ['check', '--staged'], program: 'git' }),
  )

  each('ssh hangs', project => {
    project.write('docker-images.lock', LOCKFILE)
    return interrupt(project, kill, { args: ['verify', '--host', 'ssh://engine'], program: 'ssh' })
  })

  each('docker buildx hangs that is asked for a builder', project => {
    project.write(
      '../home/.docker/buildx/instances/farm',
      '{"Name":"farm","Driver":"docker-container","Nodes":[]}',
    )
    project.write('docker-images.lock', LOCKFILE)
    return interrupt(project, kill, { args: ['verify', '--builder', 'farm'], program: 'docker' })
  })

  each('docker buildx hangs that is asked for its version', project => {
    project.write('docker-images.lock', LOCKFILE)
    return interrupt(project, kill, { args: ['run', '--', 'docker', 'build', '.'], program: 'docker' })
  })

  each('an engine says the same of a pull without end', async project => {
    project.write('docker-images.lock', LOCKFILE)
    const engine = await startEngine(project.path('../engine.sock'))
    try {
      engine.pulls = 'repeat'
      const waits = () => engine.requests.some(request => request.startsWith('POST /images/create'))
      await interrupt(project, kill, { args: ['pull'], env: { DOCKER_HOST: engine.host }, waits })
    } finally {
      await engine.close()
    }
  })

  for (const [what, fault, program] of [
    ['a registry hangs', { kind: 'hang', at: 'headers' }, undefined],
    ['a credential helper hangs', { kind: 'status', status: 401 }, 'docker-credential-slow'],
  ] as const)
    each(what, async project => {
      const registry = await startRegistry({ answerAnything: true })
      try {
        registry.fault({}, fault)
        project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\n`)
        const trial = { args: ['--no-verify'] }
        if (program === undefined)
          return await interrupt(project, kill, { ...trial, waits: () => registry.requests.length > 0 })
        project.write('../home/.docker/config.json', '{"credsStore": "slow"}')
        await interrupt(project, kill, { ...trial, program })
      } finally {
        await registry.close()
      }
    })

  for (const args of [['check', '--registry'], ['outdated'], ['update']])
    each(`${args.join(' ')} asks a registry that hangs`, async project => {
      const registry = await startRegistry({ answerAnything: true })
      try {
        project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\n`)
        assert.is((await project.runHere(['--no-verify'])).code, 0)
        registry.fault({}, { kind: 'hang', at: 'headers' })
        registry.clear()
        await interrupt(project, kill, { args, waits: () => registry.requests.length > 0 })
      } finally {
        await registry.close()
      }
    })

  each('a name is looked up, which nobody can call off', project => {
    const log = project.path('../names')
    const env = { NODE_OPTIONS: `--require ${DEAF_NAMES}`, NAMES_LOG: log }
    return interrupt(project, kill, { args: ['--no-verify'], env, waits: () => existsSync(log) })
  })
}

test.run()

/** Outputs that cannot be written to: the exit code is what is documented all the same. */
import { existsSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commands } from '../../src/commands/index.ts'
import { startEngine } from './support/engine.ts'
import { type Project, withProject } from './support/project.ts'

const test = suite('outputs')
const hasFull = existsSync('/dev/full')

/** The exit code of the command with these redirections of a shell. */
async function codeOf(
  { exec, command, root }: Project,
  args: string,
  redirected: string,
  env = {},
): Promise<number | null> {
  const line = `exec ${command.map(word => `'${word}'`).join(' ')} ${args} ${redirected}`
  return (await exec('sh', ['-c', line], { cwd: root, env })).code
}

const FULL = ['2>/dev/full', '>/dev/full', '>/dev/full 2>/dev/full'] as const
const tail = (name: string) => (name === 'run' ? '-- true' : '')

for (const name of hasFull ? Object.keys(commands) : [])
  test(`${name}: a usage error is 2 whatever becomes of its message`, () =>
    withProject(async project => {
      for (const redirected of ['', ...FULL])
        assert.is(await codeOf(project, `${name} --nonsense ${tail(name)}`, redirected), 2, redirected)
    }))

test('findings and errors keep their code where stderr is full', () =>
  withProject(async project => {
    if (!hasFull) return
    project.write('Dockerfile', 'FROM alpine:3\n')
    project.write('docker-images.lock', 'lockfileVersion: 1\nimages: {}\n')
    assert.is(await codeOf(project, 'check', '2>/dev/full'), 1)
    assert.is(await codeOf(project, 'check --debug', '2>/dev/full'), 1)
    assert.is(await codeOf(project, 'verify', '2>/dev/full'), 3)
    assert.is(await codeOf(project, '--version', '2>/dev/full'), 0)
    // The result itself is lost: it cannot run.
    assert.is(await codeOf(project, 'check', '>/dev/full'), 2)
    assert.is(await codeOf(project, 'check --json', '>/dev/full 2>&1'), 2)
  }))

test('a reader that stops early changes no exit code, on either output', () =>
  withProject(async project => {
    project.write('Dockerfile', 'FROM alpine:3\n')
    project.write('docker-images.lock', 'lockfileVersion: 1\nimages: {}\n')
    // The code travels on another descriptor than the pipe that is closed.
    const into = async (args: string, pipe: string) => {
      const words = project.command.map(word => `'${word}'`).join(' ')
      const line = `exec 9>&1; { sleep 0.1; ${words} ${args} ${pipe}; echo $? >&9; } | exec true`
      return (await project.exec('sh', ['-c', line])).stdout.trim()
    }
    for (const [args, code] of [
      ['check', '1'],
      ['check --json', '1'],
      ['check --debug', '1'],
      ['--help', '0'],
      ['--nonsense', '2'],
      ['verify', '3'],
    ] as const) {
      assert.is(await into(args, ''), code, args)
      assert.is(await into(args, '2>&1'), code, `${args} 2>&1`)
      assert.is(await into(args, '2>&1 >/dev/null'), code, `${args} 2>&1 >/dev/null`)
    }
  }))

test('a pull does its work where its progress cannot be written', () =>
  withProject(async project => {
    if (!hasFull) return
    const digest = `sha256:${'a'.repeat(64)}`
    project.write('Dockerfile', `FROM alpine:3@${digest}\n`)
    project.write(
      'docker-images.lock',
      `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3:\n    digest: ${digest}\n    mediaType: application/vnd.oci.image.index.v1+json\n    platforms:\n      linux/amd64: ${digest}\n`,
    )
    const engine = await startEngine(project.path('../engine.sock'))
    try {
      assert.is(await codeOf(project, 'pull', '2>/dev/full', { DOCKER_HOST: engine.host }), 0)
      assert.match(engine.list(), /alpine:3/)
    } finally {
      await engine.close()
    }
  }))

test.run()

/** Whatever happens while files are written: whole files, all or nothing, and the next run mends the rest. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI } from '../support/cli.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import { type Ran, runProgram } from '../support/spawn.ts'
import { withCommandProcess } from './support/command-process.ts'
import { type Project, sweep, withProject } from './support/project.ts'

const test = suite('crash')
const TROUBLE = fileURLToPath(new URL('support/trouble.cjs', import.meta.url))
const FILES = ['Dockerfile', 'web/Dockerfile'] as const
const LOCKFILE = 'docker-images.lock'

interface Trial {
  readonly project: Project
  readonly registry: EmbeddedRegistry
  /** The files as they are before, and as a run leaves them. */
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
  reset(): void
  run(env: Readonly<Record<string, string>>): Promise<Ran>
}

/** A project of two Dockerfiles whose lockfile gets one image more. */
async function withTrial(body: (trial: Trial) => Promise<void>): Promise<void> {
  const registry = await startRegistry({ answerAnything: true })
  try {
    await withProject(async project => {
      const args = ['--no-verify']
      project.write('Dockerfile', `FROM ${registry.reference('alpine', '3.23')}\n`)
      assert.is((await project.runHere(args)).code, 0)
      const lockfile = project.read(LOCKFILE)
      const reset = () => {
        project.write(
          FILES[0],
          `FROM ${registry.reference('alpine', '3.23')}\nFROM ${registry.host}/node\n`,
          0o640,
        )
        project.write(FILES[1], `FROM ${registry.host}/node\n`, 0o755)
        project.write(LOCKFILE, lockfile, 0o600)
      }
      reset()
      const before = project.snapshot()
      assert.is((await project.runHere(args)).code, 0)
      const after = project.snapshot()
      const run = (env: Readonly<Record<string, string>>) =>
        project.run(args, { env: { ...env, NODE_OPTIONS: `--require ${TROUBLE}` } })
      await body({ project, registry, before, after, reset, run })
    })
  } finally {
    await registry.close()
  }
}

/** The files themselves, without what a killed process left beside them. */
function lasting(tree: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !/\.(tmp|old)$/.test(path)))
}

test('killed at any moment of the writing, every file is whole, and the next run ends where an undisturbed one does', () =>
  withTrial(async ({ project, before, after, reset, run }) => {
    const seen = new Set<string>()
    for (let moment = 1; ; moment++) {
      reset()
      const { signal, code } = await run({
        TROUBLE: 'kill',
        TROUBLE_AT: String(moment),
        TROUBLE_FOR: 'open link rename unlink',
      })
      if (signal === null) {
        assert.is(code, 0)
        assert.ok(moment > 12, `only ${moment - 1} moments`)
        break
      }
      const now = lasting(project.snapshot())
      const state = [LOCKFILE, ...FILES].map(file => {
        assert.ok(
          now[file] === before[file] || now[file] === after[file],
          `${file} at moment ${moment}: ${now[file]}`,
        )
        return now[file] === after[file] ? 'new' : 'old'
      })
      assert.not.match(
        state.join(' '),
        /^old.*new/,
        'a digest stands in a file that the lockfile does not know',
      )
      if (!seen.has(state.join(' '))) {
        const again = await project.runHere(['--no-verify'])
        assert.is(again.code, 0, again.stderr)
        // What the killed run left is gone, too.
        assert.equal(project.snapshot(), after)
      }
      seen.add(state.join(' '))
      sweep(project.root)
    }
    assert.ok(seen.size >= 4, [...seen].join(', '))
  }))

test('whatever operation fails, all is written or nothing is', () =>
  withTrial(async ({ project, before, after, reset }) => {
    await withCommandProcess(project.env, ['--require', TROUBLE], async command => {
      let failures = 0
      for (let moment = 1; ; moment++) {
        reset()
        const log = project.path('../log')
        rmSync(log, { force: true })
        const trouble = { TROUBLE: 'EIO', TROUBLE_AT: String(moment), TROUBLE_LOG: log }
        const { code, stdout, stderr } = await command.run(['--no-verify'], {
          cwd: project.root,
          env: { ...project.env, ...trouble },
        })
        const operations = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
        const struck = operations[moment - 1]
        const now = project.snapshot()
        if (code === 0) {
          assert.equal(lasting(now), after, struck)
        } else {
          failures++
          assert.is(code, 2, `${struck}: ${stdout}${stderr}`)
          assert.match(
            stderr,
            /^dock-lock: \S+: \S+ cannot be written: .*; nothing was written\n {4}→ \S.*\n$/,
            struck,
          )
          assert.equal(lasting(now), before, struck)
        }
        // Only what could not be taken away may be left.
        if (!struck?.includes(' unlink ')) assert.equal(now, lasting(now), struck)
        sweep(project.root)
        if (struck === undefined) break
      }
      assert.ok(failures >= 9, String(failures))
    })
  }))

test('on a file system without hard links, files are written all the same', () =>
  withTrial(async ({ project, after, reset, run }) => {
    reset()
    const { code, stderr } = await run({ TROUBLE: 'EPERM', TROUBLE_AT: 'all', TROUBLE_FOR: 'link' })
    assert.is(code, 0, stderr)
    assert.equal(project.snapshot(), after)
  }))

if (existsSync('/dev/full'))
  test('a disk that is full of its output is told, and is no finding', () =>
    withProject(async project => {
      project.write('Dockerfile', 'FROM scratch\n')
      const command = `exec "${process.execPath}" "${CLI}" check --json >/dev/full`
      const { code, stderr } = await runProgram('sh', ['-c', command], { cwd: project.root })
      assert.is(code, 2)
      assert.is(stderr, 'dock-lock: cannot write to stdout (ENOSPC)\n')
    }))

test.run()

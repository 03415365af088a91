/** `update` in trouble: killed, failing and full disks, files that cannot be written. Files and lockfile are old or new, never torn. */
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startRegistry } from '../support/registry/index.ts'
import type { Ran } from '../support/spawn.ts'
import { withCommandProcess } from './support/command-process.ts'
import { problemsOf } from './support/problems.ts'
import { type Project, sweep, withProject } from './support/project.ts'
import { fillDisk, withSmallDisk } from './support/small-disk.ts'
import { runUnprivileged } from './support/unprivileged.ts'

const test = suite('update in trouble')
const TROUBLE = fileURLToPath(new URL('support/trouble.cjs', import.meta.url))
const FILES = ['Dockerfile', 'web/Dockerfile'] as const
const LOCKFILE = 'docker-images.lock'
const ARGS = ['update', '--semver', 'minor', '--no-verify', '--no-pull']

interface Trial {
  readonly project: Project
  /** The files as they are before the update, and as it leaves them. */
  readonly before: Readonly<Record<string, string>>
  readonly after: Readonly<Record<string, string>>
  reset(): void
  run(env?: Readonly<Record<string, string>>): Promise<Ran>
}

/** Two locked Dockerfiles; since then, one tag got another digest, and one image a newer tag. */
async function withTrial(body: (trial: Trial) => Promise<void>, at?: string): Promise<void> {
  const registry = await startRegistry()
  try {
    await withProject(async project => {
      registry.addImage('alpine', '3.23')
      registry.addImage('node', '24.1')
      project.write(
        FILES[0],
        `FROM ${registry.host}/alpine:3.23\nCOPY --from=${registry.host}/node:24.1 / /\n`,
        0o640,
      )
      project.write(FILES[1], `ARG V=24.1\nFROM ${registry.host}/node:\${V}\n`, 0o755)
      const locked = await project.runHere(['--no-verify'])
      assert.is(locked.code, 0, locked.stdout + locked.stderr)
      registry.moveTag('alpine', '3.23')
      registry.addImage('node', '24.2', { revision: 1 })
      const texts = [...FILES, LOCKFILE].map(file => [file, project.read(file)] as const)
      const modes = [0o640, 0o755, 0o600]
      const reset = () => {
        for (const [index, [file, text]] of texts.entries()) project.write(file, text, modes[index])
      }
      reset()
      const before = project.snapshot()
      const updated = await project.runHere(ARGS)
      assert.is(updated.code, 0, updated.stdout + updated.stderr)
      const after = project.snapshot()
      for (const file of [...FILES, LOCKFILE]) assert.is.not(after[file], before[file])
      reset()
      const run = (env: Readonly<Record<string, string>> = {}) =>
        project.run(ARGS, {
          env: Object.keys(env).length === 0 ? {} : { ...env, NODE_OPTIONS: `--require ${TROUBLE}` },
        })
      await body({ project, before, after, reset, run })
    }, at)
  } finally {
    await registry.close()
  }
}

/** The files themselves, without what a killed process left beside them. */
function lasting(tree: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !/\.(tmp|old)$/.test(path)))
}

test('killed at any moment of the writing: each file is old or new, the lockfile first, and the next update ends the work', () =>
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
      assert.equal(Object.keys(now), Object.keys(before))
      const state = [LOCKFILE, ...FILES].map(file => {
        const isNew = now[file] === after[file]
        assert.ok(isNew || now[file] === before[file], `${file} at moment ${moment}: ${now[file]}`)
        return isNew ? 'new' : 'old'
      })
      assert.not.match(state.join(' '), /^old.*new/, 'a file has a digest that the lockfile does not know')
      if (!seen.has(state.join(' '))) {
        const again = await run()
        assert.is(again.code, 0, again.stdout + again.stderr)
        // Including what the killed run left beside the files.
        assert.equal(project.snapshot(), after)
      }
      seen.add(state.join(' '))
      sweep(project.root)
    }
    assert.ok(seen.size >= 4, [...seen].join(', '))
  }))

test('whichever operation fails, everything is written or nothing', () =>
  withTrial(async ({ project, before, after, reset }) => {
    await withCommandProcess(project.env, ['--require', TROUBLE], async command => {
      let failures = 0
      const log = project.path('../log')
      for (let moment = 1; ; moment++) {
        reset()
        rmSync(log, { force: true })
        const trouble = { TROUBLE: 'EIO', TROUBLE_AT: String(moment), TROUBLE_LOG: log }
        const ran = await command.run(ARGS, { cwd: project.root, env: { ...project.env, ...trouble } })
        const operations = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
        const struck = operations[moment - 1]
        if (ran.code !== 0) {
          failures++
          assert.is(ran.code, 2, `${struck}: ${ran.stdout}${ran.stderr}`)
          const [problem, ...others] = problemsOf(ran)
          assert.equal(others, [])
          assert.match(problem?.what ?? '', /cannot be written: .*; nothing was written$/, struck)
          assert.ok(problem?.next)
        }
        assert.equal(lasting(project.snapshot()), ran.code === 0 ? after : before, struck)
        sweep(project.root)
        if (struck === undefined) break
      }
      assert.ok(failures >= 9, String(failures))
    })
  }))

const READ_ONLY: Readonly<Record<string, (project: Project) => void>> = {
  'a Dockerfile': project => chmodSync(project.path(FILES[1]), 0o444),
  'a folder': project => chmodSync(project.path('web'), 0o555),
  'the lockfile': project => chmodSync(project.path(LOCKFILE), 0o444),
}

for (const [name, prepare] of Object.entries(READ_ONLY))
  test(`${name} that is read-only: nothing is written`, () =>
    withTrial(async ({ project }) => {
      prepare(project)
      const before = project.snapshot()
      const ran = await runUnprivileged(project, ARGS)
      assert.equal(project.snapshot(), before)
      chmodSync(project.path('web'), 0o755)
      assert.is(ran.code, 2, ran.stdout + ran.stderr)
      const [problem, ...others] = problemsOf(ran)
      assert.equal(others, [])
      assert.match(problem?.what ?? '', /cannot be written: the file or its folder is read-only/)
      assert.match(problem?.what ?? '', /nothing was written$/)
      assert.match(problem?.next ?? '', /again/)
    }))

test('a disk that is full: nothing is written', async () => {
  const check = (free: number, folder: string) =>
    withTrial(async ({ project, before, run }) => {
      const empty = fillDisk(folder, free)
      const ran = await run()
      empty()
      assert.is(ran.code, 2, ran.stdout + ran.stderr)
      assert.equal(project.snapshot(), before)
      const [problem, ...others] = problemsOf(ran)
      assert.equal(others, [])
      assert.match(problem?.what ?? '', /cannot be written: the disk is full; nothing was written/)
      assert.match(problem?.next ?? '', /Free some space/)
    }, folder)
  const isMounted = await withSmallDisk(32, async folder => {
    for (const pages of [0, 1, 2]) await check(pages, folder)
  })
  if (!isMounted) console.log('  (no small disk could be mounted here)')
})

test.run()

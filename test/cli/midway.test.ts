/** What happens to the files while dock-lock runs: by somebody else, by another dock-lock, by a disk that fills up. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import { withCommandProcess } from './support/command-process.ts'
import { problemsOf } from './support/problems.ts'
import { type Project, withProject } from './support/project.ts'
import { fillDisk, withSmallDisk } from './support/small-disk.ts'

const test = suite('midway')
const LOCKFILE = 'docker-images.lock'

async function withTrial(
  body: (project: Project, registry: EmbeddedRegistry) => Promise<void>,
  at?: string,
): Promise<void> {
  const registry = await startRegistry({ answerAnything: true })
  try {
    await withProject(async project => {
      project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\n`)
      project.write('web/Dockerfile', `FROM ${registry.host}/node:24\n`, 0o700)
      await body(project, registry)
    }, at)
  } finally {
    await registry.close()
  }
}

const happenings: Readonly<
  Record<string, { readonly happen: (project: Project) => void; readonly says: RegExp }>
> = {
  'a file vanishes': {
    happen: project => rmSync(project.path('Dockerfile')),
    says: /^Dockerfile cannot be written: it was removed; nothing was written/,
  },
  'a file is changed': {
    happen: project => project.write('web/Dockerfile', 'FROM scratch\n'),
    says: /^web\/Dockerfile was changed by another program while dock-lock ran; nothing was written/,
  },
  'a folder vanishes': {
    happen: project => rmSync(project.path('web'), { recursive: true }),
    says: /^web\/Dockerfile cannot be written: it was removed; nothing was written/,
  },
  'a lockfile appears': {
    happen: project => project.write(LOCKFILE, 'lockfileVersion: 1\nimages: {}\n'),
    says: /^docker-images.lock was changed by another program while dock-lock ran; nothing was written/,
  },
  'a file becomes a folder': {
    happen: project => {
      rmSync(project.path('Dockerfile'))
      mkdirSync(project.path('Dockerfile'))
    },
    says: /^Dockerfile .*; nothing was written/,
  },
  'a file becomes a link to another': {
    happen: project => {
      rmSync(project.path('Dockerfile'))
      project.write('../elsewhere', 'FROM scratch\n')
      symlinkSync('../elsewhere', project.path('Dockerfile'))
    },
    says: /^Dockerfile was changed by another program while dock-lock ran; nothing was written/,
  },
}

for (const [name, { happen, says }] of Object.entries(happenings)) {
  test(`${name} while the registry is asked: nothing is written, and what happened stays`, () =>
    withTrial(async (project, registry) => {
      let tree: ReturnType<Project['snapshot']> | undefined
      registry.fault(
        () => {
          if (tree === undefined) {
            happen(project)
            tree = project.snapshot()
          }
          return false
        },
        { kind: 'close' },
      )
      const ran = await project.run([])
      assert.is(ran.code, 2, ran.stdout + ran.stderr)
      assert.equal(project.snapshot(), tree)
      const [problem, ...others] = problemsOf(ran)
      assert.equal(others, [])
      assert.match(problem?.what ?? '', says)
      assert.match(problem?.next ?? '', /run dock-lock again/i)
    }))
}

test('two runs at once in one project: it ends as after one, and at most one complains', () =>
  withTrial(async (project, registry) => {
    const start = project.snapshot()
    const args = ['--no-verify']
    assert.is((await project.runHere(args)).code, 0)
    const end = project.snapshot()
    const { env } = project
    await withCommandProcess(env, [], one =>
      withCommandProcess(env, [], async other => {
        for (let round = 0; round < 20; round++) {
          rmSync(project.path(LOCKFILE))
          project.write('Dockerfile', `FROM ${registry.host}/alpine:3.23\n`)
          project.write('web/Dockerfile', `FROM ${registry.host}/node:24\n`)
          assert.equal(project.snapshot(), start)
          const both = await Promise.all([one, other].map(each => each.run(args, { cwd: project.root, env })))
          assert.equal(project.snapshot(), end, `round ${round}`)
          const bad = both.filter(({ code }) => code !== 0)
          assert.ok(bad.length <= 1, bad.map(({ stderr }) => stderr).join('\n'))
          for (const { code, stderr } of bad) {
            assert.is(code, 2)
            assert.match(
              stderr,
              /was changed by another program while dock-lock ran; nothing was written\n {4}→ Run dock-lock again\n$/,
            )
          }
        }
      }),
    )
  }))

test('a disk that is full: nothing is written', async () => {
  const check = async (free: number, folder: string) =>
    withTrial(async project => {
      const empty = fillDisk(folder, free)
      const before = project.snapshot()
      const ran = await project.run(['--no-verify'])
      empty()
      assert.is(ran.code, 2, ran.stdout + ran.stderr)
      assert.equal(project.snapshot(), before)
      const [problem, ...others] = problemsOf(ran)
      assert.equal(others, [])
      assert.match(problem?.what ?? '', /cannot be written: the disk is full; nothing was written/)
      assert.match(problem?.next ?? '', /Free some space/)
    }, folder)
  const mounted = await withSmallDisk(16, async folder => {
    for (const pages of [0, 1, 2]) await check(pages, folder)
  })
  // Where nobody may mount, a limit on the size of files stands in: see "a file that grows too big" in nothing-lost.
  if (!mounted) console.log('  (no small disk could be mounted here: only the limit on file sizes is tested)')
})

test.run()

/**
 * Bake files as the buildx of Debian forky reads them: the stored cases, generated projects, and pins in HCL. Nothing that a file names is
 * touched.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BakeAnswer, PRINT_ARGS } from '../../src/core/bake.ts'
import { applyEdits } from '../../src/core/edit.ts'
import { assignedFiles } from '../../src/formats/bake/assigned.ts'
import { type BakeDefinition, parsePrinted } from '../../src/formats/bake/definition.ts'
import { readBakeHcl } from '../../src/formats/bake/hcl.ts'
import { readBake } from '../../src/formats/bake/index.ts'
import { readBakeJson } from '../../src/formats/bake/json.ts'
import { evaluatePlain } from '../../src/formats/bake/plain.ts'
import { loadJsonTree } from '../../src/formats/json-tree.ts'
import { bakeEvaluation } from '../../src/io/bake.ts'
import { bakeCases } from '../formats/bake/cases.ts'
import { bakeHcl, bakeProject } from '../formats/bake/generator.ts'
import { createRandom, forAllAsync } from '../support/random.ts'
import { treeDirectory } from './support/machine.ts'

interface Bench {
  folder: string
}

const bake = suite<Bench>('bake', { folder: '' })
const { signal } = new AbortController()
type Files = readonly { readonly path: string; readonly text: string }[]

bake.before(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'bake-'))
  mkdirSync(join(context.folder, 'config/cli-plugins'), { recursive: true })
  mkdirSync(join(context.folder, 'home'))
  const plugin = join(treeDirectory(), 'usr/libexec/docker/cli-plugins/docker-buildx')
  symlinkSync(plugin, join(context.folder, 'config/cli-plugins/docker-buildx'))
})
bake.after(({ folder }) => rmSync(folder, { recursive: true, force: true }))

const environment = ({ folder }: Bench, env: Readonly<Record<string, string>> = {}) => ({
  PATH: join(treeDirectory(), 'usr/bin'),
  HOME: join(folder, 'home'),
  DOCKER_CONFIG: join(folder, 'config'),
  ...env,
})

function ask(bench: Bench, files: Files, env: Readonly<Record<string, string>>): Promise<BakeAnswer> {
  const variables = Object.keys(env).filter(name => !name.startsWith('BUILDX_'))
  return bakeEvaluation(environment(bench, env), signal)({ args: PRINT_ARGS, files, variables })
}

const readJsonTree = await loadJsonTree()

/** As plain data. The targets of a matrix, and so its group, come in any order. */
function plainData({ targets, groups }: BakeDefinition, withDefault = true): unknown {
  const all = [...groups].filter(([name]) => withDefault || name !== 'default')
  return {
    targets: Object.fromEntries([...targets].sort()),
    groups: Object.fromEntries(all.map(([name, members]) => [name, [...members].sort()] as const).sort()),
  }
}

const bySeconds = Number(process.env.DOCK_LOCK_DIFFERENTIAL_SECONDS ?? 10)

bake('variables that a command sets are what the environment would set', async bench => {
  let compared = 0
  for (const { name, files, env, printed } of bakeCases()) {
    const texts = files.flatMap(({ path, text }) => {
      const read = path.endsWith('.json') ? readBakeJson(path, text, readJsonTree) : readBakeHcl(path, text)
      return read.ok ? [read.read] : []
    })
    const declared = new Set(texts.flatMap(({ blocks }) => blocks).map(({ label }) => label))
    const names = Object.keys(env).filter(variable => declared.has(variable))
    const assigned = assignedFiles(texts, env, names)
    if (names.length === 0 || !assigned.ok || printed === undefined) continue
    const answer = await ask(bench, [...files, ...assigned.files], {})
    if (answer.kind !== 'printed') assert.unreachable(`${name}: ${JSON.stringify(answer)}`)
    else assert.equal(plainData(parsePrinted(answer.text)!), plainData(parsePrinted(printed)!), name)
    compared++
  }
  assert.ok(compared >= 8, String(compared))
})

bake('every stored case is what buildx prints', async bench => {
  const cases = bakeCases()
  assert.ok(cases.length >= 110)
  for (const { name, files, env, printed } of cases) {
    const answer = await ask(bench, files, env)
    if (printed === undefined) assert.is(answer.kind, 'failed', name)
    else if (answer.kind !== 'printed') assert.unreachable(`${name}: ${JSON.stringify(answer)}`)
    else assert.equal(plainData(parsePrinted(answer.text)!), plainData(parsePrinted(printed)!), name)
  }
})

bake('generated projects in JSON are read as buildx reads them', async bench => {
  const end = Date.now() + bySeconds * 1000
  let compared = 0
  for (let seed = 1; seed <= 40 || Date.now() < end; seed++) {
    const { files, env } = bakeProject(createRandom(seed))
    const texts = []
    for (const { path, text } of files) {
      const read = readBakeJson(path, text, await loadJsonTree())
      if (read.ok) texts.push(read.read)
    }
    const own = evaluatePlain(texts, env)
    if (!own.ok) continue
    const variables = { A: '', B: '', C: '', D: '' }
    const answer = await bakeEvaluation(
      environment(bench, env),
      signal,
    )({ args: PRINT_ARGS, files, variables: Object.keys(variables) })
    // buildx also refuses what has no part in a build here, such as a platform.
    if (answer.kind !== 'printed') continue
    const message = `seed ${seed}: ${JSON.stringify(files)} ${JSON.stringify(env)}`
    assert.equal(plainData(own.definition, false), plainData(parsePrinted(answer.text)!, false), message)
    compared++
  }
  assert.ok(compared >= 20, `${compared}`)
})

bake('a pin in HCL is part of the value that buildx prints', async bench => {
  const digest = `@sha256:${'5'.repeat(64)}`
  let pinned = 0
  await forAllAsync(12, async random => {
    const read = (text: string) =>
      readBake(
        '.',
        ['docker-bake.hcl'],
        {
          root: '/project',
          env: {},
          read: async () => ({ kind: 'text', text }),
          evaluateBake: bakeEvaluation(environment(bench), signal),
        },
        { args: {}, platforms: [] },
      )
    const source = bakeHcl(random)
    const before = await read(source)
    assert.equal(before.problems, [], source)
    const edits = before.occurrences.flatMap(occurrence => {
      const pin = occurrence.kind === 'image' ? occurrence.pin : undefined
      assert.is(pin?.kind, 'here', source)
      return pin?.kind === 'here' ? [{ range: pin.range, text: digest }] : []
    })
    const inline = before.builds.flatMap(({ dockerfile }) => {
      if (!('text' in dockerfile)) return []
      const at = dockerfile.text.indexOf('\n')
      const range = dockerfile.rangeOf({ start: at, end: at })
      assert.ok(range, source)
      return [{ range: range!, text: '-X' }]
    })
    const after = await read(applyEdits(source, [...edits, ...inline]))
    for (const [index, { contexts, dockerfile }] of after.builds.entries()) {
      const old = before.builds[index]!
      for (const [name, value] of Object.entries(contexts)) assert.is(value, old.contexts[name] + digest)
      if ('text' in dockerfile && 'text' in old.dockerfile)
        assert.is(dockerfile.text, old.dockerfile.text.replace('\n', '-X\n'), source)
    }
    pinned += edits.length
  })
  assert.ok(pinned > 10, `${pinned}`)
})

bake(
  'what outputs, secrets and keys name is neither written nor read, and nothing is left behind',
  async bench => {
    const victim = join(bench.folder, 'victim')
    writeFileSync(victim, 'precious')
    const before = readdirSync(bench.folder).sort()
    const text = `target "a" {
  output     = ["type=tar,dest=${victim}"]
  secret     = ["type=file,id=x,src=${victim}-secret"]
  ssh        = [{ id = "default", paths = ["${victim}-key"] }]
  cache-to   = ["type=local,dest=${victim}-cache"]
  cache-from = ["type=local,src=${victim}-cache"]
}
target "b" {
  inherits = ["a"]
  output   = ["type=oci,dest=${victim}", "type=local,dest=${victim}-local"]
  contexts = { x = "target:c" }
}
target "c" {
  output = ["type=docker,dest=${victim}"]
}
`
    const answer = await ask(bench, [{ path: 'docker-bake.hcl', text }], {})
    assert.is(answer.kind, 'printed', JSON.stringify(answer))
    assert.is(readFileSync(victim, 'utf8'), 'precious')
    assert.equal(readdirSync(bench.folder).sort(), before)
    assert.equal(readdirSync(join(bench.folder, 'home')), [])
    assert.equal(readdirSync(join(bench.folder, 'config')), ['cli-plugins'])
  },
)

bake('a function of buildx reads no file and sees no other variable', async bench => {
  for (const call of ['file("/etc/passwd")', 'env("HOME")', 'templatefile("/etc/passwd", {})', 'HOME']) {
    const answer = await ask(
      bench,
      [{ path: 'docker-bake.hcl', text: `target "a" {\n  args = { A = ${call} }\n}\n` }],
      {},
    )
    assert.is(answer.kind, 'failed', call)
  }
})

bake.run()

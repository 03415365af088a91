/** What a run costs that finds nothing to do: whole processes, above bare `node -e 0`. */
import { createRequire } from 'node:module'
import { type Engine, engineKinds, enginesAvailable, startEngine } from '../e2e/support/engines.ts'
import { startGate } from '../e2e/support/gate.ts'
import { seedImages } from '../e2e/support/images.ts'
import { startRegistry } from '../e2e/support/registry.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import type { Bench } from './support/bench.ts'
import { pinnedFiles } from './support/dockerfiles.ts'
import { ENV } from './support/environment.ts'
import { above, inStarts, interleave, median, timeProcess } from './support/measure.ts'
import { makeProject, type Project } from './support/project.ts'
import { milliseconds } from './support/table.ts'

const ROUNDS = 41

export const bench: Bench = {
  name: 'startup',
  async run(say) {
    const node = (...args: string[]) => timeProcess(process.execPath, args, { cwd: project.path, env: ENV })
    const project = makeProject(pinnedFiles(1))
    const [dockerfile = ''] = Object.keys(pinnedFiles(1))
    const rows: string[][] = []
    const notes = [
      `Whole processes, above bare \`node -e 0\` of the same round, medians of ${ROUNDS} rounds. “Bare nodes” is the whole time in starts of Node, which says more of other machines. The indented rows are what a row cannot do without, each in a process of its own.`,
    ]
    try {
      say('without an engine')
      const parser = createRequire(import.meta.url).resolve('dockerfile-ast')
      const times = await interleave(ROUNDS, {
        bare: () => node('-e', '0'),
        help: () => node(CLI, '--help'),
        check: () => node(CLI, 'check'),
        checkFile: () => node(CLI, 'check', dockerfile),
        parser: () => node('-e', `require(${JSON.stringify(parser)})`),
        spawn: () => node('-e', 'require("node:child_process").execFile("git", ["ls-files"], () => {})'),
      })
      const row = (name: string, values: readonly number[], goal = '') =>
        rows.push([name, milliseconds(above(values, times.bare)), inStarts(values, times.bare), goal])
      row('`dock-lock --help`', times.help, '10 ms')
      row('`dock-lock check`, one Dockerfile, found by git', times.check, '50 ms')
      row('`dock-lock check Dockerfile`', times.checkFile, '50 ms')
      row('– loading dockerfile-ast', times.parser)
      row('– asking git for its files', times.spawn)
      notes.push(`Bare \`node -e 0\` took ${milliseconds(median(times.bare))}.`)
    } finally {
      project.remove()
    }
    const available = enginesAvailable()
    if (available.ok) rows.push(...(await withEngines(say)))
    else notes.push(`NOT MEASURED: the runs with an engine (${available.reason}).`)
    return { title: 'Start-up', header: ['', 'above bare node', 'bare nodes', 'goal'], rows, notes }
  },
}

async function withEngines(say: (line: string) => void): Promise<string[][]> {
  const registry = await startRegistry()
  const gate = await startGate({ upstream: registry.port })
  const engines: Engine[] = []
  try {
    await seedImages(registry, ['library/alpine:3.23'])
    const rows: string[][] = []
    for (const kind of engineKinds) {
      say(kind)
      const engine = await startEngine(kind, { registryMirrors: [`http://${gate.address}`] })
      engines.push(engine)
      rows.push(...(await withEngine(engine)))
      await engine.stop()
    }
    return rows
  } finally {
    await Promise.all([...engines, gate, registry].map(each => each.stop()))
  }
}

async function withEngine(engine: Engine): Promise<string[][]> {
  const project: Project = makeProject({ Dockerfile: 'FROM alpine:3.23\nCOPY . /app\n' })
  const options = { cwd: project.path, env: { ...ENV, ...engine.env } }
  try {
    const { code, stdout, stderr } = await runProgram(process.execPath, [CLI], options)
    if (code !== 0) throw new Error(stdout + stderr)
    const ask = async (path: string) => {
      const start = performance.now()
      await engine.api({ path })
      return performance.now() - start
    }
    const times = await interleave(ROUNDS, {
      bare: () => timeProcess(process.execPath, ['-e', '0'], options),
      lock: () => timeProcess(process.execPath, [CLI], options),
      info: () => ask('/info'),
      list: () => ask('/images/json'),
    })
    const name = `Docker ${engine.version.replace(/\+.*/, '')}, ${engine.store} store`
    return [
      [
        `unchanged \`dock-lock\`, ${name}`,
        milliseconds(above(times.lock, times.bare)),
        inStarts(times.lock, times.bare),
        '60 ms',
      ],
      ['– the engine’s `GET /info`', milliseconds(median(times.info)), '', ''],
      ['– the engine’s `GET /images/json`', milliseconds(median(times.list)), '', ''],
    ]
  } finally {
    project.remove()
  }
}

/** What a run costs that finds nothing to do: whole processes, above bare `node -e 0`. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, engineKinds, enginesAvailable, startEngine } from '../e2e/support/engines.ts'
import { startGate } from '../e2e/support/gate.ts'
import { seedImages } from '../e2e/support/images.ts'
import { startRegistry } from '../e2e/support/registry.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import type { Bench } from './support/bench.ts'
import { pinnedFiles } from './support/dockerfiles.ts'
import { ENV } from './support/environment.ts'
import { startFarRegistry } from './support/far-registry.ts'
import { above, inStarts, interleave, median, timeProcess } from './support/measure.ts'
import { findNodes, type NodeVersion } from './support/nodes.ts'
import { makeProject, type Project } from './support/project.ts'
import { startRecorded } from './support/recorded.ts'
import { milliseconds } from './support/table.ts'

const ROUNDS = 41

export const bench: Bench = {
  name: 'startup',
  async run(say, _full, rounds = ROUNDS) {
    const rows: string[][] = []
    const notes = [
      `Whole processes, above bare \`node -e 0\` of the same round, medians of ${rounds} rounds; “fastest” is the fastest of the one less the fastest of the other. “Bare nodes” is the whole time in starts of Node, which says more of other machines. The indented rows are what a row cannot do without, each in a process of its own.`,
    ]
    const nodes = await findNodes()
    for (const node of nodes) {
      say(`Node ${node.version}`)
      rows.push(...(await withNode(node, rounds)))
    }
    const missing = ['20', '22', '24'].filter(
      major => !nodes.some(({ version }) => version.startsWith(major)),
    )
    if (missing.length > 0) notes.push(`NOT MEASURED: Node ${missing.join(' and ')}, which npm did not give.`)
    const available = enginesAvailable()
    if (available.ok) rows.push(...(await withEngines(say, rounds)))
    else notes.push(`NOT MEASURED: the runs with an engine (${available.reason}).`)
    return {
      title: 'Start-up',
      header: ['', 'above bare node', 'fastest', 'bare nodes', 'goal'],
      rows,
      notes,
    }
  },
}

/** Everything that needs no real engine: one answers as Docker 28 was recorded to. */
async function withNode({ version, path }: NodeVersion, rounds: number): Promise<string[][]> {
  const project = makeProject(pinnedFiles(1))
  const locked = await startRecorded(1)
  const hundred = await startRecorded(100)
  const registry = await startFarRegistry(1, 0)
  const fresh = makeProject({ Dockerfile: '' })
  try {
    const node = (args: readonly string[], { path: cwd } = project, host = ENV.DOCKER_HOST, env = {}) =>
      timeProcess(path, args, { cwd, env: { ...ENV, DOCKER_HOST: host, ...env } })
    const bare = () => node(['-e', '0'])
    const verify = (env = {}) => node([CLI, 'verify'], hundred.project, hundred.engine.host, env)
    const withCompileCache = () =>
      interleave(rounds, {
        bare,
        verify: () => verify({ NODE_COMPILE_CACHE: join(fresh.path, '.git/compile-cache') }),
      })
    const times = await interleave(rounds, {
      bare,
      help: () => node([CLI, '--help']),
      check: () => node([CLI, 'check']),
      lock: () => node([CLI], locked.project, locked.engine.host),
      verify: () => verify(),
      resolve: () => {
        rmSync(join(fresh.path, 'docker-images.lock'), { force: true })
        writeFileSync(join(fresh.path, 'Dockerfile'), `FROM ${registry.host}/team/image-0:1\n`)
        return node([CLI, '--no-verify'], fresh)
      },
      spawn: () => node(['-e', 'require("node:child_process").execFile("git", ["ls-files"], () => {})']),
    })
    // Node 20 has none.
    const cached = Number.parseInt(version, 10) >= 22 ? await withCompileCache() : undefined
    const row = (name: string, values: readonly number[], goal = '', bare = times.bare) => [
      name,
      milliseconds(above(values, bare)),
      milliseconds(Math.min(...values) - Math.min(...bare)),
      inStarts(values, bare),
      goal,
    ]
    return [
      [`bare \`node -e 0\`, Node ${version}`, '', milliseconds(Math.min(...times.bare)), '1.0 ×', ''],
      row('`dock-lock --help`', times.help, '5 ms'),
      row('`dock-lock check`, one Dockerfile, found by git', times.check, '22 ms'),
      row('– asking git for its files', times.spawn),
      row('unchanged `dock-lock`, recorded Docker 28', times.lock, '40 ms'),
      row('`verify` of 100 references, recorded Docker 28', times.verify, '55 ms'),
      ...(cached === undefined ? [] : [row('– with Node’s compile cache', cached.verify, '', cached.bare)]),
      row('`dock-lock --no-verify`, one new image on loopback', times.resolve, '60 ms'),
    ]
  } finally {
    registry.stop()
    project.remove()
    fresh.remove()
    await Promise.all([locked.stop(), hundred.stop()])
  }
}

async function withEngines(say: (line: string) => void, rounds: number): Promise<string[][]> {
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
      rows.push(...(await withEngine(engine, rounds)))
      await engine.stop()
    }
    return rows
  } finally {
    await Promise.all([...engines, gate, registry].map(each => each.stop()))
  }
}

async function withEngine(engine: Engine, rounds: number): Promise<string[][]> {
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
    const times = await interleave(rounds, {
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
        milliseconds(Math.min(...times.lock) - Math.min(...times.bare)),
        inStarts(times.lock, times.bare),
        '40 ms',
      ],
      ['– the engine’s `GET /info`', milliseconds(median(times.info)), '', '', ''],
      ['– the engine’s `GET /images/json`', milliseconds(median(times.list)), '', '', ''],
    ]
  } finally {
    project.remove()
  }
}

/** What a build waits for the registry, by tag and pinned: `docker build` on real engines, the registry some way off. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Engine, engineKinds, enginesAvailable, startEngine } from '../e2e/support/engines.ts'
import { type Gate, startGate } from '../e2e/support/gate.ts'
import { seedImages } from '../e2e/support/images.ts'
import { startRegistry } from '../e2e/support/registry.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import type { Bench } from './support/bench.ts'
import { interleave, median } from './support/measure.ts'
import { makeProject, type Project } from './support/project.ts'

const DOCKERFILE = `FROM node:24-alpine AS build
COPY source /source
RUN ["/bin/sh", "-c", "cat /source > /built"]

FROM alpine:3.23
COPY --from=build /built /built
COPY --from=busybox:1.37 /image /busybox
`
const ROUNDS = 3
const LATENCIES = [50, 700]

export const bench: Bench = {
  name: 'build',
  async run(say) {
    const title = 'docker build, by tag and pinned'
    const header = ['engine', 'registry', 'by tag', 'requests', 'pinned', 'requests', 'saved']
    const available = enginesAvailable()
    if (!available.ok) return { title, header, rows: [], notes: [`NOT MEASURED: ${available.reason}.`] }
    const registry = await startRegistry()
    const gate = await startGate({ upstream: registry.port })
    const engines: Engine[] = []
    try {
      await seedImages(registry, ['library/node:24-alpine', 'library/alpine:3.23', 'library/busybox:1.37'])
      const rows: string[][] = []
      for (const kind of engineKinds) {
        // Two of each kind: one as everybody has it, whose images only builds have fetched, and one where dock-lock has run.
        const start = () => startEngine(kind, { registryMirrors: [`http://${gate.address}`] })
        const [plain, locked] = await Promise.all([start(), start()])
        engines.push(plain, locked)
        rows.push(...(await ofEngines(plain, locked, gate, say)))
        await Promise.all([plain.stop(), locked.stop()])
      }
      const notes = [
        `Builds of three images that were all built before, after a change of the source; the first build after the daemon was started, as on any morning; medians of ${ROUNDS}. “By tag” is an engine without dock-lock, “pinned” one where it has run. Each request to the registry takes that many milliseconds longer.`,
      ]
      return { title, header, rows, notes }
    } finally {
      await Promise.all([...engines, gate, registry].map(each => each.stop()))
    }
  },
}

async function ofEngines(
  plain: Engine,
  locked: Engine,
  gate: Gate,
  say: (line: string) => void,
): Promise<string[][]> {
  const files = { Dockerfile: DOCKERFILE, source: '0\n' }
  const byTag = makeProject(files)
  const pinned = makeProject(files)
  try {
    const env = { ...process.env, ...locked.env }
    const { code, stdout, stderr } = await runProgram(process.execPath, [CLI], { cwd: pinned.path, env })
    if (code !== 0) throw new Error(stdout + stderr)
    const rows: string[][] = []
    for (const latency of LATENCIES) {
      say(`${plain.id}, registry ${latency} ms away`)
      await gate.setMode('pass', latency)
      const requests = { byTag: [] as number[], pinned: [] as number[] }
      const times = await interleave(ROUNDS, {
        byTag: () => timeBuild(plain, gate, byTag, requests.byTag),
        pinned: () => timeBuild(locked, gate, pinned, requests.pinned),
      })
      const seconds = (values: readonly number[]) => `${(median(values) / 1000).toFixed(2)} s`
      rows.push([
        `Docker ${plain.version.replace(/\+.*/, '')}, ${plain.store} store`,
        `${latency} ms`,
        seconds(times.byTag),
        String(median(requests.byTag)),
        seconds(times.pinned),
        String(median(requests.pinned)),
        `${((median(times.byTag) - median(times.pinned)) / 1000).toFixed(2)} s`,
      ])
    }
    return rows
  } finally {
    await gate.setMode('pass')
    byTag.remove()
    pinned.remove()
  }
}

async function timeBuild(engine: Engine, gate: Gate, project: Project, requests: number[]): Promise<number> {
  // Something to build.
  writeFileSync(join(project.path, 'source'), `${performance.now()}\n`)
  await engine.restart()
  gate.clear()
  const built = await engine.build({ context: project.path, timeoutMs: 300_000 })
  if (built.code !== 0) throw new Error(built.output)
  requests.push(gate.requests().length)
  return built.seconds * 1000
}

/**
 * Many tags that nobody has looked up before, on one registry 50 ms away: `dock-lock` beside loops of skopeo and crane, and the
 * resolver alone by the number of its connections.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseReference, type Reference } from '../../src/core/reference.ts'
import { createResolver } from '../../src/registry/resolve.ts'
import { CONNECTIONS } from '../../src/registry/transport/pools.ts'
import { treeDirectory } from '../e2e/support/machine.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import type { Bench } from './support/bench.ts'
import { ENV } from './support/environment.ts'
import { type FarRegistry, startFarRegistry } from './support/far-registry.ts'
import { above, interleave, median, timeProcess } from './support/measure.ts'
import { makeProject } from './support/project.ts'
import { milliseconds } from './support/table.ts'

const IMAGES = 100
const LATENCY = 50

export const bench: Bench = {
  name: 'resolve',
  async run(say) {
    const registry = await startFarRegistry(IMAGES, LATENCY)
    try {
      const rows: string[][] = []
      const notes = [
        `${IMAGES} distinct tags on one registry that answers each request after ${LATENCY} ms. Whole processes above bare \`node -e 0\`, starting without a lockfile; a round trip is ${LATENCY} ms. The goal is 6 round trips. dock-lock learns all platforms of each image, the others only its digest.`,
        'The resolver alone is this process’s, its modules loaded: what is left are the requests.',
      ]
      say('dock-lock')
      rows.push(await ofCommand(registry))
      const crane = join(treeDirectory(), 'usr/bin/crane')
      for (const [name, program, args] of [
        ['skopeo inspect', '/usr/bin/skopeo', ['inspect', '--tls-verify=false', '--format={{.Digest}}']],
        ['crane digest', crane, ['digest', '--insecure']],
      ] as const) {
        if (!existsSync(program)) notes.push(`NOT MEASURED: ${name}, which is not installed.`)
        else {
          for (const atOnce of [1, 8, 32]) {
            say(`${name}, ${atOnce} at once`)
            rows.push(await ofLoop(registry, name, program, args, atOnce))
          }
        }
      }
      for (const connections of new Set([8, 16, 32, 50, CONNECTIONS])) {
        say(`${connections} connections`)
        rows.push(await ofResolver(registry, connections))
      }
      return {
        title: `${IMAGES} new images on one registry`,
        header: ['', 'time', 'round trips', 'requests', 'connections'],
        rows,
        notes,
      }
    } finally {
      registry.stop()
    }
  },
}

async function row(registry: FarRegistry, name: string, time: number, runs: number): Promise<string[]> {
  const { requests, connections } = await registry.seen()
  const perRun = (count: number) => String(Math.round(count / runs))
  return [name, milliseconds(time), (time / LATENCY).toFixed(1), perRun(requests), perRun(connections)]
}

async function ofCommand(registry: FarRegistry): Promise<string[]> {
  const rounds = 11
  const from = (number: number) =>
    `FROM ${registry.host}/team/image-${number}:1 AS stage-${number}\nRUN make\n`
  const text = Array.from({ length: IMAGES }, (_, number) => from(number)).join('')
  const project = makeProject({ Dockerfile: text })
  const options = { cwd: project.path, env: ENV }
  try {
    const times = await interleave(rounds, {
      bare: () => timeProcess(process.execPath, ['-e', '0'], options),
      lock() {
        writeFileSync(join(project.path, 'Dockerfile'), text)
        rmSync(join(project.path, 'docker-images.lock'), { force: true })
        return timeProcess(process.execPath, [CLI, '--no-verify'], options)
      },
    })
    return await row(registry, '`dock-lock --no-verify`', above(times.lock, times.bare), rounds + 1)
  } finally {
    project.remove()
  }
}

/** A loop of the shell, or xargs for several at once. */
async function ofLoop(
  registry: FarRegistry,
  name: string,
  program: string,
  args: readonly string[],
  atOnce: number,
): Promise<string[]> {
  const prefix = name.startsWith('skopeo') ? 'docker://' : ''
  const script = `seq 0 ${IMAGES - 1} | xargs -P ${atOnce} -I N ${program} ${args.map(arg => `'${arg}'`).join(' ')} ${prefix}${registry.host}/team/image-N:1`
  const start = performance.now()
  const { code, stdout, stderr } = await runProgram('sh', ['-c', script], { env: ENV })
  const time = performance.now() - start
  const digests = stdout.match(/sha256:[0-9a-f]{64}/g) ?? []
  if (code !== 0 || digests.length !== IMAGES)
    throw new Error(`${name} exited with ${code}: ${stderr.slice(-2000)}`)
  return row(
    registry,
    atOnce === 1 ? `loop of \`${name}\`` : `\`${name}\`, ${atOnce} processes at once`,
    time,
    1,
  )
}

async function ofResolver(registry: FarRegistry, connections: number): Promise<string[]> {
  await import('undici')
  const rounds = 9
  const references = Array.from({ length: IMAGES }, (_, number): Reference => {
    const parsed = parseReference(`${registry.host}/team/image-${number}:1`)
    if (!parsed.ok) throw new Error(parsed.problem.message)
    return parsed.reference
  })
  const { time } = await interleave(rounds, {
    async time() {
      const start = performance.now()
      const resolver = createResolver({
        env: ENV,
        signal: new AbortController().signal,
        concurrency: connections,
      })
      await Promise.all(references.map(reference => resolver.resolve(reference, () => false)))
      const end = performance.now()
      await resolver.close()
      return end - start
    },
  })
  return row(registry, `the resolver alone, ${connections} connections`, median(time), rounds + 1)
}

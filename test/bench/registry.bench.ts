/**
 * What resolving takes by the number of references and the way to the registry: beside the round trips that the protocol needs, and
 * beside loops of crane and skopeo.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseReference, type Reference } from '../../src/core/reference.ts'
import { createResolver } from '../../src/registry/resolve.ts'
import { CONNECTIONS } from '../../src/registry/transport/pools.ts'
import { treeDirectory } from '../e2e/support/machine.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import { type Server, type ServerOptions, startServer } from './registry-server.ts'
import type { Bench } from './support/bench.ts'
import { ENV } from './support/environment.ts'
import { interleave, timeProcess } from './support/measure.ts'
import { makeProject } from './support/project.ts'
import { milliseconds } from './support/table.ts'

const LATENCIES = [0, 20, 100]
const countsOf = (full: boolean): readonly number[] => [1, 10, 100, ...(full ? [1_000] : [])]
/** Rounds of each case, in turns. What else runs on the machine only adds, so the fastest counts. */
const ROUNDS = 5
/** Runs of the resolver in each round: V8 still compiles during the first few. */
const RESOLVER_RUNS = 4
/** One process after the other takes as long for each image, however many they are. */
const LOOP_MAX = 10
const AT_ONCE = 16

const peers = [
  { name: 'crane', command: [join(treeDirectory(), 'usr/bin/crane'), 'digest', '--insecure'], prefix: '' },
  {
    name: 'skopeo',
    command: ['/usr/bin/skopeo', 'inspect', '--tls-verify=false', '--raw'],
    prefix: 'docker://',
  },
] as const

export const bench: Bench = {
  name: 'registry',
  async run(say, full) {
    const counts = countsOf(full)
    const missing = peers.filter(({ command }) => !existsSync(command[0]))
    const options = { repositories: Math.max(...counts), tags: 1, bearer: false, tls: false }
    const server = await startServer(options)
    const rows: string[][] = []
    let bare = Number.POSITIVE_INFINITY
    try {
      for (const latency of LATENCIES) {
        await server.setLatency(latency)
        for (const count of counts) {
          say(`${count} at ${latency} ms`)
          const names = Array.from({ length: count }, (_, number) => `${server.host}/team/image-${number}:1`)
          const times = await timeAll(names, missing)
          const { resolver = Number.NaN, command = Number.NaN } = times
          bare = Math.min(bare, times.bare ?? bare)
          const loops = peers.flatMap(({ name }) => [times[`${name} 1`], times[`${name} ${AT_ONCE}`]])
          const best = Math.min(...loops.filter(time => time !== undefined))
          const ideal = idealOf(count, 2) * latency
          rows.push([
            `${count.toLocaleString('en')} at ${latency} ms`,
            latency === 0 ? '–' : milliseconds(ideal),
            milliseconds(resolver),
            latency === 0 ? '–' : `${(resolver / ideal).toFixed(2)} ×`,
            milliseconds(command),
            ...loops.map(time => (time === undefined ? '–' : milliseconds(time))),
            Number.isFinite(best) ? `${(best / command).toFixed(1)} ×` : '–',
          ])
        }
      }
    } finally {
      server.stop()
    }
    return {
      title: 'References by number and latency',
      header: [
        'new references',
        'ideal',
        'resolver',
        'of ideal',
        '`dock-lock`',
        ...peers.flatMap(({ name }) => [`${name}, loop`, `${name}, ${AT_ONCE} at once`]),
        'fastest of these takes',
      ],
      rows,
      notes: [
        `Distinct repositories on one registry over http, which answers each request after so many ms. The ideal is the two round trips of a new reference, HEAD for its digest and GET for its platforms, for ${CONNECTIONS} references at a time, which is how many connections there are to a host; nothing else costs anything. “Resolver” is its part alone in a process that has resolved before, ${RESOLVER_RUNS} runs in each round; “\`dock-lock\`” is the whole process of \`dock-lock --no-verify\` from its start to lockfile and pinned Dockerfile. Bare \`node -e 0\` took ${milliseconds(bare)}. Each is the fastest of ${ROUNDS}, of 1,000 references of 2, taken in turns.`,
        `\`crane digest --insecure\` and \`skopeo inspect --tls-verify=false --raw\`, one process for each reference, in a loop (up to ${LOOP_MAX}) or by \`xargs -P ${AT_ONCE}\`; they learn the digest alone (crane) or the index (skopeo).`,
        'Goal: at most 1.5 × the ideal from 10 references up, and faster than any of these.',
        ...missing.map(({ name }) => `NOT MEASURED: ${name}, which is not installed.`),
      ],
    }
  },
}

export const requests: Bench = {
  name: 'requests',
  async run(say, full) {
    const latency = 50
    const rows: string[][] = []
    const kinds: readonly (readonly [string, Omit<ServerOptions, 'repositories' | 'tags'>, number])[] = [
      ['http', { bearer: false, tls: false }, 0],
      ['https', { bearer: false, tls: true }, 0],
      ['http, tokens', { bearer: true, tls: false }, 2],
      ['https, tokens', { bearer: true, tls: true }, 2],
    ]
    for (const [name, options, opening] of kinds) {
      for (const count of [1, 100, ...(full ? [1_000] : [])]) {
        say(`${name}, ${count}`)
        const tags = count > 1 ? 2 : 1
        const repositories = count / tags
        const server = await startServer({ ...options, repositories, tags })
        try {
          await server.setLatency(latency)
          const mirror = `${options.tls ? 'https' : 'http'}://${server.host}`
          const names = Array.from(
            { length: count },
            (_, number) =>
              `registry.invalid/team/image-${number % repositories}:${1 + Math.floor(number / repositories)}`,
          )
          for (const known of [true, false]) {
            await server.seen()
            const runs: Awaited<ReturnType<typeof runResolver>>[] = []
            for (let round = 0; round < 5; round++) runs.push(await runResolver(names, known, mirror))
            const time = Math.min(...runs.map(run => run.time))
            const cpu = Math.min(...runs.map(run => run.cpu))
            const seen = await server.seen()
            // The first answer to nobody, and the token, come once for each connection at most.
            const ideal = (idealOf(count, known ? 1 : 2) + opening) * latency
            const each = (value: number, of: number) => (value / 5 / of).toFixed(2)
            rows.push([
              `${count.toLocaleString('en')} ${known ? 'known' : 'new'}, ${name}`,
              each(seen.heads, count),
              each(seen.gets, count),
              each(seen.refused, count),
              each(seen.tokens, repositories),
              String(Math.round(seen.connections / 5)),
              milliseconds(time),
              `${(time / ideal).toFixed(2)} ×`,
              `${(cpu / count).toFixed(2)} ms`,
            ])
          }
        } finally {
          server.stop()
        }
      }
    }
    say('memory')
    const memory = await Promise.all([0, 1, 100, 1_000].map(count => peakOf(count)))
    return {
      title: 'Requests and memory of resolving',
      header: [
        'references',
        'HEAD each',
        'GET each',
        'of them 401',
        'tokens per repository',
        'connections',
        `at ${latency} ms`,
        'of ideal',
        'CPU each',
      ],
      rows,
      notes: [
        `Two tags of each repository (one where there is one reference). “Known” is a reference whose platforms are in the lockfile. The ideal adds two round trips where tokens are wanted: the refusal that names the token service, and the token. Fastest of 5, CPU of the resolver’s process alone. Goal: one HEAD for a known reference, one HEAD and one GET for a new one, one token for a repository.`,
        `Peak memory of \`dock-lock --no-verify\`: ${['no image', '1 new', '100 new', '1,000 new'].map((name, index) => `${name} ${memory[index]?.toFixed(0)} MB`).join(', ')}.`,
      ],
    }
  },
}

/** Round trips when only so many references are under way at a time. */
function idealOf(count: number, each: number): number {
  return Math.ceil(count / CONNECTIONS) * each
}

/** The fastest time of each case, in milliseconds: `bare`, `resolver`, `command`, and `crane 16` or `crane 1`. */
async function timeAll(
  names: readonly string[],
  missing: readonly (typeof peers)[number][],
): Promise<Readonly<Record<string, number>>> {
  const text = dockerfile(names)
  const project = makeProject({ Dockerfile: text })
  const node = (...args: string[]) => timeProcess(process.execPath, args, { cwd: project.path, env: ENV })
  try {
    const cases: Record<string, () => Promise<number>> = {
      bare: () => node('-e', '0'),
      async resolver() {
        const times: number[] = []
        for (let run = 0; run < RESOLVER_RUNS; run++) times.push((await runResolver(names, false)).time)
        return Math.min(...times)
      },
      command() {
        writeFileSync(join(project.path, 'Dockerfile'), text)
        rmSync(join(project.path, 'docker-images.lock'), { force: true })
        return node(CLI, '--no-verify')
      },
    }
    for (const peer of peers) {
      for (const atOnce of [1, AT_ONCE]) {
        if (missing.includes(peer) || (atOnce === 1 && names.length > LOOP_MAX)) continue
        cases[`${peer.name} ${atOnce}`] = () => timePeer(names, peer, atOnce)
      }
    }
    const times = await interleave(names.length < 1_000 ? ROUNDS : 2, cases)
    return Object.fromEntries(Object.entries(times).map(([name, each]) => [name, Math.min(...each)]))
  } finally {
    project.remove()
  }
}

/** `mirror` names what is really asked, for names that no one else knows: with a scheme, none is tried in vain. */
async function runResolver(
  names: readonly string[],
  known: boolean,
  mirror?: string,
): Promise<{ readonly time: number; readonly cpu: number }> {
  await import('undici')
  const references = names.map((name): Reference => {
    const parsed = parseReference(name)
    if (!parsed.ok) throw new Error(parsed.problem.message)
    return parsed.reference
  })
  const resolver = createResolver({
    env: ENV,
    signal: new AbortController().signal,
    ...(mirror !== undefined && { registries: { [references[0]!.registry]: { mirrors: [mirror] } } }),
  })
  const before = process.cpuUsage()
  const start = performance.now()
  await Promise.all(references.map(reference => resolver.resolve(reference, () => known)))
  const time = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  await resolver.close()
  return { time, cpu: (user + system) / 1000 }
}

async function timePeer(
  names: readonly string[],
  { name, command, prefix }: (typeof peers)[number],
  atOnce: number,
): Promise<number> {
  const images = names.map(image => `${prefix}${image}\n`).join('')
  const project = makeProject({ images })
  try {
    const script = `xargs -P ${atOnce} -n 1 ${command.join(' ')} <images >/dev/null`
    const start = performance.now()
    const { code, stderr } = await runProgram('sh', ['-c', script], {
      cwd: project.path,
      env: ENV,
      timeoutMs: 600_000,
    })
    if (code !== 0) throw new Error(`${name} exited with ${code}: ${stderr.slice(-2000)}`)
    return performance.now() - start
  } finally {
    project.remove()
  }
}

/** MB of 10⁶ bytes, resident at most. */
async function peakOf(count: number): Promise<number> {
  const server: Server = await startServer({
    repositories: Math.max(1, count),
    tags: 1,
    bearer: false,
    tls: false,
  })
  const names = Array.from({ length: count }, (_, number) => `${server.host}/team/image-${number}:1`)
  const project = makeProject({ Dockerfile: dockerfile(count === 0 ? ['scratch'] : names) })
  try {
    const preload = fileURLToPath(new URL('support/peak.cjs', import.meta.url))
    const args = ['--require', preload, CLI, '--no-verify']
    const { code, stdout, stderr } = await runProgram(process.execPath, args, { cwd: project.path, env: ENV })
    if (code !== 0) throw new Error(stdout + stderr)
    return (Number(/^peak (\d+)$/m.exec(stderr)?.[1]) * 1024) / 1e6
  } finally {
    project.remove()
    server.stop()
  }
}

function dockerfile(names: readonly string[]): string {
  return names.map((name, number) => `FROM ${name} AS stage-${number}\n`).join('')
}

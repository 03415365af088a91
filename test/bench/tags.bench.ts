import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../support/spawn.ts'
import type { Bench } from './support/bench.ts'
import { bundle } from './support/bundle.ts'
import { ENV } from './support/environment.ts'
import { interleave, median } from './support/measure.ts'
import { milliseconds } from './support/table.ts'
import { startTagsServer, tagOf } from './tags-server.ts'

const ROUNDS = 5
const TAGS = 5_000
const ENDING = '-alpine3.20'
const CASES: readonly (readonly [repositories: number, latency: number])[] = [
  [1, 0],
  [100, 0],
  [100, 20],
]

export const bench: Bench = {
  name: 'tags',
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), 'dock-lock-bench-'))
    const rows: string[][] = []
    try {
      const script = join(folder, 'list-tags.mjs')
      await bundle(new URL('support/list-tags.ts', import.meta.url), script)
      for (const [repositories, latency] of CASES) {
        say(`${repositories} repositories at ${latency} ms`)
        const server = await startTagsServer(TAGS, latency)
        const peaks: Record<string, number> = {}
        const cpus: Record<string, number[]> = { bare: [], resolver: [] }
        const wanted = Array.from({ length: TAGS }, (_, number) => tagOf(number)).filter(tag =>
          tag.endsWith(ENDING),
        )
        const run = (mode: string) => async (): Promise<number> => {
          const { found, time, cpu, peak } = await list(script, mode, server.host, repositories)
          if (mode === 'resolver' && found !== repositories * wanted.length) throw new Error(`${found} tags`)
          cpus[mode]?.push(cpu)
          peaks[mode] = Math.max(peaks[mode] ?? 0, peak)
          return time
        }
        try {
          const times = await interleave(ROUNDS, { bare: run('bare'), resolver: run('resolver') })
          const ratio = median(times.resolver.map((time, round) => time / (times.bare[round] ?? Number.NaN)))
          rows.push([
            `${repositories} × ${TAGS.toLocaleString('en')} at ${latency} ms`,
            milliseconds(median(times.bare)),
            milliseconds(median(times.resolver)),
            `${ratio.toFixed(2)} ×`,
            milliseconds(median(cpus.bare!)),
            milliseconds(median(cpus.resolver!)),
            `${peaks.bare?.toFixed(0)} MB`,
            `${peaks.resolver?.toFixed(0)} MB`,
          ])
        } finally {
          server.stop()
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    return {
      title: 'Lists of tags',
      header: [
        'repositories × tags',
        'bare transfer',
        'resolver',
        'of bare',
        'CPU, bare',
        'CPU, resolver',
        'peak, bare',
        'peak, resolver',
      ],
      rows,
      notes: [
        `Pages of 1,000 tags from one registry over http, which answers each request after so many ms. “Bare transfer” requests the same pages by undici over as many connections and throws them away; the resolver returns the tags of one variant, as the commands ask for them. Both are bundled and run in a process of their own, in turns; medians of ${ROUNDS}, from the first request on, so with the time in which V8 compiles. CPU is the processor time of the whole process, from its start. Peak is resident memory (VmHWM), of which Node itself has about 45 MB.`,
        'Goal: at most 1.5 × the bare transfer, and 150 MB.',
      ],
    }
  },
}

async function list(
  script: string,
  mode: string,
  host: string,
  repositories: number,
): Promise<{
  readonly found: number
  readonly time: number
  readonly cpu: number
  readonly peak: number
}> {
  const preload = fileURLToPath(new URL('support/peak.cjs', import.meta.url))
  const args = ['--require', preload, script, mode, host, String(repositories), ENDING]
  const { code, stdout, stderr } = await runProgram(process.execPath, args, { env: ENV })
  if (code !== 0) throw new Error(stdout + stderr)
  const [found = Number.NaN, time = Number.NaN] = stdout.split(' ').map(Number)
  const cpu = Number(/^cpu (\d+)$/m.exec(stderr)?.[1]) / 1000
  return { found, time, cpu, peak: (Number(/^peak (\d+)$/m.exec(stderr)?.[1]) * 1024) / 1e6 }
}

import { type SpawnOptions, spawn } from 'node:child_process'

/**
 * Runs every case once per round, one after the other, so that whatever else the machine does meets all of them alike. The
 * milliseconds of each case by round; the first round, which fills caches of the system, is left out.
 */
export async function interleave<Name extends string>(
  rounds: number,
  cases: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(cases) as Name[]
  const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const time = await cases[name]()
      if (round > 0) times[name].push(time)
    }
  }
  return times
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** The median of what each round took more than the same round of `base`. */
export function above(values: readonly number[], base: readonly number[]): number {
  return median(values.map((value, round) => value - (base[round] ?? Number.NaN)))
}

/** The whole time in starts of bare Node: `4.2 ×`. */
export function inStarts(values: readonly number[], bare: readonly number[]): string {
  return `${(median(values) / median(bare)).toFixed(1)} ×`
}

/** The milliseconds that a process takes, from its start to its end. @throws Error when its exit code is not 0 */
export function timeProcess(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    let output = ''
    // Pipes, as under npm and in CI: a terminal would be drawn to.
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    child.on('error', reject)
    child.on('close', code => {
      const time = performance.now() - start
      if (code === 0) resolve(time)
      else reject(new Error(`${command} ${args.join(' ')} exited with ${code}:\n${output.slice(-2000)}`))
    })
  })
}

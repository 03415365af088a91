/**
 * Measures what docs/figures.md says, and prints it as tables: `npm run bench`, or `npm run bench -- startup check`. Each takes two
 * minutes at most; with `--full` some measure more, and longer. `--rounds N` is how often `startup` and `verify` measure.
 *
 * Nothing here passes or fails by a time: machines differ, and what they do meanwhile does too. Cases are run in turns and compared
 * within one run.
 */
import { cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { bench as build } from './build.bench.ts'
import { bench as check } from './check.bench.ts'
import { bench as registry, requests } from './registry.bench.ts'
import { bench as resolve } from './resolve.bench.ts'
import { bench as startup } from './startup.bench.ts'
import { markdown } from './support/table.ts'
import { bench as tags } from './tags.bench.ts'
import { bench as updates } from './updates.bench.ts'
import { bench as verify } from './verify.bench.ts'

const benches = [startup, verify, check, resolve, registry, requests, tags, updates, build]
const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean', default: false }, rounds: { type: 'string' } },
})
const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
const unknown = wanted.find(name => !benches.some(bench => bench.name === name))
if (unknown !== undefined) {
  console.error(`no benchmark "${unknown}"; there are: ${benches.map(({ name }) => name).join(', ')}`)
  process.exitCode = 2
} else {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const tables: string[] = []
  for (const bench of benches) {
    if (wanted.length > 0 && !wanted.includes(bench.name)) continue
    say(`\n${bench.name}`)
    tables.push(markdown(await bench.run(say, values.full, rounds)))
  }
  const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${process.platform} ${release()}`
  console.log(`\n${machine}\n\n${tables.join('\n')}`)
}

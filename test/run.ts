/**
 * Runs test files with uvu and does not trust its exit code alone: uvu exits with 0 when nothing matched, when a file forgot to
 * call `.run()`, and when a promise that never settles empties the event loop before the summary.
 *
 *     node --import tsx test/run.ts [FOLDER] [--only PATTERN] [--ignore PATTERN] [--first NAME]... [--jobs N] [--each]
 *
 * Patterns are regular expressions over paths such as `test/cli/args.test.ts`. Eight files or fewer share a process; `--each` gives
 * every file its own. `--jobs` is how many processes run side by side, by default one more than there are cores, because some tests
 * only wait. `--first` names a file that starts before the others, as `cli/args` does `cli/args.test.ts`: a long one that started late
 * would run on alone. The output comes in the order of the processes, and ends with the line `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

interface Result {
  readonly passed: number
  readonly failed: number
}

const root = fileURLToPath(new URL('..', import.meta.url))
const uvu = join(root, 'node_modules/uvu/bin.js')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    ignore: { type: 'string' },
    first: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string' },
    each: { type: 'boolean', default: false },
  },
})
const folder = resolve(root, positionals[0] ?? 'test')
const only = new RegExp(values.only ?? '')
const ignore = values.ignore === undefined ? undefined : new RegExp(values.ignore)
const jobs = Number(values.jobs ?? availableParallelism() + 1)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.test.ts'))
  .filter(path => {
    const name = relative(root, join(folder, path))
    return only.test(name) && ignore?.test(name) !== true
  })
  .sort()
  .sort((a, b) => turn(a) - turn(b))

const groups = inGroups(files, values.each ? 1 : 8)
const outputs = createOutputs(groups.length)
const results: Result[] = []
let next = 0
await Promise.all(
  Array.from({ length: jobs }, async () => {
    while (next < groups.length) {
      const index = next++
      results.push(await runUvu(groups[index]!, text => outputs.add(index, text)))
      outputs.end(index)
    }
  }),
)
const sum = (key: keyof Result): number => results.reduce((total, result) => total + result[key], 0)
const failed = files.length === 0 ? 1 : sum('failed')
console.log(`\n${sum('passed')} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

/** The place in `--first`, or after all of them. */
function turn(file: string): number {
  const place = values.first.indexOf(file.replace(/\.test\.ts$/, ''))
  return place === -1 ? values.first.length : place
}

async function runUvu(group: readonly string[], print: (text: string) => void): Promise<Result> {
  const pattern = `^(${group.map(file => file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`
  const child = spawn(process.execPath, ['--import', 'tsx', uvu, '--no-color', folder, pattern], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // In GitHub Actions, the command would print annotations.
    env: { ...process.env, FORCE_COLOR: '0', GITHUB_ACTIONS: undefined },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    print(text)
  })
  child.stderr.setEncoding('utf8').on('data', print)
  const code = await new Promise<number | null>(done => child.on('close', done))
  const number = (name: string) => Number(new RegExp(`^\\s*${name}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0)
  const total = number('Total')
  const ok = number('Passed')
  const skipped = number('Skipped')
  const silent = withoutTests(output, group)
  if (total === 0 || skipped > 0 || silent.length > 0 || (code !== 0 && total === ok)) {
    const without = silent.length > 0 ? `, none in ${silent.join(', ')}` : ''
    print(
      `\n${group.join(', ')}: ${total} tests in all${without}, ${skipped} skipped, exit code ${code}: that is a failure\n`,
    )
    return { passed: ok, failed: Math.max(1, total - ok) }
  }
  return { passed: ok, failed: total - ok }
}

/** The files after whose name uvu printed no `(1 / 1)`. */
function withoutTests(output: string, group: readonly string[]): string[] {
  const tested = new Set<string>()
  let file: string | undefined
  for (const line of output.split('\n')) {
    if (group.includes(line)) file = line
    else if (file !== undefined && / {2}\(\d+ \/ [1-9]\d*\)$/.test(line)) tested.add(file)
  }
  return group.filter(name => !tested.has(name))
}

/** Neighbours go to different groups: the files of one folder often take equally long. */
function inGroups<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, group) => items.filter((_, index) => index % count === group))
}

/** Several outputs at one time, printed one after the other: the first that has not ended as it comes, the others after it. */
function createOutputs(count: number) {
  const waiting = Array.from({ length: count }, () => '')
  const ended = new Set<number>()
  let first = 0
  return {
    add(index: number, text: string): void {
      if (index === first) process.stdout.write(text)
      else waiting[index] += text
    },
    end(index: number): void {
      ended.add(index)
      while (ended.has(first)) {
        first += 1
        process.stdout.write(waiting[first] ?? '')
      }
    },
  }
}

/**
 * Runs test files with uvu and does not trust its exit code alone: uvu exits with 0 when nothing matched, when a file forgot to
 * call `.run()`, and when a promise that never settles empties the event loop before the summary.
 *
 *     node --import tsx test/run.ts FOLDER [--only PATTERN] [--ignore PATTERN] [--each]
 *
 * `--each` gives every file a process of its own. Ends with the line `N passed, N failed`.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    ignore: { type: 'string' },
    each: { type: 'boolean', default: false },
  },
})
const folder = positionals[0] ?? 'test'
const only = new RegExp(values.only ?? '')
const ignore = values.ignore === undefined ? undefined : new RegExp(values.ignore)
const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  .map(path => relative(root, join(root, folder, path)))
  .filter(path => path.endsWith('.test.ts') && only.test(path) && ignore?.test(path) !== true)
  .sort()

let passed = 0
let failed = 0
for (const group of values.each ? files.map(file => [file]) : [files]) {
  const result = await runUvu(group)
  passed += result.passed
  failed += result.failed
}
if (files.length === 0) failed = Math.max(failed, 1)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function runUvu(group: readonly string[]): Promise<{ passed: number; failed: number }> {
  const uvu = join(root, 'node_modules/uvu/bin.js')
  const pattern = `^(${group.map(file => relative(folder, file).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`
  const child = spawn(process.execPath, ['--import', 'tsx', uvu, '--no-color', folder, pattern], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FORCE_COLOR: '0' },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
    process.stdout.write(chunk)
  })
  const code = await new Promise<number | null>(done => child.on('close', done))
  const number = (name: string) => Number(new RegExp(`^\\s*${name}:\\s+(\\d+)`, 'm').exec(output)?.[1] ?? 0)
  const total = number('Total')
  const ok = number('Passed')
  const skipped = number('Skipped')
  if (total === 0 || skipped > 0 || (code !== 0 && total === ok)) {
    console.log(
      `\n${group.join(', ')}: ${total} tests in all, ${skipped} skipped, exit code ${code}: that is a failure`,
    )
    return { passed: ok, failed: Math.max(1, total - ok) }
  }
  return { passed: ok, failed: total - ok }
}

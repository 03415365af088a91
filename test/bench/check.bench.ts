/** `dock-lock check` on many Dockerfiles, beside a process that only lists the same files and reads them. */
import { findOccurrences } from '../../src/index.ts'
import { CLI } from '../support/cli.ts'
import type { Bench } from './support/bench.ts'
import { pinnedFiles } from './support/dockerfiles.ts'
import { ENV } from './support/environment.ts'
import { above, interleave, timeProcess } from './support/measure.ts'
import { peakMemory } from './support/memory.ts'
import { makeProject } from './support/project.ts'
import { milliseconds } from './support/table.ts'

/** What no check can do without: the list, and the bytes. */
const PLAIN_READ = `
const { execFileSync } = require('node:child_process')
const { readFileSync } = require('node:fs')
let bytes = 0
for (const file of execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], { maxBuffer: 1 << 30 }).toString().split('\\0'))
  if (file.endsWith('Dockerfile')) bytes += readFileSync(file).length
console.log(bytes)`

export const bench: Bench = {
  name: 'check',
  async run(say) {
    const rows: string[][] = []
    for (const [count, rounds] of [
      [1, 25],
      [1_000, 11],
      [10_000, 5],
    ] as const) {
      say(`${count} files`)
      const files = pinnedFiles(count)
      const occurrences = await countOccurrences(files)
      const project = makeProject(files)
      try {
        const options = { cwd: project.path, env: ENV }
        const { bare, read, check } = await interleave(rounds, {
          bare: () => timeProcess(process.execPath, ['-e', '0'], options),
          read: () => timeProcess(process.execPath, ['-e', PLAIN_READ], options),
          check: () => timeProcess(process.execPath, [CLI, 'check'], options),
        })
        const time = above(check, bare)
        const plain = above(read, bare)
        rows.push([
          count.toLocaleString('en'),
          occurrences.toLocaleString('en'),
          milliseconds(time),
          `${(time / count).toFixed(2)} ms`,
          Math.round((occurrences / time) * 1000).toLocaleString('en'),
          milliseconds(plain),
          `${(time / plain).toFixed(1)} ×`,
          `${(await peakMemory([CLI, 'check'], project.path)).toFixed(0)} MB`,
        ])
      } finally {
        project.remove()
      }
    }
    return {
      title: 'check on many files',
      header: [
        'files',
        'images named',
        'check',
        'per file',
        'images/s',
        'plain read',
        'ratio',
        'peak memory',
      ],
      rows,
      notes: [
        'Whole processes, above bare `node -e 0`, medians. Files of 20 to 60 lines, all locked and pinned, in a git repository. “Plain read” is a process that runs `git ls-files` and reads the same files.',
        'Goals: 1,000 files within 500 ms and 120 MB; no more than 0.3 ms for each further file.',
      ],
    }
  },
}

async function countOccurrences(files: Readonly<Record<string, string>>): Promise<number> {
  let count = 0
  for (const [path, text] of Object.entries(files))
    if (path.endsWith('Dockerfile'))
      for (const { kind } of await findOccurrences(text, path)) if (kind === 'image') count++
  return count
}

#!/usr/bin/env node
import { main } from './cli/main.ts'

// Where nothing can be said, the exit code is all that is left. It stays what it is.
process.stderr.on('error', () => {})
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // Whoever reads our output may stop early, as `head` does.
  if (code === 'EPIPE') return
  process.stderr.write(`dock-lock: the output cannot be written (${code})\n`)
  process.exit(2)
})

// A terminal that is gone, or a full disk: nobody reads what is said there, and the exit code tells.
process.stderr.on('error', () => {})

// No top-level await: the command is built to CommonJS, which starts 15 ms sooner (docs/figures.md).
main(process).then(exitCode => {
  process.exitCode = exitCode
  // Interrupted: what nobody can call off, such as a name that is being looked up, would keep us for as long as it takes.
  if (exitCode === 130) process.stdout.write('', () => process.stderr.write('', () => process.exit()))
})

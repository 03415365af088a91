#!/usr/bin/env node
import { main } from './cli/main.ts'

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // The reader may stop early, as `head` does.
  if (code === 'EPIPE') return
  process.stderr.write(`dock-lock: cannot write to stdout (${code})\n`)
  process.exit(2)
})

// The terminal is gone or the disk is full: only the exit code is left.
process.stderr.on('error', () => {})

// No top-level await: the command is built to CommonJS, which starts 15 ms sooner (docs/figures.md).
main(process).then(exitCode => {
  process.exitCode = exitCode
  // Some operations cannot be cancelled, such as a DNS lookup. After an interrupt, do not wait for them.
  if (exitCode === 130) process.stdout.write('', () => process.stderr.write('', () => process.exit()))
})

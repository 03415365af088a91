#!/usr/bin/env node
import { main } from './cli/main.ts'

// Whoever reads our output may stop early, as `head` does.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

// No top-level await: the command is built to CommonJS, which starts 15 ms sooner (docs/figures.md).
main(process).then(exitCode => {
  process.exitCode = exitCode
})

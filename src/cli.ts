#!/usr/bin/env node
import { main } from './cli/main.ts'

// Whoever reads our output may stop early, as `head` does.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

process.exitCode = await main(process)

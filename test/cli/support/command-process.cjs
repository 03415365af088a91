/**
 * Runs the built command once for each line on stdin, `{"cli": …, "args": […], "cwd": …, "env": {…}}`, in one process, and writes `END` and
 * the exit code to stdout and stderr after each.
 */
const { createInterface } = require('node:readline')
const { runHosted } = require('../../support/hosted.cjs')

function run({ cli, args, cwd, env }) {
  for (const [name, value] of Object.entries(env)) if (name.startsWith('TROUBLE')) process.env[name] = value
  const out = said => process.stdout.write(said)
  const err = said => process.stderr.write(said)
  return runHosted({ cli, args, cwd, env, out, err })
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const code = await run(JSON.parse(line))
    for (const stream of [process.stdout, process.stderr]) stream.write(`\nEND ${code}\n`)
  }
}

main()

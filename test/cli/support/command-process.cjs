/**
 * Runs the built command once for each line on stdin, `{"cli": …, "args": […], "cwd": …, "env": {…}}`, in one process, and writes `END` and
 * the exit code to stdout and stderr after each.
 */
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname } = require('node:path')
const { createInterface } = require('node:readline')
const { compileFunction } = require('node:vm')

async function run({ cli, args, cwd, env }) {
  for (const [name, value] of Object.entries(env)) if (name.startsWith('TROUBLE')) process.env[name] = value
  const text = readFileSync(cli, 'utf8').replace(/^#!.*/, '')
  const load = compileFunction(text, ['module', 'exports', 'require', '__dirname', 'process'], {
    filename: cli,
  })
  return new Promise(done => {
    const host = {
      argv: [process.execPath, cli, ...args],
      env,
      stdout: { write: said => process.stdout.write(said), on: () => {} },
      stderr: { write: said => process.stderr.write(said), on: () => {} },
      version: process.version,
      platform: process.platform,
      arch: process.arch,
      cwd: () => cwd,
      on: () => {},
      off: () => {},
      set exitCode(code) {
        done(code)
      },
    }
    load({ exports: {} }, {}, createRequire(cli), dirname(cli), host)
  })
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const code = await run(JSON.parse(line))
    for (const stream of [process.stdout, process.stderr]) stream.write(`\nEND ${code}\n`)
  }
}

main()

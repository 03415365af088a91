/** Runs the built command in this process, with a `process` of its own. Plain JavaScript, for processes without TypeScript. */
const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { dirname } = require('node:path')
const { compileFunction } = require('node:vm')

/** `cli ARGS`. Its chunks are loaded once: they hold no state. Resolves to the exit code. `columns`: stdout is a terminal so wide. */
exports.runHosted = ({ cli, args, cwd, env, out, err, columns }) => {
  // As Node wraps a CommonJS module, but `process` is a parameter too.
  const text = readFileSync(cli, 'utf8').replace(/^#!.*/, '')
  const load = compileFunction(text, ['module', 'exports', 'require', '__dirname', 'process'], {
    filename: cli,
  })
  return new Promise(done => {
    const host = {
      argv: [process.execPath, cli, ...args],
      env,
      stdout: { write: out, on: () => {}, ...(columns !== undefined && { isTTY: true, columns }) },
      stderr: { write: err, on: () => {} },
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

/**
 * Loaded before the command (`node --require`): names are looked up where nobody answers. As in the real thing, the question cannot
 * be called off and keeps the process alive. What was asked for goes to the file NAMES_LOG.
 */
const dns = require('node:dns')
const fs = require('node:fs')

dns.lookup = name => {
  fs.appendFileSync(process.env.NAMES_LOG, `${name}\n`)
  setTimeout(() => undefined, 60_000)
}

/**
 * Loaded before the command (`node --require`): counts what it does to the file system and, at the operation whose number TROUBLE_AT
 * gives (or at `all`), kills the process or lets the operation fail. TROUBLE is `kill`, or an error code such as `EIO`; TROUBLE_FOR
 * narrows it to operations of those names. What was counted goes to the file TROUBLE_LOG. Another TROUBLE_AT counts from the start.
 */
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')

let count = 0
let countedFor

function struck(name, path) {
  const { TROUBLE, TROUBLE_AT, TROUBLE_FOR, TROUBLE_LOG } = process.env
  if (TROUBLE_AT !== countedFor) count = 0
  countedFor = TROUBLE_AT
  if (!String(path).includes('/project/') || (TROUBLE_FOR && !TROUBLE_FOR.split(' ').includes(name))) return
  count += 1
  if (TROUBLE_LOG) fs.appendFileSync(TROUBLE_LOG, `${count} ${name} ${path}\n`)
  if (TROUBLE_AT !== 'all' && count !== Number(TROUBLE_AT)) return
  if (TROUBLE === 'kill') process.kill(process.pid, 'SIGKILL')
  throw Object.assign(new Error(`${TROUBLE}: trouble, ${name} '${path}'`), { code: TROUBLE })
}

for (const name of ['open', 'link', 'rename', 'unlink', 'copyFile']) {
  const real = fs.promises[name]
  fs.promises[name] = async (...args) => {
    struck(name, args[0])
    const result = await real(...args)
    if (name === 'open') {
      for (const method of ['writeFile', 'chmod', 'sync', 'close']) {
        const inner = result[method].bind(result)
        result[method] = async (...more) => {
          struck(method, args[0])
          return inner(...more)
        }
      }
    }
    return result
  }
}
for (const name of ['link', 'rename', 'unlink']) {
  const real = fs[`${name}Sync`]
  fs[`${name}Sync`] = (...args) => {
    struck(name, args[0])
    return real(...args)
  }
}
syncBuiltinESMExports()

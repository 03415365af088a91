// Preloaded into what is measured: says at its end how much memory (resident, KiB) it had at most, and its processor time (µs). getrusage(2) starts with what the
// parent had; https://man7.org/linux/man-pages/man5/proc_pid_status.5.html VmHWM does not.
const { existsSync, readFileSync } = require('node:fs')

process.on('exit', () => {
  const status = '/proc/self/status'
  const peak = existsSync(status)
    ? /VmHWM:\s+(\d+)/.exec(readFileSync(status, 'utf8'))[1]
    : process.resourceUsage().maxRSS
  const { user, system } = process.cpuUsage()
  process.stderr.write(`\npeak ${peak}\ncpu ${user + system}\n`)
})

import { fileURLToPath } from 'node:url'
import { runProgram } from '../../support/spawn.ts'

const PRELOAD = fileURLToPath(new URL('peak.cjs', import.meta.url))

/** The most memory (resident, in MB of 10⁶ bytes) that `node ARGS` had. */
export async function peakMemory(args: readonly string[], cwd: string): Promise<number> {
  const { stderr } = await runProgram(process.execPath, ['--require', PRELOAD, ...args], { cwd })
  const kibibytes = /^peak (\d+)$/m.exec(stderr)?.[1]
  if (kibibytes === undefined) throw new Error(`no peak memory was reported: ${stderr}`)
  return (Number(kibibytes) * 1024) / 1e6
}

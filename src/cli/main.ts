import { DockLockError, exitCodeOf, printable, redact } from '../core/error.ts'
import { type Invocation, parseCommandLine } from './args.ts'
import type { Host } from './host.ts'

/** Runs one command line; the exit code is what it returns. */
export async function main(host: Host): Promise<number> {
  let invocation: Invocation | undefined
  const interrupt = new AbortController()
  const onSignal = (name: 'SIGINT' | 'SIGTERM') => interrupt.abort(name)
  try {
    invocation = parseCommandLine(host.argv.slice(2), host.env)
    if (invocation.version) {
      const { readVersion } = await import('../io/version.ts')
      host.stdout.write(`${await readVersion()}\n`)
      return 0
    }
    if (invocation.help) {
      const { helpText } = await import('./help.ts')
      host.stdout.write(
        helpText(invocation.named ? invocation.command : undefined, host.stdout.columns ?? 80),
      )
      return 0
    }
    host.on('SIGINT', onSignal)
    host.on('SIGTERM', onSignal)
    const { runCommand } = await import('./run.ts')
    return await runCommand(host, invocation, interrupt.signal)
  } catch (error) {
    return await reportFailure(host, invocation?.json ?? host.argv.includes('--json'), error)
  } finally {
    host.off('SIGINT', onSignal)
    host.off('SIGTERM', onSignal)
  }
}

const UNTOUCHED = 'Files and lockfile are as they were'

/** Says what stopped the run: for people on stderr; with `--json` as the one document on stdout too. */
async function reportFailure(host: Host, json: boolean, error: unknown): Promise<number> {
  if (!(error instanceof DockLockError)) {
    const { readVersion } = await import('../io/version.ts')
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const text = redact(stack).split('\n').map(printable).join('\n')
    host.stderr.write(
      `dock-lock ${await readVersion()}: this is a bug in dock-lock, please report it\n${text}\n`,
    )
    return 2
  }
  const exitCode = exitCodeOf(error.code)
  if (json) {
    const { jsonDocument } = await import('../reporters/json.ts')
    host.stdout.write(jsonDocument(failureDocument(error, exitCode)))
  } else {
    const { place, message, hint = error.code === 'interrupted' ? UNTOUCHED : undefined } = error
    const where = place === undefined ? '' : `${printable(place.file)}:${place.line}:${place.column}: `
    host.stderr.write(`dock-lock: ${where}${message}\n${hint === undefined ? '' : `  ${hint}\n`}`)
  }
  return exitCode
}

function failureDocument({ code, message, hint, place }: DockLockError, exitCode: number): object {
  return {
    exitCode,
    error: { code, message, ...(hint !== undefined && { hint }), ...(place !== undefined && { place }) },
  }
}

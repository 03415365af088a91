import { resolve } from 'node:path'
import { DockLockError, exitCodeOf, printable, redact } from '../core/error.ts'
import { type ReporterEntry, type ReporterName, reporters } from '../reporters/index.ts'
import { wrapLines } from '../reporters/wrap.ts'
import type { Host } from './host.ts'

const UNTOUCHED = 'Files and lockfile are unchanged'

/** Reports the error that stopped the run, and returns its exit code. Its text goes to stderr, unless --json puts it on stdout. */
export async function reportFailure(
  host: Host,
  { reporter: name, cwd }: { readonly reporter: ReporterName; readonly cwd?: string | undefined },
  error: unknown,
): Promise<number> {
  if (!(error instanceof DockLockError)) {
    const { readVersion } = await import('../io/version.ts')
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const text = redact(stack).split('\n').map(printable).join('\n')
    host.stderr.write(
      `dock-lock ${await readVersion()}: this is a bug in dock-lock. Please report it with these lines:\n${text}\n`,
    )
    return 2
  }
  const exitCode = exitCodeOf(error.code)
  if (name !== 'json') writeText(host, error)
  const entry: ReporterEntry = reporters[name]
  if (entry.loadFailure !== undefined) {
    const { code, message, hint, place } = error
    const failure = {
      exitCode,
      error: { code, message, ...(hint !== undefined && { hint }), ...(place !== undefined && { place }) },
    }
    const report = await entry.loadFailure()
    const tool = async () => (await import('../io/tool.ts')).readTool(folderOf(host, cwd), host.env)
    host.stdout.write(await report(failure, tool))
  }
  return exitCode
}

function writeText({ stderr }: Host, error: DockLockError): void {
  const { place, message, hint = error.code === 'interrupted' ? UNTOUCHED : undefined } = error
  const where = place === undefined ? '' : `${printable(place.file)}:${place.line}:${place.column}: `
  const text = `dock-lock: ${where}${message}\n${hint === undefined ? '' : `    → ${hint}\n`}`
  stderr.write(stderr.isTTY === true ? wrapLines(text, stderr.columns || 80) : text)
}

function folderOf(host: Host, given = ''): string {
  try {
    return resolve(host.cwd(), given)
  } catch {
    // The current folder is gone, which may be the error.
    return resolve('/', given)
  }
}

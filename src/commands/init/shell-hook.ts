/** A hook that is a shell script. */
import { callsDockLock } from './calls.ts'

/**
 * The hook with a call at its start, which refuses the commit if the call fails. A call at the end would decide alone whether the
 * commit is refused, and would not run after an `exit`. Undefined if the hook is not a shell script.
 */
export function withHookCall(text: string, call: string): string | undefined {
  if (callsIn(text)) return text
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const lines = text.split(/\r?\n/)
  if (text.startsWith('#!') && !/\b(?:ba|da|k|z|a)?sh\b/.test(lines[0] ?? '')) return undefined
  const start = endOfHead(lines)
  return [...lines.slice(0, start), `${call} || exit 1`, ...lines.slice(start)].join(end)
}

function callsIn(text: string): boolean {
  return text.split('\n').some(line => !/^\s*#/.test(line) && callsDockLock(line))
}

/** Behind the first line, settings of the shell and the lines that husky 8 writes. */
function endOfHead(lines: readonly string[]): number {
  let end = 0
  for (const [index, line] of lines.entries()) {
    if (/^(?:#!|set [-+]|(?:\.|source) .*husky\.sh)/.test(line)) end = index + 1
    else if (!/^\s*(?:#|$)/.test(line)) break
  }
  return end
}

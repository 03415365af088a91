/** Compares what a command printed with what a page shows. */
import * as assert from 'uvu/assert'

/** What differs from run to run, or between engines, has a name instead. The width of columns stays. */
function normalized(text: string): string {
  return text
    .replace(/sha256:[0-9a-f]{12,}…?/g, '{digest}')
    .replace(/\((?:\d+ ms|\d+\.\d s)\)/g, '({time})')
    .replace(/\bDocker \d+\.\d+\.\d+ \((?:containerd|graphdriver) store/g, 'Docker {version} ({kind} store')
    .replace(/\b\d+(?= registry requests?\b)/g, '{count}')
    .replace(/\b\d{4}-\d\d-\d\d by [0-9a-f]{12}\b/g, '{date} by {commit}')
    .replace(/ +$/gm, '')
    .trimEnd()
}

/** `…` in the page is any text, and alone in a line it is any lines. */
export function assertShown(actual: string, shown: string, where: string): void {
  const [is, expected] = [normalized(actual), normalized(shown)]
  const pattern = expected
    .split(/^…$\n?/m)
    .map(part => part.split('…').map(escaped).join('.*'))
    .join('(?:.*(?:\\n|$))*?')
  if (!new RegExp(`^${pattern}$`).test(is)) assert.fixture(is, expected, where)
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The exit code that an output means. */
export function impliedCode(shown: string): number {
  if (/^dock-lock: /m.test(shown)) return 2
  if (/^not reached: |\bunreached\b/m.test(shown)) return 3
  return /✗|\bfindings?\b|\boutdated \(/.test(shown) ? 1 : 0
}

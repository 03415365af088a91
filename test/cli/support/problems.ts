import { FINDINGS } from '../../support/findings.ts'
import type { Ran } from '../../support/spawn.ts'

/** One complaint, as a person reads it. */
export interface Problem {
  /** `Dockerfile:1:6`; empty where it is about no place. */
  readonly where: string
  readonly what: string
  /** What to do. */
  readonly next: string
}

const CODES = FINDINGS.map(({ code }) => code).join('|')

/** Everything that a run complained of, on either output. */
export function problemsOf({ stdout, stderr }: Ran): readonly Problem[] {
  const found: Problem[] = []
  const collect = (text: string, head: RegExp, next: RegExp) => {
    const lines = text.split('\n')
    lines.forEach((line, index) => {
      const [, where = '', what] = head.exec(line) ?? []
      if (what === undefined) return
      found.push({ where, what, next: next.exec(lines[index + 1] ?? '')?.[1] ?? '' })
    })
  }
  collect(stdout, new RegExp(`^(?:(\\S.*?:\\d+:\\d+) {2})?((?:${CODES}) {2}.*)$`), /^ {4}→ (.+)$/)
  collect(stderr, /^dock-lock: (?:(\S+:\d+:\d+): )?(.*)$/, /^ {4}→ (.+)$/)
  return found
}

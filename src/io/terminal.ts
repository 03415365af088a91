/** What the two outputs support. */
export interface Terminal {
  /** Results, on stdout, may be coloured. */
  readonly color: boolean
  readonly width: number
  /** Whether stdout is a terminal, where long lines are broken between words. */
  readonly wraps: boolean
  /** Progress, on stderr, may be redrawn. Otherwise it is plain lines. */
  readonly live: boolean
  readonly errWidth: number
  readonly errHeight: number
  writeErr(text: string): void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** Colour only on a terminal, unless NO_COLOR or FORCE_COLOR is set. No redrawing on a dumb terminal or in CI. @see https://no-color.org */
export function createTerminal(
  out: Output,
  err: Output,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const colors = (output: Output): boolean => {
    if (env.NO_COLOR) return false
    if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
    return output.isTTY === true && env.TERM !== 'dumb'
  }
  return {
    color: colors(out),
    width: out.columns || 80,
    wraps: out.isTTY === true,
    live: err.isTTY === true && env.TERM !== 'dumb' && !env.CI,
    errWidth: err.columns || 80,
    errHeight: err.rows || 24,
    writeErr: text => void err.write(text),
  }
}

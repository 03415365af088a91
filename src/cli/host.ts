/** The parts of `process` that a run needs, so that a test can hand in others. */
export interface Host {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  cwd(): string
  on(signal: Signal, listener: (name: Signal) => void): unknown
  off(signal: Signal, listener: (name: Signal) => void): unknown
}

/** What ends a run: Ctrl-C, `kill`, the end of the terminal. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Signal = (typeof SIGNALS)[number]

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** The parts of `process` that a run needs. Tests pass their own. */
export interface Host {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  cwd(): string
  on(signal: Signal, listener: (name: Signal) => void): unknown
  off(signal: Signal, listener: (name: Signal) => void): unknown
}

/** The signals that end a run: from Ctrl-C, `kill`, and a closed terminal. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type Signal = (typeof SIGNALS)[number]

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

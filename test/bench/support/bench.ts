import type { Table } from './table.ts'

export interface Bench {
  /** On the command line. */
  readonly name: string
  /**
   * Measures; `say` tells a person who waits what it is at. What cannot be measured on this machine is in the table's notes. `full`
   * measures also what takes more than two minutes, where there is such. `rounds` is how often whole processes are measured, where a
   * benchmark allows another number than its own.
   */
  readonly run: (say: (line: string) => void, full: boolean, rounds?: number) => Promise<Table>
}

import type { Table } from './table.ts'

export interface Bench {
  /** On the command line. */
  readonly name: string
  /**
   * Measures; `say` tells a person who waits what it is at. What cannot be measured on this machine is in the table's notes. `full`
   * measures also what takes more than two minutes, where there is such.
   */
  readonly run: (say: (line: string) => void, full: boolean) => Promise<Table>
}

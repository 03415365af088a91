/** What the tests share that compare `verify` with builds, state by state. */
import { readFileSync, rmSync } from 'node:fs'
import * as assert from 'uvu/assert'

/** Fails unless docs/verify-measured.md has each of these lines of a table. */
export function assertInDocs(rows: readonly string[]): void {
  console.log(`\n${rows.join('\n')}`)
  const docs = readFileSync(new URL('../../../docs/verify-measured.md', import.meta.url), 'utf8')
  for (const row of rows) assert.ok(docs.includes(row), `docs/verify-measured.md has not: ${row}`)
}

/** Stops all of them, also where one fails to: what still runs keeps this process from ending. */
export async function stopBenches(
  benches: readonly { readonly seeded: { stop(): Promise<unknown> }; readonly scratch: string }[],
): Promise<void> {
  const stopped = await Promise.allSettled(benches.map(({ seeded }) => seeded.stop()))
  for (const { scratch } of benches) rmSync(scratch, { recursive: true, force: true })
  for (const one of stopped) if (one.status === 'rejected') throw one.reason
}

import { DockLockError } from '../../src/core/error.ts'
import { mustTellNoSecret } from './planted.ts'

/** The DockLockError that `run` ends in, or that it rejects with; anything else fails the test. */
export async function failureOf(run: Promise<unknown> | (() => unknown)): Promise<DockLockError> {
  try {
    await (typeof run === 'function' ? run() : run)
  } catch (error) {
    if (!(error instanceof DockLockError)) throw error
    mustTellNoSecret(`${error.message} ${error.hint}`)
    return error
  }
  throw new Error('it did not fail')
}

/** `file:line:column` of an error, or `nowhere`. */
export function whereOf({ place }: DockLockError): string {
  return place === undefined ? 'nowhere' : `${place.file}:${place.line}:${place.column}`
}

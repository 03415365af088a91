/** Errors of connections of any kind. */
/** Something did not arrive within so many milliseconds. */
export class TimedOut extends Error {
  readonly milliseconds: number

  constructor(milliseconds: number, awaited = 'answer') {
    super(`no ${awaited} in ${milliseconds / 1000} s`)
    this.milliseconds = milliseconds
  }
}

/** A program that forwards to the engine could not be started, or failed. */
export class ProgramFailed extends Error {
  /** Exit code, signal, or the system's error code if it could not be started. */
  readonly ended: number | string
  /** The last lines of its stderr; not made printable. */
  readonly said: string

  constructor(command: string, ended: number | string, said: string) {
    super(`${command} ended with ${ended}`)
    this.ended = ended
    this.said = said
  }
}

/** For people. */
export interface Explained {
  readonly message: string
  readonly hint?: string
}

/** How a connection fails, whatever it is. */
/** What was waited for did not come in so many milliseconds. */
export class TimedOut extends Error {
  readonly milliseconds: number

  constructor(milliseconds: number, awaited = 'answer') {
    super(`no ${awaited} in ${milliseconds / 1000} s`)
    this.milliseconds = milliseconds
  }
}

/** A program that should forward to the engine could not be started, or ended with a failure of its own. */
export class ProgramFailed extends Error {
  /** Exit code, the signal that ended it, or the system's error code when it could not be started. */
  readonly ended: number | string
  /** The last that it said of its own accord, a few lines; not made printable. */
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

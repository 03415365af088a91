import type { InlineDockerfile } from '../core/build.ts'
import type { Range } from '../core/place.ts'
import type { StartedBuild } from './build-format.ts'

/** A string that is written in a file of builds: what it means, and where its characters are. */
export interface WrittenText extends Pick<InlineDockerfile, 'text' | 'rangeOf' | 'near'> {
  readonly file: string
  /** Where it begins: its opening quote, or its first character. */
  readonly offset: number
}

/** A build of a file, with where its values are written. A value that is computed has no place. */
export interface WrittenBuild extends StartedBuild {
  readonly name: string
  readonly written: {
    readonly args: Readonly<Record<string, WrittenText>>
    readonly contexts: Readonly<Record<string, WrittenText>>
  }
}

/** The text whose character `i` is written from `offsets[i]` to `offsets[i + 1]` of the file. `offsets` has one more than the text. */
export function writtenText(
  file: string,
  offset: number,
  text: string,
  offsets: readonly number[],
): WrittenText {
  return {
    file,
    offset,
    text,
    rangeOf({ start, end }: Range) {
      const [from, to] = [offsets[start], offsets[end]]
      return from === undefined || to === undefined || start > end ? undefined : { start: from, end: to }
    },
    near: index => offsets[Math.min(index, text.length)] ?? offset,
  }
}

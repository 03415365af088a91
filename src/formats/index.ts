import { dockerfile } from './dockerfile/index.ts'
import type { Format } from './format.ts'

/** Every kind of file that is searched for images. */
export const formats: readonly Format[] = [dockerfile]

/** The kind of file that `path` is, by its name; undefined for all that name no images. */
export function formatOf(path: string): Format | undefined {
  return formats.find(format => format.matches(path))
}

import { dockerfile } from './dockerfile/index.ts'
import type { Format } from './format.ts'

/** Every kind of file that is searched for images. */
export const formats: readonly Format[] = [dockerfile]

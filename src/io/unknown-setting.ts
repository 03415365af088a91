import { nearest } from '../lib/nearest.ts'

/** `unknown setting "pins": did you mean "pin"?` */
export function unknownSetting(name: string, known: Iterable<string>): string {
  // A name of a file may have any length.
  const [meant] = nearest(name.slice(0, 100), known, Math.min(2, name.length >> 1))
  return `unknown setting "${name}"${meant === undefined ? '' : `: did you mean "${meant}"?`}`
}

import type { Reporter } from './reporter.ts'

/** All reporters, by name. */
export const reporters: Readonly<Record<'text' | 'json', { readonly load: () => Promise<Reporter> }>> = {
  text: { load: async () => (await import('./text.ts')).text },
  json: { load: async () => (await import('./json.ts')).json },
}

import type { Reporter } from './reporter.ts'

/** The ways a result can be printed. */
export const reporters: Readonly<Record<'text' | 'json', { readonly load: () => Promise<Reporter> }>> = {
  text: { load: async () => (await import('./text.ts')).text },
  json: { load: async () => (await import('./json.ts')).json },
}

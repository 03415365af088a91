import type { Reporter } from './reporter.ts'

/** All reporters, by name. */
export const reporters: Readonly<
  Record<'text' | 'json' | 'markdown', { readonly load: () => Promise<Reporter> }>
> = {
  text: { load: async () => (await import('./text.ts')).text },
  markdown: { load: async () => (await import('./markdown.ts')).markdown },
  json: { load: async () => (await import('./json.ts')).json },
}

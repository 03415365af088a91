import type { Tool } from '../../src/reporters/reporter.ts'

/** What reports for other programs say about dock-lock, for tests. */
export const TOOL: Tool = {
  version: '1.2.3',
  rules: [
    { code: 'unlocked', level: 'error', summary: 'An image.', text: 'An image.\n\nMore of it.' },
    { code: 'ignored', level: 'note', summary: 'Ignored.', text: 'Ignored.' },
  ],
  folder: '',
}
export const toolIn = (folder: string) => async (): Promise<Tool> => ({ ...TOOL, folder })

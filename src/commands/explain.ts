import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import type { ExplainReport } from '../core/report.ts'
import { readRules } from '../io/rules.ts'
import { nearest } from '../lib/nearest.ts'
import type { Options } from './command.ts'

/** `dock-lock explain [RULE]`: the sections of docs/rules.md. Contacts nobody, and needs no project. */
export async function explainCommand(_: Context, { paths }: Options): Promise<ExplainReport> {
  const started = performance.now()
  const all = await readRules()
  const known = all.map(({ code }) => code)
  for (const name of paths) if (!known.some(code => code === name)) throw unknownRule(name, known)
  return {
    command: 'explain',
    exitCode: 0,
    rules: paths.length === 0 ? all : all.filter(({ code }) => paths.includes(code)),
    named: paths.length > 0,
    milliseconds: performance.now() - started,
  }
}

function unknownRule(name: string, known: readonly string[]): DockLockError {
  const [meant] = nearest(name, known, Math.min(3, name.length >> 1))
  return new DockLockError('usage', `unknown rule "${name}"`, {
    hint:
      meant === undefined
        ? 'To list all rules, run: dock-lock explain'
        : `Did you mean "dock-lock explain ${meant}"?`,
  })
}

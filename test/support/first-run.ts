/** `dock-lock` in a folder that has never seen it, with a registry that knows every tag. */
import { checkCommand } from '../../src/commands/check.ts'
import { DEFAULT_OPTIONS, type Options } from '../../src/commands/command.ts'
import { lockCommand } from '../../src/commands/lock.ts'
import type { CheckReport, LockReport } from '../../src/core/report.ts'
import { NO_WORLD, pathOf, worldOf } from '../corpus/world.ts'
import { type Files, withFolder } from './folder.ts'
import { startRegistry } from './registry/index.ts'

export interface FirstRun {
  readonly root: string
  lock(options?: Partial<Options>, env?: Readonly<Record<string, string>>): Promise<LockReport>
  check(options?: Partial<Options>, env?: Readonly<Record<string, string>>): Promise<CheckReport>
}

/** `dead`: names as in a Dockerfile whose tag the registry does not have. */
export async function withFirstRun(
  files: Files,
  use: (run: FirstRun) => Promise<void>,
  dead: readonly string[] = [],
): Promise<void> {
  const registry = await startRegistry({ answerAnything: true })
  for (const name of dead) registry.fault({ pathRegex: pathOf(name) }, { kind: 'status', status: 404 })
  try {
    await withFolder(files, async root => {
      const contextWith = (env: Readonly<Record<string, string>> = {}) => {
        const context = worldOf(root, NO_WORLD, registry)
        return { ...context, env: { ...context.env, ...env } }
      }
      await use({
        root,
        lock: (options, env) => lockCommand(contextWith(env), { ...DEFAULT_OPTIONS, ...options }),
        check: (options, env) => checkCommand(contextWith(env), { ...DEFAULT_OPTIONS, ...options }),
      })
    })
  } finally {
    await registry.close()
  }
}

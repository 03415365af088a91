import type { Ran } from '../../support/spawn.ts'
import type { Project } from './project.ts'

/** `dock-lock ARGS` by somebody whom permissions bind. Root is made such a one by taking its capabilities away. */
export function runUnprivileged(project: Project, args: readonly string[]): Promise<Ran> {
  if (process.getuid?.() !== 0) return project.run(args)
  const [node = '', ...rest] = project.command
  return project.exec('setpriv', ['--bounding-set=-all', '--inh-caps=-all', node, ...rest, ...args])
}

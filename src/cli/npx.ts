import { DockLockError } from '../core/error.ts'

/** Options without which a run does more than was asked for. */
const LIMITS = ['frozen', 'dry-run', 'staged', 'strict', 'no-pin', 'no-pull', 'no-verify'] as const

/**
 * `npx --no dock-lock --frozen` passes no `--frozen`: npx takes `dock-lock` for the value of `--no`, and what follows for its own
 * options, up to the first word. npm hands its options on as variables.
 * @throws DockLockError `usage`
 */
export function refuseSwallowed(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  if (env.npm_command !== 'exec' || env.npm_lifecycle_event !== 'npx') return
  for (const option of LIMITS) {
    const variable = `npm_config_${option.replace(/^no-/, '').replace('-', '_')}`
    if (env[variable] === undefined || argv.includes(`--${option}`)) continue
    if (option === 'dry-run' && (argv.includes('-n') || env[variable] === '')) continue
    throw new DockLockError('usage', `npx took --${option} for an option of its own`, {
      hint: `Write -- before dock-lock: npx --no -- dock-lock --${option}`,
    })
  }
}

/** Runs the shell steps of actions and workflows, as a runner would; the rest of a runner is not here. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { REPOSITORY } from '../support/npm.ts'
import { type Ran, runProgram } from '../support/spawn.ts'

export interface Step {
  readonly id?: string
  readonly if?: string
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The steps of `action.yml`, or of the job of a workflow. */
export function stepsOf(file: string, job = ''): readonly Step[] {
  const { runs, jobs } = parse(readFileSync(join(REPOSITORY, file), 'utf8'))
  return job === '' ? runs.steps : jobs[job].steps
}

export interface Runner {
  readonly cwd: string
  /** For its own files. */
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** Expression → value, as in `inputs.command`. */
  readonly values: Readonly<Record<string, string>>
}

/** Runs one step with bash, as `shell: bash` does. Returns also what it wrote to GITHUB_OUTPUT. */
export async function runStep(
  step: Step | undefined,
  { cwd, folder, env, values }: Runner,
): Promise<Ran & { readonly outputs: Readonly<Record<string, string>> }> {
  if (step?.run === undefined) throw new Error('no such step')
  mkdirSync(folder, { recursive: true })
  const [script, output] = [join(folder, 'step.sh'), join(folder, 'output')]
  writeFileSync(script, step.run)
  writeFileSync(output, '')
  const own = Object.entries(step.env ?? {}).map(([name, text]) => [name, evaluate(text, values)])
  const ran = await runProgram('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
    cwd,
    env: {
      ...env,
      GITHUB_OUTPUT: output,
      RUNNER_OS: 'Linux',
      RUNNER_ARCH: 'X64',
      ...Object.fromEntries(own),
    },
    timeoutMs: 120_000,
  })
  const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean)
  return { ...ran, outputs: Object.fromEntries(lines.map(line => line.split(/=(.*)/s).slice(0, 2))) }
}

function evaluate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    const value = values[expression]
    if (value === undefined) throw new Error(`no value for ${expression}`)
    return value
  })
}

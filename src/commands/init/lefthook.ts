import { field } from '../../lib/json.ts'
import { callsDockLock, hookCall } from './calls.ts'
import type { InitProject, Integration } from './integration.ts'

/** @see https://lefthook.dev/configuration/ */
export const lefthook: Integration = {
  name: 'lefthook',
  kind: 'hook',
  missing: 'there is no lefthook.yml',
  detect: project => (fileOf(project) === undefined ? undefined : { what: `lefthook (${fileOf(project)})` }),
  plan(project) {
    const file = fileOf(project) ?? 'lefthook.yml'
    const call = hookCall(project)
    const text = project.read(file) ?? ''
    const what = 'each commit is checked'
    if (/\.ya?ml$/.test(file))
      return { steps: [{ file, what, apply: (given = '') => inYaml(file, given, call) }] }
    if (file.endsWith('.json'))
      return { steps: [{ file, what, apply: (given = '{}') => inJson(file, given, call) }] }
    if (/^[^#\n]*\brun\b.*\bdock-lock\b/m.test(text)) return { steps: [] }
    const run = JSON.stringify(call)
    return {
      steps: [],
      byHand: [
        file.endsWith('.toml')
          ? `add to ${file} the table [pre-commit.commands.dock-lock] with: run = ${run}`
          : `add to pre-commit.commands in ${file}: "dock-lock": {"run": ${run}}`,
      ],
    }
  },
}

async function inYaml(file: string, text: string, call: string): Promise<string> {
  const { appendEntry, readYaml, yamlScalar } = await import('../../io/yaml-edit.ts')
  const hook = field(await readYaml(file, text), 'pre-commit')
  if (hasCall(hook)) return text
  const run = `run: ${yamlScalar(call)}`
  return field(hook, 'jobs') === undefined
    ? appendEntry(file, text, ['pre-commit', 'commands'], ['dock-lock:', `  ${run}`])
    : appendEntry(file, text, ['pre-commit', 'jobs'], ['- name: dock-lock', `  ${run}`])
}

async function inJson(file: string, text: string, call: string): Promise<string> {
  const { updateJson } = await import('../../io/package-json.ts')
  return updateJson(file, text, content => {
    const hook = content['pre-commit']
    if (hasCall(hook)) return undefined
    const { jobs, commands } = (hook ?? {}) as {
      readonly jobs?: readonly unknown[]
      readonly commands?: object
    }
    const added = Array.isArray(jobs)
      ? { jobs: [...jobs, { name: 'dock-lock', run: call }] }
      : { commands: { ...commands, 'dock-lock': { run: call } } }
    return { 'pre-commit': { ...(hook as object | undefined), ...added } }
  })
}

/** Whether a hook has a command of that name, or one that calls dock-lock. */
function hasCall(hook: unknown): boolean {
  if (field(field(hook, 'commands'), 'dock-lock') !== undefined) return true
  if (typeof hook === 'string') return callsDockLock(hook)
  return typeof hook === 'object' && hook !== null && Object.values(hook).some(hasCall)
}

const FILES = ['', '.', '.config/'].flatMap(start =>
  ['yml', 'yaml', 'toml', 'json', 'jsonc'].map(ending => `${start}lefthook.${ending}`),
)

function fileOf({ read }: InitProject): string | undefined {
  return FILES.find(file => read(file) !== undefined)
}

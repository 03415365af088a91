/** Finds what can be set up, lets a person choose, and writes it. */
import { realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Context } from '../../context.ts'
import { unifiedDiff } from '../../core/diff.ts'
import { DockLockError, printable } from '../../core/error.ts'
import type { InitReport, InitStep } from '../../core/report.ts'
import { removeLeftovers } from '../../io/leftovers.ts'
import { encodeSource } from '../../io/source.ts'
import { type FileChange, writeAll } from '../../io/write.ts'
import { nearest } from '../../lib/nearest.ts'
import type { Options } from '../command.ts'
import { integrations } from './index.ts'
import type { Found, Integration, Plan, Step } from './integration.ts'
import { type InitProjectRead, readInitProject } from './project.ts'

interface Planned {
  readonly integration: Integration
  readonly found: Found
  readonly plan: Plan
  /** The steps that change something. */
  readonly missing: readonly Step[]
}

/** @throws DockLockError `usage` if there is nobody to ask, `interrupted` */
export async function setUp(context: Context, options: Options): Promise<Omit<InitReport, 'milliseconds'>> {
  const project = await readInitProject(context, options.script)
  const all = await planAll(project)
  const selected = options.paths.length > 0 ? selectNamed(options.paths, all) : selectDefault(all)
  const planned = withoutOtherHooks(all, selected)
  const chosen = await confirm(context, options, planned, selected)
  const changes = await changesOf(chosen, project)
  if (!options.dryRun && changes.length > 0) {
    await removeLeftovers(
      'file',
      changes.map(({ path }) => dirname(path)),
    )
    await writeAll(changes, context.signal)
  }
  const name = shownFrom(project.top, context.cwd)
  return {
    command: 'init',
    exitCode: 0,
    dryRun: options.dryRun,
    files: changes.map(({ file }) => ({ file: name(file), places: 1, written: !options.dryRun })),
    found: planned.flatMap(({ found }) => found.what ?? []),
    steps: planned.flatMap(one => stepReports(one, chosen, name)),
    byHand: byHandOf(planned, selected, chosen, project),
    ...(options.dryRun && {
      diff: changes
        .map(({ file, before, after }) =>
          unifiedDiff(name(file), before?.toString('utf8'), after.toString('utf8')),
        )
        .join(''),
    }),
  }
}

async function planAll(project: InitProjectRead): Promise<readonly Planned[]> {
  const planned: Planned[] = []
  for (const integration of integrations) {
    const found = integration.detect(project)
    if (found === undefined) continue
    const plan = integration.plan(project)
    const missing: Step[] = []
    for (const step of plan.steps) {
      const text = project.read(step.file)
      if ((await step.apply(text)) !== text) missing.push(step)
    }
    planned.push({ integration, found, plan, missing })
  }
  return planned
}

/** @throws DockLockError `usage` for a name that is unknown, or whose integration is not found */
function selectNamed(names: readonly string[], planned: readonly Planned[]): readonly Planned[] {
  return names.map(name => {
    const integration = integrations.find(one => one.name === name)
    if (integration === undefined) {
      throw new DockLockError('usage', `init cannot set up "${name}"`, {
        hint: meantOrAll(name),
      })
    }
    const found = planned.find(one => one.integration === integration)
    if (found !== undefined) return found
    throw new DockLockError('usage', `init cannot set up ${name}: ${integration.missing}`, {
      hint: 'Set that up first, or run init in another folder',
    })
  })
}

function meantOrAll(name: string): string {
  const names = integrations.map(one => one.name)
  const [meant] = nearest(name, names, Math.min(2, name.length >> 1))
  return meant === undefined ? `It can set up ${names.join(', ')}` : `Did you mean "dock-lock init ${meant}"?`
}

/** The scripts, and the first hook unless another one is set up already. */
function selectDefault(planned: readonly Planned[]): readonly Planned[] {
  const [hook] = planned.filter(({ integration, found }) => integration.kind === 'hook' && !found.isOptional)
  const hasHook = planned.some(one => one.integration.kind === 'hook' && isPresent(one))
  return planned.filter(one => {
    if (one.integration.kind === 'hook') return one === hook && !hasHook
    return !one.found.isOptional
  })
}

/** One hook is enough: others are neither offered nor reported. */
function withoutOtherHooks(all: readonly Planned[], selected: readonly Planned[]): readonly Planned[] {
  const isHook = ({ integration }: Planned) => integration.kind === 'hook'
  const has = all.some(one => isHook(one) && (isPresent(one) || selected.includes(one)))
  if (!has) return all
  return all.map(one =>
    isHook(one) && !isPresent(one) && !selected.includes(one)
      ? { ...one, plan: { steps: [] }, missing: [] }
      : one,
  )
}

function isPresent({ plan, missing }: Planned): boolean {
  return plan.steps.length > 0 && missing.length === 0
}

/** The steps to take. @throws DockLockError `usage` if there is nobody to ask, `interrupted` */
async function confirm(
  { choose }: Context,
  { yes, dryRun, paths }: Options,
  planned: readonly Planned[],
  selected: readonly Planned[],
): Promise<readonly Step[]> {
  const steps = selected.flatMap(({ missing }) => missing)
  if (yes || dryRun || steps.length === 0) return steps
  if (choose === undefined) {
    const files = [...new Set(steps.map(({ file }) => file))].join(', ')
    throw new DockLockError('usage', `init would change ${files}, but there is no terminal to ask on`, {
      hint: `To see the changes, run: dock-lock init --dry-run; to make them: dock-lock init --yes`,
    })
  }
  const offered = (paths.length > 0 ? selected : planned).filter(({ missing }) => missing.length > 0)
  const all = offered.flatMap(({ missing }) => missing)
  const found = planned.flatMap(one => one.found.what ?? [])
  const answers = await choose(
    printable(`${found.length > 0 ? `Found ${found.join(', ')}. ` : ''}Which changes should dock-lock make?`),
    offered.map(({ integration, missing }) => ({
      title: integration.name,
      choices: missing.map(step => ({
        value: String(all.indexOf(step)),
        label: printable(`${step.file}: ${step.what}`),
        isSelected: steps.includes(step),
      })),
    })),
  )
  return answers.flatMap(answer => all[Number(answer)] ?? [])
}

/** All steps on one file are one change of it. */
async function changesOf(steps: readonly Step[], project: InitProjectRead): Promise<readonly FileChange[]> {
  const texts = new Map<string, string>()
  for (const { file, apply } of steps) texts.set(file, await apply(texts.get(file) ?? project.read(file)))
  return [...texts].map(([file, text]) => {
    const source = project.source(file)
    if (source !== undefined)
      return { file, path: source.path, before: source.bytes, after: encodeSource(source, text) }
    const isExecutable = steps.some(step => step.file === file && step.isExecutable)
    const path = join(project.top, file)
    return { file, path, before: undefined, after: Buffer.from(text), ...(isExecutable && { mode: 0o777 }) }
  })
}

function stepReports(
  { integration, plan, missing }: Planned,
  chosen: readonly Step[],
  name: (file: string) => string,
): readonly InitStep[] {
  return plan.steps.map(step => ({
    name: integration.name,
    file: name(step.file),
    what: step.what,
    state: chosen.includes(step) ? 'changed' : missing.includes(step) ? 'offered' : 'present',
  }))
}

function byHandOf(
  planned: readonly Planned[],
  selected: readonly Planned[],
  chosen: readonly Step[],
  project: InitProjectRead,
): readonly string[] {
  const { manager, dependency } = project
  const always =
    manager === undefined
      ? ['before docker build, run: dock-lock']
      : dependency === undefined
        ? [`to install dock-lock, run: ${manager.add} dock-lock`]
        : []
  const rest = planned.flatMap(one => {
    const isTaken = one.missing.some(step => chosen.includes(step))
    return isTaken || (one.plan.steps.length === 0 && selected.includes(one)) ? (one.plan.byHand ?? []) : []
  })
  return [...always, ...rest]
}

/** Names of files as a person in `cwd` writes them. */
function shownFrom(top: string, cwd: string): (file: string) => string {
  const folder = realpathSync(cwd)
  return file => relative(folder, join(top, file)).split(sep).join('/')
}

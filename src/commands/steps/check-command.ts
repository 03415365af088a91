/** Checks that the lockfile has what the command of `run` builds from. */
import type { Context } from '../../context.ts'
import { type NamedImages, namedImages, undecidedImages } from '../../core/compare.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import { checkImages } from '../../core/images.ts'
import type { CheckReport } from '../../core/report.ts'
import type { Options } from '../command.ts'
import { buildOptions } from './build-options.ts'
import { readCommand } from './command-builds.ts'
import { type Engines, reachEngines } from './engines.ts'
import type { Opening, Project } from './load-project.ts'
import { localOf } from './local.ts'
import { type Scan, scanFiles, scanRead } from './scan.ts'

interface Read extends NamedImages {
  readonly scan: Scan
}

/**
 * The report of what is wrong with the images of the builds that the command starts. Undefined if nothing is, or if it starts no build that
 * can be read. An engine is asked only about images that are not locked.
 */
export async function checkCommandLine(
  context: Context,
  options: Options,
  opening: Opening,
): Promise<CheckReport | undefined> {
  const started = performance.now()
  const project = await opening.project
  const { lockfile, config } = project
  const locked = lockfile.images
  const read = await readImages(context, options, project)
  let findings = checkImages(read.images, locked, 'policy')
  if (undecidedImages(read.images, locked).length > 0) {
    const engines = reachEngines(context, options, opening)
    try {
      findings = await askEngines(context, options, project, engines)
    } finally {
      await engines.close()
    }
  }
  if (findings.length === 0) return undefined
  const ofProject = await keysOfProject(context, options, project)
  return {
    command: 'check',
    exitCode: 1,
    images: [],
    checkedFiles: read.scan.sources.map(({ file }) => file),
    lockfile: { file: lockfile.file, images: locked.size },
    findings: findings.map(finding =>
      finding.code === 'unlocked' && !ofProject.has(finding.key)
        ? { ...finding, commandOnly: true }
        : finding,
    ),
    notices: [],
    milliseconds: performance.now() - started,
    pin: config.pin,
  }
}

async function readImages(
  context: Context,
  options: Options,
  project: Project,
  engines?: Engines,
): Promise<Read> {
  const files = await readCommand(context, project, options.paths)
  // The config has no say in what docker is told.
  const config = { ...project.config, buildArgs: {}, platforms: [] }
  const ofBuilds = buildOptions(config, options, context)
  const scan = await scanRead(context, project, options, files, ofBuilds, engines, 'optional')
  return { scan, ...namedImages(scan, project.lockfile.images) }
}

/** The findings, without images that exist only in the engines. */
async function askEngines(
  context: Context,
  options: Options,
  project: Project,
  engines: Engines,
): Promise<readonly Finding[]> {
  const locked = project.lockfile.images
  const { images } = await readImages(context, options, project, engines)
  const local = await localOf(context, await engines.all(), undecidedImages(images, locked), project)
  return checkImages(
    images.filter(image => !local.includes(image)),
    locked,
    'policy',
  )
}

/** The images that the builds of the project need. */
async function keysOfProject(
  context: Context,
  options: Options,
  project: Project,
): Promise<ReadonlySet<string>> {
  try {
    const scan = await scanFiles(context, project, { ...options, paths: [] })
    return new Set(namedImages(scan, project.lockfile.images).images.map(({ key }) => key))
  } catch (error) {
    // The config may exclude all of its files.
    if (error instanceof DockLockError && error.code === 'usage') return new Set()
    throw error
  }
}

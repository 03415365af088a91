import type { Context } from '../context.ts'
import { aheadNotice, imagesAhead } from '../core/ahead.ts'
import { imagesOnAnyPlatform } from '../core/any-platform.ts'
import { compareFiles, type NamedImages, namedImages } from '../core/compare.ts'
import { DockLockError } from '../core/error.ts'
import { exitCodeFor, type Finding } from '../core/finding.ts'
import { gatherImages, hasLocalName } from '../core/images.ts'
import type { Lockfile } from '../core/lockfile.ts'
import { notOfferedAnywhere } from '../core/not-offered.ts'
import type { Platform } from '../core/platform.ts'
import type { CheckReport } from '../core/report.ts'
import { resultOf } from '../core/result.ts'
import { servedTargets } from '../core/served.ts'
import type { Options } from './command.ts'
import { targetPlatforms } from './steps/build-options.ts'
import { openProject, type Project } from './steps/load-project.ts'
import { occurrencesOn, type Scan, scanFiles } from './steps/scan.ts'
import { stagingCommand } from './steps/staging.ts'

/** `dock-lock check`: files ⇄ lockfile. Contacts no engine, and a registry only with `--registry`. Writes nothing. */
export async function checkCommand(context: Context, given: Options): Promise<CheckReport> {
  const started = performance.now()
  // A commit is checked as a whole. Hooks add the paths of the staged files.
  const options = given.staged ? { ...given, paths: [] } : given
  const project = await openProject(context, options)
  const { lockfile, config } = project
  const scan = await scanFiles(context, project, options, undefined, 'optional')
  const { images, ignored } = imagesOnAnyEngine(scan, lockfile.images)
  // No engine can be asked for an image that exists only there.
  const local = images.filter(image => hasLocalName(image) && !lockfile.images.has(image.key))
  const compared = compareFiles({ scan, lockfile, images, ignored, pinMode: config.pin }, local)
  const ahead = options.allowAhead ? imagesAhead(images, lockfile.images) : []
  const accepted = new Set(ahead.map(({ key }) => key))
  const served = options.registry
    ? await (await import('./steps/served.ts')).askServed(
        context,
        project,
        servedTargets(lockfile, images, ahead, !scan.complete),
      )
    : undefined
  const found = {
    findings: [
      ...compared.findings.filter(finding => finding.code !== 'mismatch' || !accepted.has(finding.key)),
      ...platformFindings(context, options, project, scan),
      ...(served?.findings ?? []),
    ],
    notices: [...compared.notices, ...ahead.map(aheadNotice), ...(served?.notices ?? [])],
  }
  const result = resultOf(found, scan, options)
  const staging =
    options.staged && result.findings.length > 0
      ? await stagingCommand(context, project.root, result.findings, () => treePasses(context, options))
      : undefined
  return {
    command: 'check',
    exitCode: exitCodeFor(result.findings),
    images: compared.reports,
    checkedFiles: scan.sources.map(({ file }) => file),
    lockfile: { file: lockfile.file, images: lockfile.images.size },
    ...result,
    milliseconds: performance.now() - started,
    pin: config.pin,
    ...(staging !== undefined && {
      [staging.isAfterLock ? 'stagingAfterLock' : 'staging']: staging.args,
    }),
    ...(served !== undefined && { registryRequests: served.requests }),
  }
}

/** Platforms of builds that locked images lack. No engine is asked, so only what is true on any of them is reported. */
function platformFindings(
  context: Context,
  options: Options,
  { config, lockfile: { images: locked } }: Project,
  scan: Scan,
): readonly Finding[] {
  const platforms = targetPlatforms(config, options, context)
  const imagesOn = (engine: Platform | undefined) => gatherImages(occurrencesOn(scan, engine), locked)
  const found = notOfferedAnywhere(locked, [imagesOn(undefined)], platforms)
  if (found.length === 0 || !dependsOnPlatform(scan)) return found
  return notOfferedAnywhere(locked, [undefined, ...TWO_PLATFORMS].map(imagesOn), platforms)
}

/** A name that means the engine's platform has another value on each. */
const TWO_PLATFORMS: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
]

function dependsOnPlatform({ sources }: Scan): boolean {
  return sources.some(({ text }) => /TARGET|BUILD/.test(text))
}

/** Whether the same check passes in the working tree. An error there is not one of the index. */
async function treePasses(context: Context, options: Options): Promise<boolean> {
  try {
    const { exitCode } = await checkCommand(context, {
      ...options,
      staged: false,
      registry: false,
      paths: [],
    })
    return exitCode === 0
  } catch (error) {
    if (error instanceof DockLockError && error.code !== 'interrupted') return false
    throw error
  }
}

/** The engine is unknown. Only if a name may depend on its platform are all platforms of the lockfile tried. */
function imagesOnAnyEngine(scan: Scan, locked: Lockfile): NamedImages {
  const named = namedImages(scan, locked)
  const { images } = named
  const isWhole =
    images.every(({ key }) => locked.has(key)) && (images.length === locked.size || !scan.complete)
  if (isWhole || !dependsOnPlatform(scan)) return named
  return { ...named, images: imagesOnAnyPlatform(images, locked, platform => occurrencesOn(scan, platform)) }
}

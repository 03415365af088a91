import type { Context } from '../context.ts'
import { exitCodeFor, splitNotices } from '../core/finding.ts'
import type { ImageDescription } from '../core/image-description.ts'
import { familiarName } from '../core/reference.ts'
import { repeatedOptions } from '../core/repeat.ts'
import type { OutdatedReport } from '../core/report.ts'
import type { OutdatedImage, TagState } from '../core/update-report.ts'
import type { Options } from './command.ts'
import type { UpdateTarget } from './steps/candidates.ts'
import { reachEngines } from './steps/engines.ts'
import { startOpening } from './steps/load-project.ts'
import { type Lookup, lookUpUpdates } from './steps/look-up.ts'
import { scanFiles } from './steps/scan.ts'

/** `dock-lock outdated [IMAGE…]`: what the locked tags mean now, and which newer tags there are. Writes nothing. */
export async function outdatedCommand(context: Context, options: Options): Promise<OutdatedReport> {
  const started = performance.now()
  const opening = startOpening(context)
  const engines = reachEngines(context, options, opening)
  try {
    const project = await opening.project
    const scan = await scanFiles(context, project, options, engines)
    const looked = await lookUpUpdates(context, options, project, scan, await engines.first(), {
      latest: true,
    })
    const { findings, notices } = splitNotices(
      [...scan.findings, ...looked.findings],
      looked.notices,
      options.strict,
    )
    const outdated = looked.lookups.flatMap(outdatedImage)
    return {
      command: 'outdated',
      exitCode: exitCodeFor(findings) || (outdated.length > 0 ? 1 : 0),
      asOf: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      lookedUp: looked.lookups.length,
      outdated,
      ...repeated(options),
      findings,
      ...(scan.skipped.length > 0 && { skipped: scan.skipped }),
      notices,
      registryRequests: looked.requests,
      milliseconds: performance.now() - started,
    }
  } finally {
    await engines.close()
  }
}

function repeated(options: Options): Pick<OutdatedReport, 'repeat'> {
  const { repeat = [] } = repeatedOptions(options)
  const all = [...(options.semver === undefined ? [] : ['--semver', options.semver]), ...repeat]
  return all.length === 0 ? {} : { repeat: all }
}

function outdatedImage({ image, locked, old, rebuild, wanted, latest }: Lookup): readonly OutdatedImage[] {
  const { key, reference, occurrences, digests } = image
  const { tag = 'latest' } = reference
  const digest = locked?.digest ?? digests[0]
  const newest = latest ?? wanted
  if (digest === undefined || (rebuild === undefined && newest === undefined)) return []
  return [
    {
      key,
      image: familiarName(reference),
      places: occurrences.map(({ place }) => place),
      level: newest?.level ?? 'rebuild',
      locked: { tag, digest, ...(old?.date !== undefined && { date: old.date }) },
      ...(rebuild !== undefined && { sameTag: stateOf(rebuild) }),
      ...(wanted !== undefined && { wanted: { ...stateOf(wanted), level: wanted.level } }),
      ...(latest !== undefined && { latest: { ...stateOf(latest), level: latest.level } }),
    },
  ]
}

function stateOf({ tag, description }: UpdateTarget): TagState {
  const { resolution, date }: ImageDescription = description
  return { tag, digest: resolution.descriptor.digest, ...(date !== undefined && { date }) }
}

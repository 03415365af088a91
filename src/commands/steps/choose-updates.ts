/** Which updates are made: all that are wanted, or those that a person selects. */
import type { ChoiceGroup, Context } from '../../context.ts'
import { shortDigest } from '../../core/digest.ts'
import { printable } from '../../core/error.ts'
import type { UpdateStep } from '../../core/notice.ts'
import { familiarName } from '../../core/reference.ts'
import type { Options } from '../command.ts'
import type { Choice } from './apply-updates.ts'
import type { TagTarget, UpdateTarget } from './candidates.ts'
import type { Lookup } from './look-up.ts'

export async function chooseUpdates(
  { choose }: Context,
  { interactive }: Options,
  lookups: readonly Lookup[],
): Promise<readonly Choice[]> {
  if (!interactive || choose === undefined)
    return lookups.map(lookup => {
      const { rebuild, wanted } = lookup
      return {
        lookup,
        ...(rebuild !== undefined && { rebuild }),
        ...(wanted !== undefined && { move: wanted }),
      }
    })
  const offers = lookups.flatMap(offersOf)
  if (offers.length === 0) return []
  const selected = new Set(await choose('Which images should be updated?', groupsOf(offers)))
  return lookups.map(lookup => {
    const own = offers.filter((offer, index) => offer.lookup === lookup && selected.has(String(index)))
    const move = own.findLast(({ move }) => move !== undefined)?.move
    const rebuild = own.find(offer => offer.move === undefined)?.target
    return { lookup, ...(rebuild !== undefined && { rebuild }), ...(move !== undefined && { move }) }
  })
}

interface Offer {
  readonly lookup: Lookup
  readonly target: UpdateTarget
  readonly move?: TagTarget
  /** Whether `update` without --interactive would do it. */
  readonly isWanted: boolean
}

/** In the order of the steps, smallest first. */
function offersOf(lookup: Lookup): readonly Offer[] {
  const { rebuild, wanted, choices } = lookup
  return [
    ...(rebuild === undefined ? [] : [{ lookup, target: rebuild, isWanted: wanted === undefined }]),
    ...choices.map(move => ({ lookup, target: move, move, isWanted: move.tag === wanted?.tag })),
  ]
}

const TITLES: Readonly<Record<UpdateStep, string>> = {
  rebuild: 'rebuild: the same tag, another digest',
  patch: 'patch',
  minor: 'minor',
  major: 'major',
}

function groupsOf(offers: readonly Offer[]): readonly ChoiceGroup[] {
  return (Object.keys(TITLES) as UpdateStep[]).flatMap(step => {
    const choices = offers.flatMap(({ lookup, target, isWanted }, index) => {
      if (target.level !== step) return []
      const name = familiarName(lookup.image.reference)
      const digest = shortDigest(target.description.resolution.descriptor.digest)
      const { date } = target.description
      return [
        {
          value: String(index),
          label: printable(step === 'rebuild' ? `${name}  ${digest}` : `${name} → ${target.tag}`),
          ...(date !== undefined && { hint: date.time.slice(0, 10) }),
          isSelected: isWanted,
        },
      ]
    })
    return choices.length === 0 ? [] : [{ title: TITLES[step], choices }]
  })
}

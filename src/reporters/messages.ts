/** The sentences for findings. */
import type { AvailabilityDetail, RegistryUse } from '../core/availability.ts'
import type { BuildArgOrigin } from '../core/build.ts'
import { shortDigest } from '../core/digest.ts'
import type { Finding } from '../core/finding.ts'
import { clean } from './clean.ts'
import { wordDetail } from './details.ts'
import { wordNotice } from './notices.ts'
import { formatArgOrigins, formatPlace, IGNORE_IT, type Worded } from './worded.ts'

/** `repeat`: options that the next command needs too, such as ` --host …`. */
export function wordFinding(given: Finding, repeat = ''): Worded {
  const finding = clean(given)
  const pull = `run: dock-lock pull${repeat}`
  switch (finding.code) {
    case 'by-tag':
    case 'outside':
    case 'local':
    case 'moved':
    case 'unconfirmed':
    case 'ahead':
    case 'merged':
    case 'ignored':
    case 'held-back':
    case 'unchanged':
    case 'tags-not-listed':
    case 'not-updated':
      return wordNotice(finding)
    case 'malformed':
      return {
        places: [finding.place],
        what: finding.reason,
        next: finding.hint ?? 'docker build fails here too: fix the file',
      }
    case 'unlocked':
      return {
        places: [finding.place],
        ...fromArgs(finding),
        what:
          finding.previous === undefined
            ? `${finding.image} is not in docker-images.lock`
            : `${finding.image} is here, but ${finding.previous} in docker-images.lock: the file is ahead`,
        // dock-lock does not lock an image that exists only in the local engine, and no engine may have been asked for it.
        next: finding.commandOnly
          ? COMMAND_ONLY
          : finding.previous === undefined
            ? `run: dock-lock; if an earlier step builds it, ${IGNORE_IT}`
            : AHEAD,
      }
    case 'unpinned':
      return {
        places: [finding.place],
        what: `${finding.image} is locked to ${shortDigest(finding.digest)}, but not pinned here`,
        next: 'run: dock-lock',
      }
    case 'mismatch':
      return {
        places: [finding.place],
        ...fromArgs(finding),
        what: `${finding.image} is ${shortDigest(finding.inFile)} here, but ${shortDigest(finding.locked)} in docker-images.lock: the file is ahead`,
        next: AHEAD,
      }
    case 'conflict':
      return {
        places: finding.places,
        what: `${finding.image} has different digests: ${finding.places.map(({ digest, ...place }) => `${shortDigest(digest)} at ${formatPlace(place)}`).join(', ')}`,
        next: 'use the same digest in all places, then run: dock-lock',
      }
    case 'orphan':
      return {
        places: [finding.place],
        what: `${finding.image} is locked, but no file uses it`,
        next: 'run: dock-lock',
      }
    case 'gone': {
      const { image, key, digest, places, locked } = finding
      return {
        places,
        what: `${image} is ${locked ? 'locked' : 'pinned'} to ${shortDigest(digest)}, which its repository does not serve: a build fails where it is not in the local store`,
        next: !locked
          ? 'correct the digest in the file, or delete it there to look up the tag, then run: dock-lock'
          : key.includes('@')
            ? 'use another digest, or a tag'
            : `to lock what the tag means now, run: dock-lock update ${image}; or use another tag`,
      }
    }
    case 'unresolvable': {
      const next =
        finding.cause === 'unreachable' && finding.digest !== undefined
          ? 'check the network, then try again'
          : finding.cause === 'unreachable'
            ? 'check the network, then run dock-lock again; locked images need no registry'
            : 'use another image or tag, or ask the operator of the registry'
      const { places, message: what, hint = next, mayBeLocal } = finding
      // A hint is a sentence; the other next steps are not.
      const join = finding.hint === undefined ? '; if' : '. If'
      return {
        places,
        what,
        next: mayBeLocal ? `${hint}${join} an earlier step builds it, ${IGNORE_IT}` : hint,
      }
    }
    case 'short-name': {
      const { image, key, engine, resolved } = finding
      const elsewhere =
        resolved === undefined
          ? `${engine} may look for it on ${finding.searched ?? 'another registry'}`
          : `to ${engine} it is ${resolved}`
      return {
        places: finding.places,
        what: `${image} does not say its registry: to Docker it is ${key}, ${elsewhere}`,
        next: `write the full name into the file, such as ${key}`,
      }
    }
    case 'not-offered':
      return {
        places: finding.places,
        what: `${finding.image} does not support ${finding.platform}, only ${finding.offered.join(', ') || 'unknown platforms'}`,
        next: 'a build for this platform fails: use another image, or another --platform',
      }
    case 'absent':
      return {
        places: finding.places,
        what: `${finding.image} is not in the local store for ${finding.platform}${detail(finding.detail, finding.detail?.code === 'tag-holder' ? ' (the tag is on ' : ' (', ')')}`,
        next: pull,
      }
    case 'wrong-platform':
      return {
        places: finding.places,
        what: `${finding.image} is in the local store, but not for ${finding.platform}${detail(finding.detail, ' (only ', ')')}`,
        next: pull,
      }
    case 'untagged':
      // A pull has no tag to set for a digest without one.
      return finding.detail?.code !== 'digest-only'
        ? {
            places: finding.places,
            what: `${finding.image} is in the local store, but not tagged: ${risk(finding.registryUse)}`,
            next: pull,
          }
        : {
            places: finding.places,
            what: `${finding.image} is in the local store, but ${wordDetail(finding.detail)}`,
          }
    case 'tag-elsewhere':
      return {
        places: finding.places,
        what: `${finding.image} is in the local store, but its tag points to a different image${detail(finding.detail, ' (', ')')}: ${risk(finding.registryUse)}`,
        next: finding.tagMoves ? pull : `to move the tag, run: dock-lock pull --move-tags${repeat}`,
      }
    case 'cache-only':
      return {
        places: finding.places,
        what: `${finding.image} is in the local store for ${finding.platform} without a name, as in the build cache: ${
          finding.registryUse === 'none' ? '' : `${risk(finding.registryUse)}, and `
        }a prune would remove it${detail(finding.detail, ' (', ')')}`,
        // Give only advice that helps: a pull does not change these states.
        next:
          finding.registryUse === 'required'
            ? 'a file names it without its digest; to pin it, run: dock-lock'
            : finding.detail?.code !== 'builder-cache'
              ? pull
              : 'omit --strict, or build with the engine’s own builder',
      }
    case 'incomplete':
      return {
        places: finding.places,
        what: `${finding.image} is in the local store for ${finding.platform}, but incomplete`,
        // A containerd store does not pull layers that it has unpacked from another image. A build that exports them does.
        next: `${pull}; if that does not help, build an image from it once while the registry answers: that downloads the rest`,
      }
    case 'unlabelled':
      return {
        places: finding.places,
        what: `${finding.image} is in the local store, but was not pulled from its registry, as after docker load: ${
          finding.registryUse === 'required' ? 'a build downloads it again' : risk(finding.registryUse)
        }`,
        next: pull,
      }
    case 'registry-contacted':
      return {
        places: finding.places,
        what: `${finding.image} is in the local store for ${finding.platform}, but ${risk('optional')}`,
        ...(finding.detail !== undefined && { next: wordDetail(finding.detail) }),
      }
    case 'unknown':
      return {
        places: finding.places,
        what: `dock-lock cannot tell whether ${finding.image} is in the local store for ${finding.platform}${detail(finding.detail, ': ')}`,
      }
    case 'unreached':
      return {
        places: [],
        what: finding.message,
        next: finding.hint ?? 'check that the engine is running and that you may use it',
      }
    case 'pull-failed':
      return {
        places: finding.places,
        what: `${finding.image} could not be pulled for ${finding.platform}: ${finding.message}`,
        next: finding.hint ?? `see the log of the engine, then run: dock-lock pull${repeat}`,
      }
  }
}

function fromArgs({ argOrigins }: { readonly argOrigins?: readonly BuildArgOrigin[] }): Pick<Worded, 'from'> {
  return argOrigins === undefined ? {} : { from: formatArgOrigins(argOrigins) }
}

const COMMAND_ONLY =
  'only this command needs it: write it into a script of package.json, or its build args into "buildArgs" of .dock-lock.yaml, then run: dock-lock'

const AHEAD = 'to update docker-images.lock, run: dock-lock; or revert the file'

/** What a build does in this state. */
function risk(use: RegistryUse): string {
  switch (use) {
    case 'none':
      return 'a prune would remove it'
    case 'optional':
      return 'a build contacts the registry, and waits if the registry does not answer'
    case 'required':
      return 'a build needs the registry'
    case 'wrong-image':
      return 'a build uses that image'
    case 'unknown':
      return 'a build may need the registry'
  }
}

function detail(more: AvailabilityDetail | undefined, before: string, after = ''): string {
  return more === undefined ? '' : before + wordDetail(more) + after
}

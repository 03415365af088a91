/** The one place where findings become sentences. */
import type { RegistryUse } from '../core/availability.ts'
import { shortDigest } from '../core/digest.ts'
import type { Finding } from '../core/finding.ts'
import { clean } from './clean.ts'
import { wordNotice } from './notices.ts'
import { formatPlace, type Worded } from './worded.ts'

/** `repeat`: the options that a next command must be given too, ` --host …`. */
export function wordFinding(given: Finding, repeat = ''): Worded {
  const finding = clean(given)
  const pull = `run: dock-lock pull${repeat}`
  switch (finding.code) {
    case 'by-tag':
    case 'outside':
    case 'local':
    case 'ignored':
      return wordNotice(finding)
    case 'malformed':
      return {
        places: [finding.place],
        what: finding.reason,
        next: finding.hint ?? 'docker build would fail here too: mend the file',
      }
    case 'unlocked':
      return {
        places: [finding.place],
        what: `${finding.image} is not in docker-images.lock`,
        next: 'run: dock-lock',
      }
    case 'unpinned':
      return {
        places: [finding.place],
        what: `${finding.image} is locked to ${shortDigest(finding.digest)} but not pinned here`,
        next: 'run: dock-lock',
      }
    case 'mismatch':
      return {
        places: [finding.place],
        what: `${finding.image} is ${shortDigest(finding.inFile)} here but ${shortDigest(finding.locked)} in docker-images.lock`,
        next: 'take over the one in the file: dock-lock; or restore the file',
      }
    case 'conflict':
      return {
        places: finding.places,
        what: `${finding.image} has different digests: ${finding.places.map(({ digest, ...place }) => `${shortDigest(digest)} at ${formatPlace(place)}`).join(', ')}`,
        next: 'make them the same, then run: dock-lock',
      }
    case 'orphan':
      return {
        places: [finding.place],
        what: `${finding.image} is locked but no file names it`,
        next: 'run: dock-lock',
      }
    case 'unresolvable': {
      const next =
        finding.cause === 'unreachable'
          ? 'is the network up? What is locked already needs no registry'
          : 'tell those who run the registry, or name another image'
      return { places: finding.places, what: finding.message, next: finding.hint ?? next }
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
        what: `${finding.image} is not made for ${finding.platform}, only for ${finding.offered.join(', ') || 'none at all'}`,
        next: 'a build for it would fail: choose another image, or another --platform',
      }
    case 'absent':
      return {
        places: [],
        what: `${finding.image} is not in the local store for ${finding.platform}${detail(finding.detail, ' (', ')')}`,
        next: pull,
      }
    case 'wrong-platform':
      return {
        places: [],
        what: `${finding.image} is in the local store, but not for ${finding.platform}${detail(finding.detail, ' (only ', ')')}`,
        next: pull,
      }
    case 'untagged':
      // A digest without a tag in the file: there is no tag that a pull could put on.
      return finding.detail === undefined
        ? {
            places: [],
            what: `${finding.image} is in the local store without its tag: ${risk(finding.registryUse)}`,
            next: pull,
          }
        : { places: [], what: `${finding.image} is in the local store, but ${finding.detail}` }
    case 'tag-elsewhere':
      return {
        places: [],
        what: `${finding.image} is in the local store without its tag, which is on another image${detail(finding.detail, ', ')}, and was not moved: ${risk(finding.registryUse)}`,
        next: `if that image is not needed under this tag: dock-lock pull --move-tags${repeat}`,
      }
    case 'cache-only':
      return {
        places: [],
        what: `${finding.image} is there for ${finding.platform} without a name, as in the build cache: ${
          finding.registryUse === 'none' ? '' : `${risk(finding.registryUse)}, and `
        }a prune would take it${detail(finding.detail, ' (', ')')}`,
        // What brings nothing is no advice. By its digest a build would not have asked.
        next:
          finding.registryUse === 'required'
            ? 'a file names it by its tag alone; to pin it, run: dock-lock'
            : finding.detail === undefined
              ? pull
              : 'leave --strict away, or build with an engine’s own builder',
      }
    case 'incomplete':
      return {
        places: [],
        what: `${finding.image} is in the local store for ${finding.platform}, but parts of it are missing${detail(finding.detail, ' (', ')')}`,
        // An engine leaves out layers that it has unpacked.
        next: `${pull}; if it stays so, remove it first: docker image rm ${finding.image}`,
      }
    case 'unlabelled':
      return {
        places: [],
        what: `${finding.image} is in the local store, but not known to come from its registry, as after docker load: ${
          finding.registryUse === 'required' ? 'a build fetches it again' : risk(finding.registryUse)
        }`,
        next: pull,
      }
    case 'registry-contacted':
      return {
        places: [],
        what: `${finding.image} is in the local store for ${finding.platform}, and yet ${risk('optional')}`,
        ...(finding.detail !== undefined && { next: finding.detail }),
      }
    case 'unknown':
      return {
        places: [],
        what: `whether ${finding.image} is there for ${finding.platform} cannot be told${detail(finding.detail, ': ')}`,
      }
    case 'unreached':
      return {
        places: [],
        what: finding.message,
        next: finding.hint ?? 'is it running, and allowed to be asked?',
      }
    case 'pull-failed':
      return {
        places: [],
        what: `${finding.image} could not be pulled for ${finding.platform}: ${finding.message}`,
        next:
          finding.hint ??
          `these are the words of the engine, whose log may say more; then run: dock-lock pull${repeat}`,
      }
  }
}

/** What the state means for a build. */
function risk(use: RegistryUse): string {
  switch (use) {
    case 'none':
      return 'a prune would take it'
    case 'optional':
      return 'a build asks the registry, and waits for one that hangs'
    case 'required':
      return 'a build asks the registry'
    case 'wrong-image':
      return 'a build takes that one'
    case 'unknown':
      return 'a build may ask the registry'
  }
}

function detail(text: string | undefined, before: string, after = ''): string {
  return text === undefined ? '' : before + text + after
}

/** The sentences for details of a state. */
import type { AvailabilityDetail } from '../core/availability.ts'

export function wordDetail(detail: AvailabilityDetail): string {
  switch (detail.code) {
    case 'tag-holder':
      return detail.image
    case 'platforms':
      return detail.platforms.join(', ')
    case 'digest-only':
      return 'without a tag in the file, BuildKit asks the registry: write name:tag@digest'
    case 'builder-cache':
      return 'a builder has only a cache'
    case 'syntax-line':
      return 'without the line "# syntax=" BuildKit uses its built-in frontend and contacts no registry'
    case 'named-context':
      return 'a named context (docker-image://…) makes BuildKit contact the registry; a FROM does not'
    case 'pull-never':
      return 'podman build --pull=never contacts no registry'
    case 'platform-hidden':
      return 'the engine does not report the platform of this image'
    case 'content-hidden':
      return 'this BuildKit does not let dock-lock read its content'
  }
}

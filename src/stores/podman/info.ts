/**
 * The parts of `GET /libpod/info` that matter for images.
 * @see https://docs.podman.io/en/latest/_static/api.html#tag/system/operation/SystemInfoLibpod
 */
import { formatPlatform, parsePlatform } from '../../core/platform.ts'
import { enginePlatform } from '../../core/platform-match.ts'
import type { RegistryRule, RuleMirror } from '../../core/registry-rule.ts'
import { field, stringsField, textField } from '../../lib/json.ts'
import type { StoreInfo } from '../store.ts'

/** Undefined if the document lacks Podman's platform. */
export function readPodmanInfo(document: unknown, host: string): StoreInfo | undefined {
  const machine = field(document, 'host')
  const architecture = enginePlatform(textField(machine, 'os'), textField(machine, 'arch'))
  const variant = textField(machine, 'variant')
  const platform =
    architecture && parsePlatform(formatPlatform({ ...architecture, ...(variant !== '' && { variant }) }))
  if (platform === undefined) return undefined
  const registries = field(document, 'registries')
  const version = textField(field(document, 'version'), 'Version')
  return {
    kind: 'podman',
    version,
    name: `Podman ${version}`.trim(),
    host,
    imageStore: 'containers-storage',
    maxState: 'present',
    platform,
    mirrors: [],
    insecureRegistries: [],
    insecureCidrs: [],
    rules: Object.entries(registries ?? {}).flatMap(([name, table]) => readRule(name, table)),
    search: stringsField(registries, 'search'),
  }
}

/** A `[[registry]]` of registries.conf. The entry `search` beside them is not one. */
function readRule(name: string, table: unknown): RegistryRule[] {
  const prefix = textField(table, 'Prefix') || textField(table, 'Location')
  if (prefix === '' || Array.isArray(table) || name === 'search') return []
  const mirrors = field(table, 'Mirrors')
  const forDigests = field(table, 'MirrorByDigestOnly') === true
  return [
    {
      prefix,
      location: textField(table, 'Location'),
      insecure: field(table, 'Insecure') === true,
      blocked: field(table, 'Blocked') === true,
      mirrors: (Array.isArray(mirrors) ? (mirrors as unknown[]) : []).map(mirror => ({
        location: textField(mirror, 'Location'),
        insecure: field(mirror, 'Insecure') === true,
        serves: forDigests ? 'digests' : servesOf(textField(mirror, 'PullFromMirror')),
      })),
    },
  ]
}

function servesOf(word: string): RuleMirror['serves'] {
  return word === 'digest-only' ? 'digests' : word === 'tag-only' ? 'tags' : 'all'
}

/**
 * Whether its builds look up images like Podman 4.3 rather than 5.8. The versions in between were not measured, and count as the
 * stricter one.
 */
export function isOldPodman({ version }: StoreInfo): boolean {
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? []
  return major === 4 && minor <= 3
}

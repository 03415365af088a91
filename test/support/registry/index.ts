/**
 * An embedded OCI registry for tests, benchmarks and the demo.
 *
 *     const registry = await startRegistry()
 *     const { digest } = registry.addImage('library/alpine', '3.23')
 *     registry.fault({ method: 'HEAD', times: 1 }, { kind: 'status', status: 503 })
 *     … registry.reference('library/alpine', '3.23') … registry.requests …
 *     await registry.close()
 */

export type { AuthOptions } from './auth.ts'
export { selfSignedCertificate } from './certificate.ts'
export type { Behaviour, Match, RandomFaults } from './faults.ts'
export { type Image, type ImageOptions, makeImage, mediaTypes, type PlatformImage, sha256 } from './images.ts'
export type { RecordedRequest } from './requests.ts'
export { type EmbeddedRegistry, type RegistryOptions, startRegistry } from './server.ts'

/** dock-lock as a library. The command line is built from the same parts. */
export {
  check,
  type ExtractOptions,
  findOccurrences,
  lock,
  outdated,
  pin,
  pull,
  type RunOptions,
  readLockfile,
  resolve,
  unpin,
  update,
  verify,
} from './api.ts'
export type { Options } from './commands/command.ts'
export type { Descriptor, PlatformDigest, Resolution } from './core/descriptor.ts'
export { type Digest, parseDigest } from './core/digest.ts'
export { DockLockError, type ErrorCode } from './core/error.ts'
export type { Finding } from './core/finding.ts'
export { type LockedImage, type Lockfile, serializeLockfile } from './core/lockfile.ts'
export type { Notice } from './core/notice.ts'
export type { ImageOccurrence, Occurrence, Pin, Role } from './core/occurrence.ts'
export type { Place, Range } from './core/place.ts'
export type { Platform } from './core/platform.ts'
export { familiarName, parseReference, type Reference, referenceKey } from './core/reference.ts'
export type {
  CheckReport,
  LockReport,
  OutdatedReport,
  PullReport,
  Report,
  UpdateReport,
  VerifyReport,
} from './core/report.ts'
export type { DigestSource, ImageInStore, ImageReport, StoreReport, StoreState } from './core/report-parts.ts'
export type { StoreSelector } from './core/selector.ts'
export type { OutdatedImage, UpdatedImage } from './core/update-report.ts'
export type { RegistryOptions } from './registry/resolver.ts'
export { wordFinding } from './reporters/messages.ts'

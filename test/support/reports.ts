/** Reports as the commands make them, for reporters and schema. */
import type { ImageReport, Report, StoreReport } from '../../src/core/report.ts'
import { fixedDigest } from './generate.ts'

export const STORE: StoreReport & { readonly reached: true } = {
  reached: true,
  label: 'docker.sock',
  name: 'Docker 28.5.2',
  host: 'unix:///var/run/docker.sock',
  imageStore: 'containerd',
  maxState: 'present',
  platforms: ['linux/amd64'],
}

export function imageReport(name: string, extra: Partial<ImageReport> = {}): ImageReport {
  const digest = fixedDigest(name.length.toString(16))
  return { key: `docker.io/library/${name}`, image: name, digest, source: 'locked', ...extra }
}

export function report(extra: Partial<Report> = {}): Report {
  return {
    command: 'lock',
    exitCode: 0,
    dryRun: false,
    images: [],
    files: [],
    lockfile: { file: 'docker-images.lock', images: 2, written: false, added: 0, removed: 0 },
    stores: [],
    findings: [],
    notices: [],
    registryRequests: 0,
    milliseconds: 42.4,
    pin: 'files',
    ...extra,
  }
}

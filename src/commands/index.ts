import type { OptionName } from '../cli/options.ts'
import type { Command } from './command.ts'

/** What help and the argument parser need to know of a command; its code is loaded when it is run. */
export interface CommandEntry {
  readonly summary: string
  /** What comes after the options, as help shows it; absent: nothing may. */
  readonly operands?: string
  /** Paragraphs of help. */
  readonly details: readonly string[]
  readonly options: readonly OptionName[]
  readonly load: () => Promise<Command>
}

export const DEFAULT_COMMAND = 'lock'

export const commands: Readonly<Record<string, CommandEntry>> = {
  lock: {
    summary: 'lock and pin every image, pull what is missing, verify (the default)',
    operands: '[PATH…]',
    details: [
      'Resolves the tags that docker-images.lock does not hold yet, writes it, adds @sha256:… after each image in the files, pulls what the local store lacks and verifies it. What is locked already is not looked up again.',
      'Without an engine it locks and pins, says that nothing was verified, and exits with 0; with --frozen or --strict, or where the engine was named, with 3.',
    ],
    options: [
      'frozen',
      'offline',
      'no-pin',
      'no-pull',
      'no-verify',
      'dry-run',
      'platform',
      'build-arg',
      'target',
      'move-tags',
      'strict',
      'host',
      'context',
      'builder',
    ],
    load: async () => (await import('./lock.ts')).lockCommand,
  },
  check: {
    summary: 'compare files and lockfile: no network, no engine (for hooks and CI)',
    operands: '[PATH…]',
    details: [
      'Every image in the files must be in docker-images.lock and pinned to the digest that stands there.',
    ],
    options: ['staged', 'platform', 'build-arg', 'target', 'strict'],
    load: async () => (await import('./check.ts')).checkCommand,
  },
  verify: {
    summary: 'compare files, lockfile and local store: no registry',
    details: [
      'A build must find every image that the files name, by its locked digest, in the store of the engine, for the platform that will be built.',
    ],
    options: ['platform', 'build-arg', 'target', 'strict', 'host', 'context', 'builder'],
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  pull: {
    summary: 'bring what verify misses into the local store',
    details: [
      'Pulls by digest and keeps each image under its tag. A tag that is on another image stays there unless --move-tags is given.',
    ],
    options: ['platform', 'build-arg', 'target', 'move-tags', 'strict', 'host', 'context', 'builder'],
    load: async () => (await import('./pull.ts')).pullCommand,
  },
  unpin: {
    summary: 'take the digests out of the files again',
    operands: '[PATH…]',
    details: [
      'The files are then as they were before pinning, byte for byte; digests that stood there before stay. The lockfile is kept.',
    ],
    options: ['dry-run', 'platform', 'build-arg'],
    load: async () => (await import('./unpin.ts')).unpinCommand,
  },
  policy: {
    summary: 'print the lockfile as a BuildKit source policy: pinned without rewriting',
    details: [
      'For builds whose Dockerfiles shall stay as they are, or whose images an ARG decides: EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=FILE docker build … looks up no locked tag. Needs buildx 0.11 and Docker 25, or newer.',
    ],
    options: [],
    load: async () => (await import('./policy.ts')).policyCommand,
  },
  run: {
    summary: 'run a build under such a policy: dock-lock run -- docker build .',
    operands: '-- COMMAND [ARG…]',
    details: [
      'Runs the command with a policy made from the lockfile; its terminal, signals and exit code are passed through. Refuses where the engine or buildx would ignore the policy.',
    ],
    options: [],
    load: async () => (await import('./run.ts')).runUnderPolicy,
  },
  init: {
    summary: 'set dock-lock up in an npm project: "prebuild": "dock-lock"',
    details: [
      'Adds the script to package.json and keeps its layout. Other scripts of that name run after it.',
    ],
    options: ['dry-run'],
    load: async () => (await import('./init.ts')).initCommand,
  },
}

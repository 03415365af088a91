import type { CommandEntry } from './entry.ts'

export const DEFAULT_COMMAND = 'lock'

/** Options about the builds. */
const BUILD = ['platform', 'build-arg', 'target'] as const

/** Options about the engine. */
const ENGINE = ['host', 'context', 'builder'] as const

/** The operand of the commands that take images. */
const IMAGE = 'IMAGE is a name such as node, node:22-alpine or ghcr.io/acme/*.'
const IMAGE_OR_ALL = `${IMAGE} Default: all images.`

export const commands: Readonly<Record<string, CommandEntry>> = {
  lock: {
    summary: 'lock and pin all images, pull missing ones, verify (default)',
    operands: '[PATH…]',
    takesFiles: true,
    details: [
      'Looks up each tag that is not in docker-images.lock, writes its digest there, and adds @sha256:… to the image in the files. Then pulls images that the local store lacks, and verifies that a build finds all of them. Locked tags are not looked up again.',
      'Without an engine, it locks and pins, reports that nothing was verified, and exits with 0. It exits with 3 if you named the engine, or with --frozen or --strict.',
    ],
    options: [
      'frozen',
      'offline',
      'no-pin',
      'no-pull',
      'no-verify',
      'dry-run',
      ...BUILD,
      'move-tags',
      'strict',
      'verbose',
      ...ENGINE,
    ],
    load: async () => (await import('./lock.ts')).lockCommand,
  },
  check: {
    summary: 'compare files with the lockfile: no network, no engine',
    operands: '[PATH…]',
    takesFiles: true,
    details: [
      'Every image in the files must be in docker-images.lock and pinned to the digest there. Fast enough for hooks and CI. Files that are not Dockerfiles are skipped and reported, even if you name them; with --strict they are findings.',
      '--staged checks the whole commit, whatever PATH is: hooks such as lint-staged add the paths of the staged files.',
      'With --registry, it also reports locked digests that their repository does not serve any more, and tags that have moved. It exits with 3 if a registry does not answer.',
    ],
    options: ['staged', 'allow-ahead', 'registry', ...BUILD, 'strict'],
    load: async () => (await import('./check.ts')).checkCommand,
  },
  verify: {
    summary: 'check that builds find every image in the local store',
    details: [
      'Every image in the files must be in the engine’s store, with its locked digest, for the platform that you build. A build then needs no registry. verify asks a registry only about an image that is not locked, if the engine does not report whether it was built there (Podman).',
    ],
    options: [...BUILD, 'strict', 'verbose', ...ENGINE],
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  pull: {
    summary: 'pull the images that verify reports as missing',
    details: [
      'Pulls by digest and tags each image. A tag moves from an older image of the same repository, as with docker pull. A tag of an image from elsewhere, such as a local build, moves only with --move-tags.',
    ],
    options: [...BUILD, 'move-tags', 'strict', 'verbose', ...ENGINE],
    load: async () => (await import('./pull.ts')).pullCommand,
  },
  outdated: {
    summary: 'list images whose tag has moved, and newer tags',
    operands: '[IMAGE…]',
    takesImages: true,
    details: [
      'Asks the registries what each locked tag means now, and which newer tags of the same variant there are. Writes nothing. Exits with 1 if an image is outdated, and with 3 if a registry could not be reached.',
      IMAGE_OR_ALL,
    ],
    options: ['semver', 'min-age', 'all-digests', ...BUILD, 'strict', ...ENGINE],
    load: async () => (await import('./outdated.ts')).outdatedCommand,
  },
  update: {
    summary: 'move digests to what the tags mean now, and tags to newer ones',
    operands: '[IMAGE…]',
    takesImages: true,
    details: [
      'Writes the new digests into docker-images.lock and the files, then pulls and verifies, as lock does. Tags change only with --semver, or by "updates" in the config, and keep their variant: 22.1-alpine may become 22.4-alpine. An image that cannot be looked up stays as it is.',
      IMAGE_OR_ALL,
    ],
    options: [
      'semver',
      'min-age',
      'all-digests',
      'interactive',
      'no-pin',
      'no-pull',
      'no-verify',
      'dry-run',
      ...BUILD,
      'move-tags',
      'strict',
      'verbose',
      ...ENGINE,
    ],
    hasMarkdown: true,
    load: async () => (await import('./update.ts')).updateCommand,
  },
  why: {
    summary: 'show where an image is used, its digest, and which stores have it',
    operands: 'IMAGE…',
    takesImages: true,
    details: [
      'Shows each place that names the image, and the ARGs, the stage and the builds through which it does; the locked digest, its platforms and the commit that locked it; which stores have it; and why a place is not pinned. Contacts the engine, but no registry. Exits with 1 if no image matches.',
      IMAGE,
    ],
    options: ['no-verify', 'platform', 'build-arg', ...ENGINE],
    load: async () => (await import('./why.ts')).whyCommand,
  },
  ls: {
    summary: 'list the images of the files and the lockfile',
    operands: '[IMAGE…]',
    takesImages: true,
    details: [
      'Prints one line for each image: the locked digest, the number of its platforms and of the places that name it, and whether they are pinned. Contacts no registry and no engine.',
      IMAGE_OR_ALL,
    ],
    options: ['platform', 'build-arg'],
    load: async () => (await import('./ls.ts')).lsCommand,
  },
  explain: {
    summary: 'explain what a finding means and what to do: no network',
    operands: '[RULE…]',
    details: [
      'RULE is the code of a finding or a notice, such as unlocked. Prints its section of docs/rules.md: what it means for a build, what to do, and an example. Without RULE, it lists all rules.',
    ],
    options: [],
    hasNoFindings: true,
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  config: {
    summary: 'show the settings in force, and where each comes from',
    details: [
      'Settings are in .dock-lock.yaml or in "dock-lock" in package.json, in your own ~/.config/dock-lock/config.yaml, and in the variables of docker. Options of the command line win over all of them. Contacts nobody.',
    ],
    options: [],
    hasNoFindings: true,
    load: async () => (await import('./config.ts')).configCommand,
  },
  unpin: {
    summary: 'remove the digests that dock-lock wrote into the files',
    operands: '[PATH…]',
    takesFiles: true,
    details: [
      'Restores the files as they were before pinning, byte for byte. Digests that were there before stay. The lockfile stays, too.',
    ],
    options: ['dry-run', 'platform', 'build-arg'],
    load: async () => (await import('./unpin.ts')).unpinCommand,
  },
  policy: {
    summary: 'print a BuildKit source policy: pins without changing files',
    details: [
      'For Dockerfiles that should not change, or whose images depend on an ARG. With EXPERIMENTAL_BUILDKIT_SOURCE_POLICY=FILE, docker build uses the locked digests. Needs buildx 0.11 and Docker 25 or newer.',
    ],
    options: [],
    hasNoFindings: true,
    load: async () => (await import('./policy.ts')).policyCommand,
  },
  override: {
    summary: 'print a Bake or Compose file that pins without changing files',
    operands: 'bake|compose [PATH…]',
    words: ['bake', 'compose'],
    takesFiles: true,
    details: [
      'For docker buildx bake -f docker-bake.hcl -f - or docker compose -f compose.yaml -f -: each locked tag that a build uses becomes a named context with the locked digest. It needs no experimental setting, and works with container builders, which have no local tags. PATH is the file that it overrides, if there are several; several PATHs are read together, as with several -f.',
      'With the containerd image store, such a build sends one request for each image, even if the store has it. With dock-lock policy, plain tags or digests in the files, it sends none. A container builder sends one in any case: by tag, unless a digest is given. Services without build get their image with its digest. Images of volumes are not covered, nor is # syntax=.',
    ],
    options: ['platform', 'build-arg'],
    hasNoFindings: true,
    load: async () => (await import('./override.ts')).overrideCommand,
  },
  run: {
    summary: 'run a build with that policy: dock-lock run -- docker build .',
    operands: '-- COMMAND [ARG…]',
    details: [
      'Runs the command with a source policy made from the lockfile, and exits with its exit code. Terminal and signals are passed through. Stops if the engine or buildx would ignore the policy.',
      'docker build, docker buildx build and bake, docker compose build and up are read first, with the files, target, build args, contexts and platforms of the command. If such a build needs an image that is not locked, it is not started: run prints a finding and exits with 1. Other commands, such as make, are not read.',
    ],
    options: [],
    onlyText: 'stdout belongs to the command that it runs',
    load: async () => (await import('./run.ts')).runUnderPolicy,
  },
  init: {
    summary: 'set up dock-lock in a project: npm scripts, git hooks, CI',
    operands: '[NAME…]',
    asks: true,
    details: [
      'Looks at package.json, git hooks and CI, and says what it found and what it will do to each file. On a terminal, it asks; elsewhere, it needs --yes. --dry-run shows the changes as a diff. The layout and the comments of the files stay, and a second run changes nothing. It installs nothing and contacts no registry.',
      'By default, it makes the scripts that build images run dock-lock first, and adds dock-lock check --staged to the git hooks of the project, if it has any. NAME selects what to set up instead: script, pre-commit, husky, lefthook, simple-git-hooks, git-hook, lint-staged, github or gitlab.',
      'With --merge-driver, it only adds a line to .gitattributes and a merge driver to the git config of this clone. Branches that lock different images then merge without conflicts.',
      'With --docker-plugin, it changes no file of the project. It writes docker-docklock into ~/.docker/cli-plugins and turns on its hook in ~/.docker/config.json, or in the folder that DOCKER_CONFIG names. docker docklock then runs dock-lock. If a build fails because it cannot look up an image, Docker 29.3 and newer suggest it.',
    ],
    options: ['yes', 'script', 'dry-run', 'merge-driver', 'docker-plugin'],
    hasNoFindings: true,
    load: async () => (await import('./init.ts')).initCommand,
  },
  completion: {
    summary: 'print a completion script for bash, zsh or fish',
    operands: 'bash|zsh|fish',
    words: ['bash', 'zsh', 'fish'],
    details: [
      'The script completes commands, options, their values and files. It holds no path, and runs nothing of the project. In bash, put this into ~/.bashrc: source <(dock-lock completion bash). In zsh, into ~/.zshrc, after compinit: source <(dock-lock completion zsh). In fish: dock-lock completion fish > ~/.config/fish/completions/dock-lock.fish.',
    ],
    options: [],
    onlyText: 'it prints a script',
  },
  'merge-driver': {
    summary: 'merge two versions of the lockfile: git runs it',
    operands: '%O %A %B %L %P',
    details: [
      'A merge driver for git; to install it, run: dock-lock init --merge-driver. Exits with 1 and leaves conflict markers if both sides changed one image to different digests. To resolve these, run: dock-lock.',
    ],
    options: [],
    onlyText: 'git reads only the file and the exit code',
    load: async () => (await import('./merge-driver.ts')).mergeDriverCommand,
  },
}

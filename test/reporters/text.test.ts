import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Finding, isAboutStore } from '../../src/core/finding.ts'
import type { ImageInStore, StoreReport, StoreState } from '../../src/core/report-parts.ts'
import { wordFinding } from '../../src/reporters/messages.ts'
import { text } from '../../src/reporters/text.ts'
import { formatPlace } from '../../src/reporters/worded.ts'
import { FINDINGS, finding, NOTICES } from '../support/findings.ts'
import { fixedDigest } from '../support/generate.ts'
import { hostileReport } from '../support/hostile-report.ts'
import { forAll } from '../support/random.ts'
import { DETAILS, type Extra, imageReport, OUTDATED, report, STORE } from '../support/reports.ts'

const test = suite('reporters/text')
const plain = { color: false, width: 80 }
const print = (extra: Extra) => text(report(extra), plain)
const inStore = (state: StoreState, more: Partial<ImageInStore> = {}): ImageInStore => ({
  store: 'docker.sock',
  platform: 'linux/amd64',
  state,
  registryUse: state === 'absent' ? 'required' : 'none',
  verified: state !== 'absent',
  ...more,
})
const present = [inStore('present')]
const pulled = [inStore('pulled')]

const FLEET: readonly StoreReport[] = [
  STORE,
  { reached: false, label: 'build-2', message: 'no engine answers at tcp://build-2:2375' },
  { ...STORE, label: 'build-3' },
]
const FLEET_IMAGES = [
  imageReport('a:1', { stores: [inStore('present'), inStore('present', { store: 'build-3' })] }),
  imageReport('alpine:3.20', { stores: [inStore('untagged'), inStore('absent', { store: 'build-3' })] }),
]

/** A report, and what is printed of it, whole. */
const REPORTS: readonly [what: string, extra: Extra, lines: readonly string[]][] = [
  [
    'digests that were put back into files: more names than a command should have',
    {
      images: ['a:1', 'bb:1', 'ccc:1', 'dddd:1'].map(name => imageReport(name, { repinned: true })),
      files: [{ file: 'Dockerfile', places: 4, written: true }],
    },
    [
      '✓ locked  a:1     sha256:333333333333',
      '✓ locked  bb:1    sha256:444444444444',
      '✓ locked  ccc:1   sha256:555555555555',
      '✓ locked  dddd:1  sha256:666666666666',
      '',
      'pinned Dockerfile (4 places)',
      '4 images keep the locked digest; to look up the tags again, run: dock-lock update IMAGE',
      'no registry requests (42 ms)',
    ],
  ],
  [
    'a first run',
    {
      images: [
        imageReport('alpine:3.23', { source: 'resolved', stores: pulled }),
        imageReport('node:24-alpine', { source: 'adopted', stores: present }),
      ],
      files: [
        { file: 'Dockerfile', places: 1, written: true },
        { file: 'web/Dockerfile', places: 3, written: true },
      ],
      lockfile: { file: 'docker-images.lock', images: 2, changed: true, written: true, added: 2, removed: 0 },
      stores: [STORE],
      registryRequests: 2,
      milliseconds: 1234,
    },
    [
      '✓ resolved  alpine:3.23     sha256:bbbbbbbbbbbb  pulled',
      '✓ adopted   node:24-alpine  sha256:eeeeeeeeeeee  present',
      '',
      'pinned Dockerfile, web/Dockerfile (3 places)',
      'wrote docker-images.lock (2 images, 2 new)',
      'node:24-alpine keeps the digest that the files have; to look up the tag again, run: dock-lock update node:24-alpine',
      'verified: Docker 28.5.2 (containerd store, linux/amd64) has both images; builds need no registry',
      '2 registry requests (1.2 s)',
    ],
  ],
  [
    'a second run: one line',
    {
      images: [imageReport('alpine:3.23', { stores: present }), imageReport('b:1', { stores: present })],
      stores: [STORE],
    },
    [
      'ok: both images locked, pinned and in Docker 28.5.2 (containerd store, linux/amd64); nothing changed, no registry requests (42 ms)',
    ],
  ],
  [
    'a second run under a policy',
    { pin: 'policy', images: [imageReport('alpine:3.23', { stores: present })], stores: [STORE] },
    [
      'ok: 1 image locked and in Docker 28.5.2 (containerd store, linux/amd64); nothing changed, no registry requests (42 ms)',
    ],
  ],
  [
    'no engine',
    {
      images: [imageReport('alpine:3.23', { source: 'resolved' })],
      files: [{ file: 'Dockerfile', places: 1, written: true }],
      lockfile: { file: 'docker-images.lock', images: 1, changed: true, written: true, added: 1, removed: 1 },
      stores: [
        {
          reached: false,
          label: 'docker.sock',
          message: 'no engine at /run/docker.sock',
          hint: 'Is it running?',
        },
      ],
      registryRequests: 1,
    },
    [
      '✓ resolved  alpine:3.23  sha256:bbbbbbbbbbbb',
      '',
      'pinned Dockerfile',
      'wrote docker-images.lock (1 image, 1 new, 1 removed)',
      'not verified: no engine answered, so dock-lock cannot tell whether a build needs the network',
      '    no engine at /run/docker.sock',
      '    → Is it running?',
      '1 registry request (42 ms)',
    ],
  ],
  [
    'a dry run',
    {
      dryRun: true,
      images: [
        imageReport('alpine:3.23', {
          source: 'resolved',
          stores: [inStore('absent')],
        }),
      ],
      files: [{ file: 'Dockerfile', places: 1, written: false }],
      lockfile: {
        file: 'docker-images.lock',
        images: 1,
        changed: true,
        written: false,
        added: 1,
        removed: 0,
      },
      stores: [STORE],
      registryRequests: 1,
      diff: '--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,1 +1,1 @@\n-FROM a\n+FROM a@x\n',
    },
    [
      '--- a/Dockerfile',
      '+++ b/Dockerfile',
      '@@ -1,1 +1,1 @@',
      '-FROM a',
      '+FROM a@x',
      '',
      '✓ resolved  alpine:3.23  sha256:bbbbbbbbbbbb  absent',
      '',
      'would have pinned Dockerfile',
      'would have written docker-images.lock (1 image, 1 new)',
      'would have pulled 1 image into Docker 28.5.2 (containerd store, linux/amd64)',
      'dry run: nothing was written or pulled (42 ms)',
    ],
  ],
  [
    'a digest that took the place of another',
    {
      images: [imageReport('alpine:3.23', { source: 'replaced', previous: fixedDigest('c') })],
      lockfile: { file: 'docker-images.lock', images: 1, changed: true, written: true, added: 0, removed: 0 },
    },
    [
      '✓ replaced  alpine:3.23  sha256:bbbbbbbbbbbb  was sha256:cccccccccccc',
      '',
      'wrote docker-images.lock (1 image)',
      'no registry requests (42 ms)',
    ],
  ],
  [
    'check, all well',
    { command: 'check', images: [imageReport('a:1')] },
    ['ok: 1 image in 1 file locked and pinned (42 ms)'],
  ],
  ['check, nothing named', { command: 'check' }, ['ok: 1 file, no images to lock (42 ms)']],
  [
    'check, with findings',
    {
      command: 'check',
      exitCode: 1,
      images: [imageReport('alpine:3.20')],
      findings: [finding('unpinned'), finding('orphan')],
    },
    [
      'app/Dockerfile:3:6  unpinned  alpine:3.20 is locked to sha256:aaaaaaaaaaaa, but not pinned here',
      'docker-images.lock:4:3  orphan  alpine:3.20 is locked, but no file uses it',
      '    → run: dock-lock',
      '',
      '2 findings (42 ms)',
    ],
  ],
  [
    'stopped by findings',
    { exitCode: 1, images: [imageReport('alpine:3.20')], findings: [finding('unresolvable')] },
    [
      'app/Dockerfile:3:6  unresolvable  docker.io has no tag 3.20 of library/alpine (also web/Dockerfile:1:6)',
      '    → Check the spelling',
      '',
      '1 finding; nothing was written (42 ms)',
    ],
  ],
  [
    'verify, something missing',
    {
      command: 'verify',
      exitCode: 1,
      images: [
        imageReport('alpine:3.20', { stores: [inStore('absent', { platform: 'linux/arm64' })] }),
        imageReport('b:1', { stores: present }),
      ],
      stores: [STORE],
      findings: [finding('absent')],
    },
    [
      '✗ locked  alpine:3.20  sha256:bbbbbbbbbbbb  absent',
      '✓ locked  b:1          sha256:333333333333  present',
      '',
      'absent  alpine:3.20 is not in the local store for linux/arm64',
      '    → run: dock-lock pull',
      '',
      'not verified: Docker 28.5.2 (containerd store, linux/amd64) has 1 of 2 images',
      '1 finding (42 ms)',
    ],
  ],
  [
    'two platforms that stand differently',
    {
      command: 'pull',
      images: [
        imageReport('a:1', {
          stores: [...present, inStore('pulled', { platform: 'linux/arm64' })],
        }),
      ],
      stores: [{ ...STORE, platforms: ['linux/amd64', 'linux/arm64'] }],
    },
    [
      '✓ locked  a:1  sha256:333333333333  linux/amd64 present, linux/arm64 pulled',
      '',
      'verified: Docker 28.5.2 (containerd store, linux/amd64, linux/arm64) has 1 image; builds need no registry (42 ms)',
    ],
  ],
  [
    'verify, what would not survive a prune',
    {
      command: 'verify',
      images: [
        imageReport('a:1', { stores: present }),
        imageReport('b:1', { stores: [inStore('cache-only')] }),
        imageReport('c:1', { stores: [inStore('tag-elsewhere')] }),
      ],
      stores: [STORE],
    },
    [
      '✓ locked  a:1  sha256:333333333333  present',
      '! locked  b:1  sha256:333333333333  cache only',
      '! locked  c:1  sha256:333333333333  tag on other image',
      '',
      'verified: Docker 28.5.2 (containerd store, linux/amd64) has all 3 images; a prune would remove 2: run dock-lock pull (with --move-tags for c:1) (42 ms)',
    ],
  ],
  [
    'the same, --strict: what to do is said once, with the options that must be given again',
    {
      command: 'verify',
      exitCode: 1,
      images: [
        imageReport('a:1', { stores: present }),
        imageReport('alpine:3.20', { stores: [inStore('cache-only', { verified: false })] }),
      ],
      stores: [STORE],
      findings: [finding('cache-only'), { ...finding('absent'), image: 'x:1' }],
      repeat: ['--host', 'tcp://a', '--context', 'a b'],
    },
    [
      '✓ locked  a:1          sha256:333333333333  present',
      '✗ locked  alpine:3.20  sha256:bbbbbbbbbbbb  cache only',
      '',
      'cache-only  alpine:3.20 is in the local store for linux/arm64 without a name, as in the build cache: a prune would remove it',
      'absent  x:1 is not in the local store for linux/arm64',
      "    → run: dock-lock pull --host tcp://a --context 'a b'",
      '',
      'not verified: Docker 28.5.2 (containerd store, linux/amd64) has both images; a prune would remove 1',
      '2 findings (42 ms)',
    ],
  ],
  [
    'a builder that keeps no images but a cache',
    {
      command: 'verify',
      images: [imageReport('a:1', { stores: [inStore('cache-only', { registryUse: 'optional' })] })],
      stores: [
        {
          ...STORE,
          name: 'BuildKit v0.25.1',
          imageStore: 'builder ci, docker-container driver',
          maxState: 'cache-only',
          note: { code: 'current-builder', builder: 'ci' },
        },
      ],
    },
    [
      "note: ci is the current buildx builder; docker build uses it only with BUILDX_BUILDER=ci, and the engine's own store otherwise; check that store with --builder default",
      'verified: BuildKit v0.25.1 (builder ci, docker-container driver, linux/amd64) has 1 image in its cache; a prune would remove it (42 ms)',
    ],
  ],
  [
    'several engines, one of them down',
    {
      command: 'verify',
      exitCode: 3,
      images: FLEET_IMAGES,
      stores: FLEET,
      findings: [{ ...finding('absent'), store: 'build-3' }, finding('unreached')],
    },
    [
      '                                            docker.sock  build-2  build-3',
      '✓ locked  a:1          sha256:333333333333  present      ?        present',
      '✗ locked  alpine:3.20  sha256:bbbbbbbbbbbb  not tagged   ?        absent',
      '',
      'build-3  absent  alpine:3.20 is not in the local store for linux/arm64',
      '    → run: dock-lock pull',
      'build-2  unreached  no engine answers at tcp://build-2:2375',
      '    → Is it running?',
      '',
      'verified:     docker.sock  Docker 28.5.2 (containerd store, linux/amd64) has both images; a prune would remove 1: run dock-lock pull',
      'not reached:  build-2',
      'not verified: build-3      Docker 28.5.2 (containerd store, linux/amd64) has 1 of 2 images',
      '1 of 3 engines verified; 2 findings (42 ms)',
    ],
  ],
  [
    'unpin',
    { command: 'unpin', files: [{ file: 'Dockerfile', places: 1, written: true }] },
    ['unpinned Dockerfile', 'done (42 ms)'],
  ],
  ['unpin, nothing there', { command: 'unpin' }, ['nothing to unpin (42 ms)']],
  [
    'init',
    { command: 'init', files: [{ file: 'package.json', places: 1, written: true }] },
    ['changed package.json', 'done (42 ms)'],
  ],
  ['init again', { command: 'init' }, ['nothing to change (42 ms)']],
  [
    'why: every place, and how it names the image',
    { command: 'why', images: DETAILS, stores: [STORE] },
    [
      `a:1  ${fixedDigest('a')}`,
      '  locked    2026-11-01 or earlier by cccccccccccc (Lock)',
      '  platforms linux/amd64, linux/arm64/v8',
      '  store     Docker 28.5.2 (containerd store, linux/amd64): present',
      '  used in 6 places:',
      '    Dockerfile:1:6  ${BASE}  FROM in stage build for linux/arm64, pinned',
      '      through ARG BASE at Dockerfile:1:6, ARG TARGETARCH (set by BuildKit)',
      '      with V=1',
      '      built by compose.yaml:7, bake.hcl',
      `    Dockerfile:1:6  \${BASE}  FROM, different: the file has ${fixedDigest('b')}`,
      '    Dockerfile:1:6  ${BASE}  FROM, not pinned: ARG BASE is also used elsewhere',
      '    Dockerfile:1:6  ${BASE}  FROM, not pinned: the config has pin: policy',
      '    Dockerfile:1:6  ${BASE}  COPY --from, not pinned: to pin it, run: dock-lock',
      '    Dockerfile:1:6  ${BASE}  RUN --mount, ignored: built here',
      '',
      'b:1',
      '  locked    no; run: dock-lock',
      '  used in 3 places:',
      '    Dockerfile:1:6  ${BASE}  # syntax, not locked: to lock it, run: dock-lock',
      '    Dockerfile:1:6  ${BASE}  FROM, not locked: it exists only in the local engine',
      '    Dockerfile:1:6  ${BASE}  FROM, not locked: ARG BASE has no value here, so the build decides',
      '',
      `c:1  ${fixedDigest('c')}`,
      '  locked    yes, not committed yet',
      '  platforms not known: the digest was taken from a file',
      '  store     Docker 28.5.2 (containerd store, linux/amd64): not needed there',
      '  not used: no file names it; to remove it, run: dock-lock',
    ],
  ],
  [
    'why: the only store does not answer',
    {
      command: 'why',
      images: DETAILS.slice(2),
      stores: [{ reached: false, label: 'build-2', message: 'no engine' }],
    },
    [
      `c:1  ${fixedDigest('c')}`,
      '  locked    yes, not committed yet',
      '  platforms not known: the digest was taken from a file',
      '  store     not asked: no engine',
      '  not used: no file names it; to remove it, run: dock-lock',
    ],
  ],
  [
    'ls',
    { command: 'ls', images: DETAILS },
    [
      'a:1  sha256:aaaaaaaaaaaa  2 platforms  6 places  different in files',
      'b:1  -                    -            3 places  not locked',
      'c:1  sha256:cccccccccccc  -            0 places  not used',
    ],
  ],
  ['ls, nothing there', { command: 'ls' }, ['no images']],
  [
    'what was ignored, once for each reason',
    {
      command: 'check',
      notices: [
        { code: 'ignored', kind: 'file', file: 'old/Dockerfile', reason: 'not built' },
        {
          code: 'ignored',
          kind: 'image',
          image: 'base',
          place: { file: 'Dockerfile', line: 1, column: 6 },
          reason: 'built here',
        },
        {
          code: 'ignored',
          kind: 'image',
          image: 'base',
          place: { file: 'Dockerfile', line: 2, column: 6 },
          reason: 'built here',
        },
        {
          code: 'ignored',
          kind: 'image',
          image: 'base',
          place: { file: 'Dockerfile', line: 3, column: 6 },
          reason: 'built here',
        },
      ],
    },
    [
      '~ ignored  old/Dockerfile (not built)',
      '~ Dockerfile:1:6  ignored  3 places (built here)',
      '',
      'ok: 1 file, no images to lock; not covered: 4 ignored (42 ms)',
    ],
  ],
  [
    'what was skipped, a line for each file',
    {
      command: 'check',
      skipped: [
        { file: 'a.Dockerfile', code: 'irregular', irregular: 'fifo' },
        {
          file: 'b.Dockerfile',
          code: 'irregular',
          irregular: 'link-outside',
        },
      ],
    },
    [
      'skipped: a.Dockerfile: it is a fifo, not a regular file',
      'skipped: b.Dockerfile: it is a symbolic link to outside the project',
      'ok: 1 file, no images to lock; not covered: 2 skipped (42 ms)',
    ],
  ],
  [
    'a file that BuildKit refuses, with its place; folders in one line for each reason',
    {
      command: 'check',
      skipped: [
        ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(file => ({
          file,
          code: 'repository' as const,
        })),
        { file: 'node_modules', code: 'dependencies' },
        {
          file: 'web/Dockerfile',
          code: 'malformed',
          reason: 'unknown instruction: FRMO',
          place: { file: 'web/Dockerfile', line: 3, column: 1 },
        },
        {
          file: 'compose.yaml',
          code: 'malformed',
          reason: 'its Dockerfile api/Dockerfile cannot be read',
          place: { file: 'compose.yaml', line: 4, column: 1 },
        },
      ],
    },
    [
      'skipped: web/Dockerfile:3:1: unknown instruction: FRMO',
      'skipped: compose.yaml:4:1: its Dockerfile api/Dockerfile cannot be read',
      'not searched: a/, b/, c/, d/, e/ and 2 more: they are separate git repositories; run dock-lock in each',
      'not searched: node_modules/: a package manager fills it',
      'ok: 1 file, no images to lock; not covered: 2 skipped (42 ms)',
    ],
  ],
  [
    'many files: the first eight',
    {
      command: 'unpin',
      files: Array.from({ length: 10 }, (_, index) => ({
        file: `${index}/Dockerfile`,
        places: 1,
        written: true,
      })),
    },
    [
      'unpinned 0/Dockerfile, 1/Dockerfile, 2/Dockerfile, 3/Dockerfile, 4/Dockerfile, 5/Dockerfile, 6/Dockerfile, 7/Dockerfile, 2 more',
      'done (42 ms)',
    ],
  ],
]
for (const [what, extra, lines] of REPORTS)
  test(what, () => assert.equal(print(extra).split('\n'), [...lines, '']))

/** The words of each finding: where, what, and the next step. */
const WORDS: { readonly [Code in Finding['code']]: readonly [what: RegExp, next: RegExp] } = {
  malformed: [/^repository name must be lower case$/, /fix the file/],
  'by-tag': [
    /^node:24-alpine in 2 places is locked, but .*ARG V is in the middle/,
    /ARG NODE_IMAGE=node:24-alpine, FROM \$\{NODE_IMAGE\}/,
  ],
  outside: [
    /^static:nonroot-\$\{ARCH\} is not locked: ARG ARCH has no value .*static:nonroot-/,
    /--build-arg ARCH=VALUE/,
  ],
  local: [/^alpine:3\.20 is not locked: it exists only in the local engine/, /dock-lock: ignore REASON/],
  moved: [
    /^alpine:3\.20 is locked to sha256:a{12}, but now means sha256:b{12}$/,
    /^to move to it, run: dock-lock update alpine:3\.20$/,
  ],
  unconfirmed: [
    /^alpine:3\.20, node:24-alpine: locked without media type and platforms: docker\.io refused/,
    /delete the entry in docker-images\.lock and run: dock-lock$/,
  ],
  ahead: [/^alpine:3\.20: the file is ahead of docker-images\.lock$/, /run: dock-lock$/],
  merged: [
    /^alpine:3\.20 changed on both sides .* sha256:a{12} \(ours\) .* sha256:b{12} \(theirs\): took theirs/,
    /^$/,
  ],
  ignored: [/^alpine:3\.20 \(built here\)$/, /^$/],
  'held-back': [
    /^alpine:3\.20 → 3\.21 is held back: it is younger than 7 days: 2026-01-02 \(received by the registry\)$/,
    /^$/,
  ],
  unchanged: [/^alpine:3\.20 is now sha256:a{12}, with the same image for linux\/amd64$/, /--all-digests$/],
  'tags-not-listed': [/^alpine:3\.20: the registry does not list its tags, so only a new digest/, /^$/],
  'not-updated': [
    /^alpine:3\.20 → 3\.21 is not used: the same ARG is part of busybox:3\.20/,
    /use a separate ARG/,
  ],
  unlocked: [
    /^alpine:3\.20 is not in docker-images\.lock$/,
    /^run: dock-lock; if an earlier step builds it, add a line before: # dock-lock: ignore REASON$/,
  ],
  unpinned: [/locked to sha256:a{12}, but not pinned/, /^run: dock-lock$/],
  mismatch: [/sha256:a{12} here, but sha256:b{12} in docker-images\.lock: the file is ahead$/, /dock-lock/],
  gone: [
    /locked to sha256:a{12}, which its repository does not serve: a build fails where/,
    /run: dock-lock update alpine:3\.20; or use another tag$/,
  ],
  conflict: [
    /sha256:a{12} at app\/Dockerfile:3:6, sha256:b{12} at web\/Dockerfile:1:6/,
    /use the same digest in all places/,
  ],
  orphan: [/no file uses it/, /^run: dock-lock$/],
  'short-name': [
    /does not say its registry: .*Podman 5\.8\.0 may look for it on quay\.io$/,
    /write the full name/,
  ],
  unresolvable: [/^docker\.io has no tag/, /^Check the spelling$/],
  'not-offered': [/does not support linux\/s390x, only linux\/amd64, linux\/arm64\/v8/, /--platform/],
  absent: [/not in the local store for linux\/arm64/, /dock-lock pull/],
  untagged: [/in the local store, but not tagged/, /dock-lock pull/],
  'tag-elsewhere': [/points to a different image \(sha256:bbbbbbbbbbbb\)/, /--move-tags/],
  'cache-only': [/without a name, as in the build cache: a prune would remove it/, /dock-lock pull/],
  incomplete: [/but incomplete$/, /dock-lock pull/],
  unlabelled: [/docker load: a build downloads it again/, /dock-lock pull/],
  'registry-contacted': [
    /for linux\/arm64, but a build contacts the registry, and waits/,
    /^podman build --pull=never contacts no registry$/,
  ],
  unknown: [
    /^dock-lock cannot tell whether .* for linux.arm64: the engine does not report the platform/,
    /^$/,
  ],
  'wrong-platform': [/not for linux\/arm64 \(only linux\/amd64\)/, /dock-lock pull/],
  unreached: [/^no engine answers at/, /^Is it running\?$/],
  'pull-failed': [/could not be pulled for linux\/arm64: docker\.io refused/, /^docker login$/],
}
for (const one of FINDINGS) {
  test(`a finding in words: ${one.code}`, () => {
    const [what, next] = WORDS[one.code]
    const words = wordFinding(one)
    assert.match(words.what, what)
    assert.match(words.next ?? '', next)
    assert.equal(words.places, 'places' in one ? one.places : 'place' in one ? [one.place] : [])
    const printed = print({ findings: [one], exitCode: 1 })
    assert.ok(printed.includes(one.code))
    assert.ok(printed.includes(words.what))
    // What a store lacks is corrected there, and not in the file.
    for (const place of words.places)
      assert.is(printed.includes(formatPlace(place)), !isAboutStore(one), formatPlace(place))
  })
}

test('on a narrow terminal the table of several engines becomes lines, and nothing of it is lost', () => {
  const one = report({
    command: 'verify',
    images: FLEET_IMAGES,
    stores: FLEET,
    findings: [finding('unreached')],
  })
  assert.equal(text(one, { color: false, width: 40 }).split('\n').slice(0, 8), [
    '✓ a:1',
    '   docker.sock  present',
    '   build-2      ?',
    '   build-3      present',
    '! alpine:3.20',
    '   docker.sock  not tagged',
    '   build-2      ?',
    '   build-3      absent',
  ])
})

test('a place is file:line:column', () =>
  assert.is(formatPlace({ file: 'a/Dockerfile', line: 3, column: 6 }), 'a/Dockerfile:3:6'))

test('whatever stands in a report, no control character is printed, and lines stay lines', () => {
  forAll(1500, random => {
    const printed = text(hostileReport(random), plain)
    assert.not.match(printed.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
  })
})

test('what an earlier step may build can be ignored', () => {
  const advice = 'an earlier step builds it, add a line before: # dock-lock: ignore REASON'
  const { hint, ...silent } = finding('unresolvable') as Extract<Finding, { code: 'unresolvable' }>
  const worded = wordFinding({ ...silent, hint: 'Check its name', mayBeLocal: true })
  assert.is(worded.next, `Check its name. If ${advice}`)
  const general = wordFinding({ ...silent, mayBeLocal: true })
  assert.is(general.next, `use another image or tag, or ask the operator of the registry; if ${advice}`)
})

test('what is hostile in a text breaks no line', () => {
  const quiet = print({ findings: [{ ...finding('unresolvable'), message: 'a b' }] }).split('\n').length
  const message = 'a\r\nb\u2028c\u0085'
  assert.is(print({ findings: [{ ...finding('unresolvable'), message }] }).split('\n').length, quiet)
})

test('the words of a finding are safe by themselves: the library hands them out', () => {
  forAll(500, random => {
    const whole = hostileReport(random)
    for (const one of 'findings' in whole ? whole.findings : []) {
      const { what, next = '', places } = wordFinding(one)
      assert.not.match(what + next + places.map(formatPlace).join(''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    }
  })
})

test('without colour no escape; with it, the same words', () => {
  forAll(300, random => {
    const one = hostileReport(random)
    const colored = text(one, { color: true, width: 80 })
    assert.is(colored.replace(/\u001b\[\d+m/g, ''), text(one, plain))
  })
  assert.match(text(report({ findings: FINDINGS }), { color: true, width: 80 }), /\u001b\[31m/)
})

test('an image is not marked as good when none of several engines was there to be asked', () => {
  const stores = FLEET.map(({ label }) => ({ reached: false as const, label, message: 'no engine answers' }))
  const findings = [finding('unreached')]
  const [, row] = print({ stores, findings, images: [imageReport('a:1')] }).split('\n')
  assert.match(row ?? '', /^\? locked {2}a:1 .*(?:\? +){2}\?$/)
})

const MANY = ['c:10', 'c:9', 'a:1', 'b:1'].map(name => imageReport(name, { stores: present }))
const ONE_NEW = { images: [...MANY, imageReport('new:1', { source: 'resolved', stores: pulled })] }
const WITH_NEW = { ...ONE_NEW, stores: [STORE] }

test('images that changed are rows, and all others one line', () => {
  const [row, others, blank] = print(WITH_NEW).split('\n')
  assert.match(row ?? '', /^✓ resolved {2}new:1 /)
  assert.equal([others, blank], ['  4 images unchanged', ''])
  const verified = text(report({ command: 'verify', ...WITH_NEW }), plain)
  assert.match(verified, /^ {2}4 images present$/m)
})

test('with --verbose, all images are rows, in the order in which people count', () => {
  const names = (extra: Extra) =>
    [...text(report(extra), { ...plain, verbose: true }).matchAll(/^✓ \w+ +(\S+)/gm)].map(([, name]) => name)
  assert.equal(names(WITH_NEW), ['a:1', 'b:1', 'c:9', 'c:10', 'new:1'])
  assert.equal(names({ images: MANY, stores: [STORE] }), ['a:1', 'b:1', 'c:9', 'c:10'])
  assert.equal(print({ images: MANY, stores: [STORE] }).match(/^✓/gm), null)
})

test('a quiet run prints findings, and nothing else', () => {
  const quiet = (extra: Extra) => text(report(extra), { ...plain, quiet: true })
  assert.is(quiet(WITH_NEW), '')
  assert.is(quiet({ command: 'check', notices: NOTICES }), '')
  assert.is(
    quiet({ ...WITH_NEW, notices: NOTICES, findings: [finding('unpinned')] }),
    `app/Dockerfile:3:6  unpinned  alpine:3.20 is locked to sha256:aaaaaaaaaaaa, but not pinned here\n    → run: dock-lock\n`,
  )
  // What was asked for is no comment on it.
  for (const extra of [
    { command: 'ls', images: DETAILS },
    { command: 'why', images: DETAILS },
    { command: 'outdated', outdated: [OUTDATED] },
  ] as const)
    assert.match(quiet(extra), /\S/)
})

test('a terminal gets lines that fit, at any width, and the way to more', () => {
  const one = report({ ...WITH_NEW, findings: [finding('unpinned'), finding('orphan')], notices: NOTICES })
  const words = text(one, plain).match(/\S+/g) ?? []
  for (const width of [1, 20, 40, 79, 300]) {
    const shown = text(one, { color: false, width, wraps: true })
    const more = '    more about them: dock-lock explain unpinned orphan\n'
    if (width > 60) assert.ok(shown.includes(more))
    for (const line of shown.split('\n'))
      assert.ok([...line].length <= width || !line.trim().includes(' '), `${width}: ${line}`)
    assert.is((shown.match(/\S+/g) ?? []).length, words.length + (more.match(/\S+/g) ?? []).length)
  }
})

test('a diff is not wrapped', () => {
  const diff = `--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-FROM a\n+FROM a@${fixedDigest('a')} AS a very long line\n`
  assert.ok(text(report({ dryRun: true, diff }), { color: false, width: 10, wraps: true }).startsWith(diff))
})

test.run()

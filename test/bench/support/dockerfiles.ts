import type { Digest } from '../../../src/core/digest.ts'
import { type LockedImage, serializeLockfile } from '../../../src/core/lockfile.ts'
import { parseReference, referenceKey } from '../../../src/core/reference.ts'
import { digest } from '../../support/generate.ts'
import { createRandom, type Random } from '../../support/random.ts'

const IMAGES = [
  ...['node:24-alpine', 'node:22-bookworm-slim', 'python:3.13-slim', 'golang:1.25-alpine', 'alpine:3.23'],
  ...['debian:13-slim', 'nginx:1.29-alpine', 'busybox:1.37', 'rust:1.91', 'eclipse-temurin:21-jre'],
  ...[
    'gcr.io/distroless/static-debian12:nonroot',
    'ghcr.io/astral-sh/uv:0.9',
    'mcr.microsoft.com/dotnet/sdk:10.0',
  ],
  ...['registry.example.com:5000/team/base:2026.1', 'registry.example.com:5000/team/tools:7'],
]

/** A monorepo of `count` services whose Dockerfiles are all locked and pinned, and its lockfile; the same for the same count. */
export function pinnedFiles(count: number): Readonly<Record<string, string>> {
  const random = createRandom(count)
  const digests = new Map(
    IMAGES.map(image => [image, digest(createRandom(image.length * 31 + image.charCodeAt(0)))]),
  )
  const pinned = (image: string) => `${image}@${digests.get(image)}`
  const files: Record<string, string> = {}
  for (let number = 0; number < count; number++) {
    const folder = `services/${String(number >> 5).padStart(3, '0')}/service-${number}`
    files[`${folder}/Dockerfile`] = dockerfile(random, pinned, number)
  }
  const text = Object.values(files).join('\n')
  const images = IMAGES.filter(image => text.includes(pinned(image)))
  files['docker-images.lock'] = serializeLockfile(
    new Map(images.map(image => [keyOf(image), locked(digests.get(image)!)])),
  )
  return files
}

function keyOf(image: string): string {
  const parsed = parseReference(image)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return referenceKey(parsed.reference)
}

function locked(digest: Digest): LockedImage {
  return {
    digest,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    platforms: [{ platform: { os: 'linux', architecture: 'amd64' }, digest }],
  }
}

/** 20 to 60 lines, two to six images: what services have. */
function dockerfile(random: Random, pinned: (image: string) => string, number: number): string {
  const [base, tools, final, extra] = [random, random, random, random].map(each => pinned(each.pick(IMAGES)))
  const packages = random.list(4, 18, () => `      ${random.text('abcdefghijklmnopqrstuvwxyz', 3, 9)} \\`)
  const settings = random.list(
    2,
    8,
    () => `ENV ${random.text('ABCDEFGH', 4, 9)}=${random.text('abc01', 3, 20)}`,
  )
  const copies = random.list(
    1,
    6,
    () => `COPY ${random.text('abcdef', 3, 8)}/ ./${random.text('abcdef', 3, 8)}/`,
  )
  return `# Service ${number}: built in one stage, run in another.
FROM ${base} AS build
ARG VERSION=0.0.0
WORKDIR /src
RUN set -eux; \\
    install \\
${packages.join('\n')}
      make
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.cache \\
    --mount=type=bind,from=${tools},source=/bin,target=/tools \\
    /tools/fetch --frozen
${copies.join('\n')}
RUN make VERSION="\${VERSION}" all && make test

${random.chance(0.4) ? `FROM --platform=$BUILDPLATFORM ${extra} AS assets\nCOPY --from=build /src/assets /assets\nRUN <<EOF\nset -e\nfor file in /assets/*; do gzip -9 "$file"; done\nEOF\n` : ''}
FROM ${final}
LABEL org.opencontainers.image.title="service-${number}"
${settings.join('\n')}
# Only what runs.
COPY --from=build /src/out /usr/local/bin/
${random.chance(0.3) ? `COPY --from=${extra} /etc/ssl/certs /etc/ssl/certs\n` : ''}USER 1000:1000
EXPOSE ${3000 + (number % 1000)}
HEALTHCHECK --interval=30s CMD ["/usr/local/bin/service", "--health"]
ENTRYPOINT ["/usr/local/bin/service"]
`
}

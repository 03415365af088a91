/** The dialogues of the registries that people use, as their documentation has them, with the credentials that are usual there. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorCode } from '../../src/core/error.ts'
import { digestsByPlatform } from '../support/platform.ts'
import { makeImage, mediaTypes } from '../support/registry/index.ts'
import { type Step, withScripted } from './scripted.ts'
import { base64, failure, reference } from './support.ts'

const test = suite('registry/dialogues')

/** Where a registry is, and what it asks for. */
interface Service {
  readonly url: string
  /** Where tokens come from; a registry without one asks for Basic. */
  readonly realm?: string
  readonly name: string
  /** The scope of every token. Default: the repository that is asked for. */
  readonly scope?: string
}

const hub: Service = {
  url: 'https://registry-1.docker.io',
  realm: 'https://auth.docker.io/token',
  name: 'registry.docker.io',
}
const github: Service = { url: 'https://ghcr.io', realm: 'https://ghcr.io/token', name: 'ghcr.io' }
/** On a server of one's own: tokens come from another host and port. */
const gitlab: Service = {
  url: 'https://gitlab.example:5050',
  realm: 'https://gitlab.example/jwt/auth',
  name: 'container_registry',
}
const gitlabCom: Service = {
  url: 'https://registry.gitlab.com',
  realm: 'https://gitlab.com/jwt/auth',
  name: 'container_registry',
}
const ecr: Service = {
  url: 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  name: 'ecr.amazonaws.com',
}
const ecrPublic: Service = {
  url: 'https://public.ecr.aws',
  realm: 'https://public.ecr.aws/token/',
  name: 'public.ecr.aws',
  scope: 'aws',
}
const artifactRegistry: Service = {
  url: 'https://europe-docker.pkg.dev',
  realm: 'https://europe-docker.pkg.dev/v2/token',
  name: 'europe-docker.pkg.dev',
}
const azure: Service = {
  url: 'https://contoso.azurecr.io',
  realm: 'https://contoso.azurecr.io/oauth2/token',
  name: 'contoso.azurecr.io',
}
const quay: Service = { url: 'https://quay.io', realm: 'https://quay.io/v2/auth', name: 'quay.io' }
const harbor: Service = {
  url: 'https://harbor.example',
  realm: 'https://harbor.example/service/token',
  name: 'harbor-registry',
}

const hostsOf = ({ url, realm }: Service): string[] =>
  [url, realm].flatMap(each => (each === undefined ? [] : new URL(each).host))
const scopeOf = ({ scope }: Service, repository: string): string => scope ?? `repository:${repository}:pull`

type Answer = Pick<Step, 'status' | 'headers' | 'body'>

const json = (content: object): Answer => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
})
const errors = (status: number, code: string, message: string): Answer => ({
  status,
  ...json({ errors: [{ code, message, detail: null }] }),
})

/** The first step of every dialogue. */
function challenged(service: Service, repository: string, error?: string): Step {
  const { url, realm, name } = service
  const challenge =
    realm === undefined
      ? `Basic realm="${url}/",service="${name}"`
      : `Bearer realm="${realm}",service="${name}",scope="${scopeOf(service, repository)}"`
  return {
    request: `HEAD ${url}/v2/${repository}/manifests/1`,
    ...errors(401, 'UNAUTHORIZED', 'authentication required'),
    headers: {
      'www-authenticate': error === undefined ? challenge : `${challenge},error="${error}"`,
      'docker-distribution-api-version': 'registry/2.0',
    },
  }
}

/** A token is asked for, by GET, with a `user:password` or without. */
function askToken(service: Service, repository: string, login: string | undefined, answer: Answer): Step {
  return {
    request: `GET ${service.realm}?scope=${scopeOf(service, repository)}&service=${service.name}`,
    ...(login !== undefined && { authorization: `Basic ${base64(login)}` }),
    ...answer,
  }
}

/** A token is asked for by POST, as OAuth2 has it. */
function postToken(
  service: Service,
  repository: string,
  form: Readonly<Record<string, string>>,
  answer: Answer,
): Step {
  const scope = scopeOf(service, repository)
  return {
    request: `POST ${service.realm}`,
    form: { service: service.name, client_id: 'dock-lock', scope, ...form },
    ...answer,
  }
}

const image = makeImage('o/i', '1')

/** The last two steps: the tag, and behind its digest the index. */
function found(
  { url }: Service,
  repository: string,
  authorization: string,
  more: Readonly<Record<string, string>> = {},
): Step[] {
  const headers = {
    'content-type': image.mediaType,
    'content-length': String(image.size),
    'docker-content-digest': image.digest,
    ...more,
  }
  const { body } = image.manifests.get(image.digest)!
  return [
    { request: `HEAD ${url}/v2/${repository}/manifests/1`, authorization, headers },
    { request: `GET ${url}/v2/${repository}/manifests/${image.digest}`, authorization, headers, body },
  ]
}

interface Dialogue {
  readonly name: string
  /** Where it is described. */
  readonly source?: string
  readonly service: Service
  readonly image: string
  /** Under this key in `auths`. */
  readonly key: string
  readonly entry: object
  readonly steps: readonly Step[]
  /** The error that it ends with. Default: the image is found. */
  readonly refused?: { readonly code: ErrorCode; readonly says: readonly string[] }
}

const login = (text: string): { readonly auth: string } => ({ auth: base64(text) })
/** Credentials for a registry that the dialogue is not about. */
const elsewhere = { key: 'elsewhere.example', entry: login('somebody:else') }

const jsonKey = JSON.stringify({ type: 'service_account', private_key: '-----BEGIN\nx:y+/=\n' }, null, 2)
const awsLogin = `AWS:${Buffer.alloc(1_800, 'eyJwYXlsb2FkIjoi')}`

const ecrPublicDialogue: Dialogue = {
  name: 'Amazon ECR Public, without credentials',
  source: 'https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html',
  service: ecrPublic,
  image: 'public.ecr.aws/docker/library/i:1',
  ...elsewhere,
  steps: [
    challenged(ecrPublic, 'docker/library/i'),
    askToken(ecrPublic, 'docker/library/i', undefined, json({ token: 'public' })),
    ...found(ecrPublic, 'docker/library/i', 'Bearer public'),
  ],
}

const dialogues: readonly Dialogue[] = [
  {
    name: 'Docker Hub, without credentials',
    source: 'https://docs.docker.com/docker-hub/usage/pulls/#view-hourly-pull-rate-and-limit',
    service: hub,
    image: 'i:1',
    ...elsewhere,
    steps: [
      challenged(hub, 'library/i'),
      askToken(
        hub,
        'library/i',
        undefined,
        json({ token: 'anon', access_token: 'anon', expires_in: 300, issued_at: '2026-01-01T00:00:00Z' }),
      ),
      ...found(hub, 'library/i', 'Bearer anon', {
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': '76;w=21600',
        'docker-ratelimit-source': '192.0.2.1',
      }),
    ],
  },
  {
    name: 'Docker Hub, with a personal access token',
    source: 'https://docs.docker.com/security/access-tokens/',
    service: hub,
    image: 'team/i:1',
    key: 'https://index.docker.io/v1/',
    entry: login('me:dckr_pat_x'),
    steps: [
      challenged(hub, 'team/i'),
      askToken(
        hub,
        'team/i',
        'me:dckr_pat_x',
        json({ token: 'mine', access_token: 'mine', expires_in: 300 }),
      ),
      ...found(hub, 'team/i', 'Bearer mine'),
    ],
  },
  {
    name: 'GitHub, with a personal access token',
    source:
      'https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry',
    service: github,
    image: 'ghcr.io/o/i:1',
    key: 'ghcr.io',
    entry: login('octocat:ghp_x'),
    steps: [
      challenged(github, 'o/i'),
      // Without expires_in.
      askToken(github, 'o/i', 'octocat:ghp_x', json({ token: 'Z2hwX3g=' })),
      ...found(github, 'o/i', 'Bearer Z2hwX3g='),
    ],
  },
  {
    name: 'GitLab, with a deploy token, its tokens from another host and port',
    source: 'https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/',
    service: gitlab,
    image: 'gitlab.example:5050/group/sub/i:1',
    key: 'gitlab.example:5050',
    entry: login('gitlab+deploy-token-1:gldt-x'),
    steps: [
      challenged(gitlab, 'group/sub/i', 'invalid_token'),
      askToken(gitlab, 'group/sub/i', 'gitlab+deploy-token-1:gldt-x', json({ token: 'a.b.c' })),
      ...found(gitlab, 'group/sub/i', 'Bearer a.b.c'),
    ],
  },
  {
    name: 'Amazon ECR, with the password of get-login-password',
    source: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html',
    service: ecr,
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/o/i:1',
    key: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    entry: login(awsLogin),
    steps: [challenged(ecr, 'o/i'), ...found(ecr, 'o/i', `Basic ${base64(awsLogin)}`)],
  },
  ecrPublicDialogue,
  {
    name: 'Artifact Registry, with an access token',
    source: 'https://cloud.google.com/artifact-registry/docs/docker/authentication#token',
    service: artifactRegistry,
    image: 'europe-docker.pkg.dev/project/repository/i:1',
    key: 'https://europe-docker.pkg.dev',
    entry: login('oauth2accesstoken:ya29.x'),
    steps: [
      challenged(artifactRegistry, 'project/repository/i'),
      askToken(
        artifactRegistry,
        'project/repository/i',
        'oauth2accesstoken:ya29.x',
        json({ token: 'gar', expires_in: 43200, issued_at: '2026-01-01T00:00:00+00:00' }),
      ),
      ...found(artifactRegistry, 'project/repository/i', 'Bearer gar'),
    ],
  },
  {
    name: "Artifact Registry, with a service account's key: colons, line breaks and all",
    source: 'https://cloud.google.com/artifact-registry/docs/docker/authentication#json-key',
    service: artifactRegistry,
    image: 'europe-docker.pkg.dev/project/repository/i:1',
    key: 'europe-docker.pkg.dev',
    entry: login(`_json_key:${jsonKey}`),
    steps: [
      challenged(artifactRegistry, 'project/repository/i'),
      askToken(
        artifactRegistry,
        'project/repository/i',
        `_json_key:${jsonKey}`,
        json({ token: 'gar', expires_in: 43200 }),
      ),
      ...found(artifactRegistry, 'project/repository/i', 'Bearer gar'),
    ],
  },
  {
    name: 'Azure, after az acr login: an identity token',
    source: 'https://azure.github.io/acr/AAD-OAuth.html',
    service: azure,
    image: 'contoso.azurecr.io/o/i:1',
    key: 'contoso.azurecr.io',
    entry: { ...login('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh.x' },
    steps: [
      challenged(azure, 'o/i'),
      postToken(
        azure,
        'o/i',
        { grant_type: 'refresh_token', refresh_token: 'refresh.x' },
        json({ access_token: 'access.x' }),
      ),
      ...found(azure, 'o/i', 'Bearer access.x'),
    ],
  },
  ...[artifactRegistry, harbor].map(
    (service): Dialogue => ({
      name: `an identity token for a token service that knows no POST: ${service.name}`,
      source: 'https://github.com/containerd/containerd/blob/main/core/remotes/docker/authorizer.go',
      service,
      image: `${service.name === harbor.name ? 'harbor.example' : service.name}/o/i:1`,
      key: new URL(service.url).host,
      entry: { identitytoken: 'refresh.x' },
      steps: [
        challenged(service, 'o/i'),
        postToken(
          service,
          'o/i',
          { grant_type: 'refresh_token', refresh_token: 'refresh.x' },
          { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>Not Found</html>' },
        ),
        askToken(service, 'o/i', ':refresh.x', json({ token: 'access.x' })),
        ...found(service, 'o/i', 'Bearer access.x'),
      ],
    }),
  ),
  {
    name: 'Azure, as a service principal',
    source: 'https://azure.github.io/acr/Token-BasicAuth.html',
    service: azure,
    image: 'contoso.azurecr.io/o/i:1',
    key: 'contoso.azurecr.io',
    entry: login('11111111-2222-3333-4444-555555555555:x~y:z'),
    steps: [
      challenged(azure, 'o/i'),
      askToken(
        azure,
        'o/i',
        '11111111-2222-3333-4444-555555555555:x~y:z',
        json({ access_token: 'access.y' }),
      ),
      ...found(azure, 'o/i', 'Bearer access.y'),
    ],
  },
  {
    name: 'Quay, as a robot',
    source:
      'https://docs.redhat.com/en/documentation/red_hat_quay/3/html/use_red_hat_quay/allow-robot-access-user-repo',
    service: quay,
    image: 'quay.io/org/i:1',
    key: 'quay.io',
    entry: login('org+robot:ROBOTTOKEN'),
    steps: [
      challenged(quay, 'org/i'),
      askToken(quay, 'org/i', 'org+robot:ROBOTTOKEN', json({ token: 'eyJ.x.y' })),
      ...found(quay, 'org/i', 'Bearer eyJ.x.y'),
    ],
  },
  {
    name: 'Harbor, as a robot, behind a project that stands for Docker Hub',
    source:
      'https://goharbor.io/docs/2.11.0/working-with-projects/project-configuration/create-robot-accounts/',
    service: harbor,
    image: 'harbor.example/hub/library/i:1',
    key: 'harbor.example',
    entry: login('robot$project+ci:secret'),
    steps: [
      challenged(harbor, 'hub/library/i'),
      askToken(
        harbor,
        'hub/library/i',
        'robot$project+ci:secret',
        json({ token: 'harbor', access_token: '', expires_in: 1800, issued_at: '2026-01-01T00:00:00Z' }),
      ),
      ...found(harbor, 'hub/library/i', 'Bearer harbor', { 'set-cookie': 'sid=1; Path=/' }),
    ],
  },
  {
    name: 'a refusal: Docker Hub, of a repository that does not exist, to somebody without credentials',
    service: hub,
    image: 'nobody/i:1',
    ...elsewhere,
    steps: [
      challenged(hub, 'nobody/i'),
      askToken(hub, 'nobody/i', undefined, json({ token: 'anon', expires_in: 300 })),
      { ...challenged(hub, 'nobody/i', 'insufficient_scope'), authorization: 'Bearer anon' },
    ],
    refused: {
      code: 'unauthorized',
      says: ['docker.io does not let us pull it (401)', 'does not exist', 'run "docker login"'],
    },
  },
  {
    name: 'a refusal: Docker Hub, of a password that is wrong',
    service: hub,
    image: 'team/i:1',
    key: 'https://index.docker.io/v1/',
    entry: login('me:wrong'),
    steps: [
      challenged(hub, 'team/i'),
      askToken(hub, 'team/i', 'me:wrong', {
        status: 401,
        ...json({ details: 'incorrect username or password' }),
      }),
    ],
    refused: {
      code: 'unauthorized',
      says: [
        'auth.docker.io refused the credentials that are stored for docker.io (401)',
        'run "docker login"',
      ],
    },
  },
  {
    name: 'a refusal: GitHub, of a package that is private, to somebody without credentials',
    service: github,
    image: 'ghcr.io/o/i:1',
    ...elsewhere,
    steps: [
      challenged(github, 'o/i'),
      askToken(github, 'o/i', undefined, errors(403, 'DENIED', 'requested access to the resource is denied')),
    ],
    refused: {
      code: 'unauthorized',
      says: ['without credentials (403): "requested access', 'run "docker login ghcr.io"'],
    },
  },
  {
    name: 'a refusal: GitLab, of a project that the user may not read',
    service: gitlabCom,
    image: 'registry.gitlab.com/g/p:1',
    key: 'registry.gitlab.com',
    entry: login('me:glpat-x'),
    steps: [
      challenged(gitlabCom, 'g/p'),
      askToken(gitlabCom, 'g/p', 'me:glpat-x', errors(403, 'DENIED', 'access forbidden')),
    ],
    refused: {
      code: 'denied',
      says: [
        'gitlab.com gives no token to pull it from registry.gitlab.com (403): "access forbidden"',
        'Ask its owner',
      ],
    },
  },
  {
    name: 'a refusal: Quay, of a namespace that is disabled',
    service: quay,
    image: 'quay.io/org/i:1',
    key: 'quay.io',
    entry: login('org+robot:ROBOTTOKEN'),
    steps: [
      challenged(quay, 'org/i'),
      askToken(
        quay,
        'org/i',
        'org+robot:ROBOTTOKEN',
        errors(405, 'DENIED', 'Namespace org has been disabled. Please contact a system administrator.'),
      ),
      postToken(
        quay,
        'org/i',
        { grant_type: 'password', username: 'org+robot', password: 'ROBOTTOKEN' },
        { status: 405 },
      ),
    ],
    refused: { code: 'denied', says: ['(405): "Namespace org has been disabled', 'ask its owner'] },
  },
  {
    name: 'a refusal: Amazon ECR, of a password that has expired',
    service: ecr,
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/i:1',
    key: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    entry: login(awsLogin),
    steps: [
      challenged(ecr, 'i'),
      {
        request: `HEAD ${ecr.url}/v2/i/manifests/1`,
        authorization: `Basic ${base64(awsLogin)}`,
        status: 403,
      },
    ],
    refused: {
      code: 'denied',
      says: ['denies access (403)', 'run "docker login 123456789012.dkr.ecr.eu-west-1.amazonaws.com" again'],
    },
  },
]

/** By the user, who alone may declare Docker Hub so. */
const insecure = (hosts: readonly string[]) =>
  Object.fromEntries(hosts.map(host => [host, { insecure: true }]))

for (const { name, service, image: text, key, entry, steps, refused } of dialogues)
  test(name, () =>
    withScripted(
      steps,
      { auths: { [key]: entry }, registries: insecure(hostsOf(service)) },
      async resolver => {
        if (refused !== undefined) {
          await failure(resolver.resolve(reference(text)), refused.code, refused)
          return
        }
        const { descriptor, platforms } = await resolver.resolve(reference(text), () => false)
        assert.is(descriptor.digest, image.digest)
        assert.is(descriptor.mediaType, mediaTypes.oci.index)
        assert.equal(Object.keys(digestsByPlatform(platforms) ?? {}), Object.keys(image.platforms))
      },
    ),
  )

test('a token that is for no repository in particular serves them all', () => {
  const { service, steps, image: first } = ecrPublicDialogue
  return withScripted(
    [...steps, ...found(service, 'other/j', 'Bearer public')],
    { registries: insecure(hostsOf(service)) },
    async resolver => {
      for (const text of [first, 'public.ecr.aws/other/j:1'])
        await resolver.resolve(reference(text), () => false)
    },
  )
})

test.run()

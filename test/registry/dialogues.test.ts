/** The dialogues of the registries that people use, as their documentation has them, with the credentials that are usual there. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorCode } from '../../src/core/error.ts'
import { makeImage, mediaTypes } from '../support/registry/index.ts'
import { type Step, startScripted } from './scripted.ts'
import { base64, failure, reference, resolverWith } from './support.ts'

const test = suite('registry/dialogues')

interface Dialogue {
  readonly name: string
  /** Where it is described. */
  readonly source: string
  readonly image: string
  /** Under this key in `auths`. */
  readonly key: string
  readonly entry: object
  /** Every host that is spoken to. */
  readonly hosts: readonly string[]
  readonly steps: readonly Step[]
}

const basic = (user: string, password: string): { auth: string } => ({ auth: base64(`${user}:${password}`) })
const json = (content: object): Pick<Step, 'headers' | 'body'> => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
})

/** The part that all have in common: the tag, and behind its digest the index. */
const image = makeImage('o/i', '1')
const found = (url: string, authorization: string, more: Record<string, string> = {}): Step[] => {
  const headers = {
    'content-type': image.mediaType,
    'content-length': String(image.size),
    'docker-content-digest': image.digest,
    ...more,
  }
  return [
    { request: `HEAD ${url}/manifests/1`, authorization, headers },
    {
      request: `GET ${url}/manifests/${image.digest}`,
      authorization,
      headers,
      body: image.manifests.get(image.digest)!.body,
    },
  ]
}
const challenged = (url: string, challenge: string, code = 'UNAUTHORIZED'): Step => ({
  request: `HEAD ${url}/manifests/1`,
  status: 401,
  headers: { 'www-authenticate': challenge, 'docker-distribution-api-version': 'registry/2.0' },
  body: JSON.stringify({ errors: [{ code, message: 'authentication required', detail: null }] }),
})

const jsonKey = JSON.stringify({ type: 'service_account', private_key: '-----BEGIN\nx:y+/=\n' }, null, 2)
const awsPassword = Buffer.alloc(1_800, 'eyJwYXlsb2FkIjoi').toString()

const dialogues: readonly Dialogue[] = [
  {
    name: 'Docker Hub, without credentials',
    source: 'https://docs.docker.com/docker-hub/usage/pulls/#view-hourly-pull-rate-and-limit',
    image: 'i:1',
    key: 'ghcr.io',
    entry: basic('somebody', 'else'),
    hosts: ['registry-1.docker.io', 'auth.docker.io'],
    steps: [
      challenged(
        'https://registry-1.docker.io/v2/library/i',
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/i:pull"',
      ),
      {
        request:
          'GET https://auth.docker.io/token?scope=repository:library/i:pull&service=registry.docker.io',
        ...json({ token: 'anon', access_token: 'anon', expires_in: 300, issued_at: '2026-01-01T00:00:00Z' }),
      },
      ...found('https://registry-1.docker.io/v2/library/i', 'Bearer anon', {
        'ratelimit-limit': '100;w=21600',
        'ratelimit-remaining': '76;w=21600',
        'docker-ratelimit-source': '192.0.2.1',
      }),
    ],
  },
  {
    name: 'Docker Hub, with a personal access token',
    source: 'https://docs.docker.com/security/access-tokens/',
    image: 'team/i:1',
    key: 'https://index.docker.io/v1/',
    entry: basic('me', 'dckr_pat_x'),
    hosts: ['registry-1.docker.io', 'auth.docker.io'],
    steps: [
      challenged(
        'https://registry-1.docker.io/v2/team/i',
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:team/i:pull"',
      ),
      {
        request: 'GET https://auth.docker.io/token?scope=repository:team/i:pull&service=registry.docker.io',
        authorization: `Basic ${base64('me:dckr_pat_x')}`,
        ...json({ token: 'mine', access_token: 'mine', expires_in: 300 }),
      },
      ...found('https://registry-1.docker.io/v2/team/i', 'Bearer mine'),
    ],
  },
  {
    name: 'GitHub, with a personal access token',
    source:
      'https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry',
    image: 'ghcr.io/o/i:1',
    key: 'ghcr.io',
    entry: basic('octocat', 'ghp_x'),
    hosts: ['ghcr.io'],
    steps: [
      challenged(
        'https://ghcr.io/v2/o/i',
        'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/i:pull"',
      ),
      {
        request: 'GET https://ghcr.io/token?scope=repository:o/i:pull&service=ghcr.io',
        authorization: `Basic ${base64('octocat:ghp_x')}`,
        // Without expires_in.
        ...json({ token: 'Z2hwX3g=' }),
      },
      ...found('https://ghcr.io/v2/o/i', 'Bearer Z2hwX3g='),
    ],
  },
  {
    name: 'GitLab, with a deploy token, its tokens from another host and port',
    source: 'https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/',
    image: 'gitlab.example:5050/group/sub/i:1',
    key: 'gitlab.example:5050',
    entry: basic('gitlab+deploy-token-1', 'gldt-x'),
    hosts: ['gitlab.example:5050', 'gitlab.example'],
    steps: [
      challenged(
        'https://gitlab.example:5050/v2/group/sub/i',
        'Bearer realm="https://gitlab.example/jwt/auth",service="container_registry",scope="repository:group/sub/i:pull",error="invalid_token"',
      ),
      {
        request:
          'GET https://gitlab.example/jwt/auth?scope=repository:group/sub/i:pull&service=container_registry',
        authorization: `Basic ${base64('gitlab+deploy-token-1:gldt-x')}`,
        ...json({ token: 'a.b.c' }),
      },
      ...found('https://gitlab.example:5050/v2/group/sub/i', 'Bearer a.b.c'),
    ],
  },
  {
    name: 'Amazon ECR, with the password of get-login-password',
    source: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html',
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/o/i:1',
    key: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    entry: basic('AWS', awsPassword),
    hosts: ['123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
    steps: [
      challenged(
        'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/o/i',
        'Basic realm="https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
      ),
      ...found(
        'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/o/i',
        `Basic ${base64(`AWS:${awsPassword}`)}`,
      ),
    ],
  },
  {
    name: 'Amazon ECR Public, without credentials',
    source: 'https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html',
    image: 'public.ecr.aws/docker/library/i:1',
    key: 'ghcr.io',
    entry: basic('somebody', 'else'),
    hosts: ['public.ecr.aws'],
    steps: [
      challenged(
        'https://public.ecr.aws/v2/docker/library/i',
        'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
      ),
      {
        request: 'GET https://public.ecr.aws/token/?scope=aws&service=public.ecr.aws',
        ...json({ token: 'public' }),
      },
      ...found('https://public.ecr.aws/v2/docker/library/i', 'Bearer public'),
    ],
  },
  {
    name: 'Artifact Registry, with an access token',
    source: 'https://cloud.google.com/artifact-registry/docs/docker/authentication#token',
    image: 'europe-docker.pkg.dev/project/repository/i:1',
    key: 'https://europe-docker.pkg.dev',
    entry: basic('oauth2accesstoken', 'ya29.x'),
    hosts: ['europe-docker.pkg.dev'],
    steps: [
      challenged(
        'https://europe-docker.pkg.dev/v2/project/repository/i',
        'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev",scope="repository:project/repository/i:pull"',
      ),
      {
        request:
          'GET https://europe-docker.pkg.dev/v2/token?scope=repository:project/repository/i:pull&service=europe-docker.pkg.dev',
        authorization: `Basic ${base64('oauth2accesstoken:ya29.x')}`,
        ...json({ token: 'gar', expires_in: 43200, issued_at: '2026-01-01T00:00:00+00:00' }),
      },
      ...found('https://europe-docker.pkg.dev/v2/project/repository/i', 'Bearer gar'),
    ],
  },
  {
    name: "Artifact Registry, with a service account's key: colons, line breaks and all",
    source: 'https://cloud.google.com/artifact-registry/docs/docker/authentication#json-key',
    image: 'europe-docker.pkg.dev/project/repository/i:1',
    key: 'europe-docker.pkg.dev',
    entry: basic('_json_key', jsonKey),
    hosts: ['europe-docker.pkg.dev'],
    steps: [
      challenged(
        'https://europe-docker.pkg.dev/v2/project/repository/i',
        'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev",scope="repository:project/repository/i:pull"',
      ),
      {
        request:
          'GET https://europe-docker.pkg.dev/v2/token?scope=repository:project/repository/i:pull&service=europe-docker.pkg.dev',
        authorization: `Basic ${base64(`_json_key:${jsonKey}`)}`,
        ...json({ token: 'gar', expires_in: 43200 }),
      },
      ...found('https://europe-docker.pkg.dev/v2/project/repository/i', 'Bearer gar'),
    ],
  },
  {
    name: 'Azure, after az acr login: an identity token',
    source: 'https://azure.github.io/acr/AAD-OAuth.html',
    image: 'contoso.azurecr.io/o/i:1',
    key: 'contoso.azurecr.io',
    entry: { ...basic('00000000-0000-0000-0000-000000000000', ''), identitytoken: 'refresh.x' },
    hosts: ['contoso.azurecr.io'],
    steps: [
      challenged(
        'https://contoso.azurecr.io/v2/o/i',
        'Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io",scope="repository:o/i:pull"',
      ),
      {
        request: 'POST https://contoso.azurecr.io/oauth2/token',
        form: {
          service: 'contoso.azurecr.io',
          grant_type: 'refresh_token',
          refresh_token: 'refresh.x',
          client_id: 'dock-lock',
          scope: 'repository:o/i:pull',
        },
        ...json({ access_token: 'access.x' }),
      },
      ...found('https://contoso.azurecr.io/v2/o/i', 'Bearer access.x'),
    ],
  },
  {
    name: 'Azure, as a service principal',
    source: 'https://azure.github.io/acr/Token-BasicAuth.html',
    image: 'contoso.azurecr.io/o/i:1',
    key: 'contoso.azurecr.io',
    entry: basic('11111111-2222-3333-4444-555555555555', 'x~y:z'),
    hosts: ['contoso.azurecr.io'],
    steps: [
      challenged(
        'https://contoso.azurecr.io/v2/o/i',
        'Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io",scope="repository:o/i:pull"',
      ),
      {
        request:
          'GET https://contoso.azurecr.io/oauth2/token?scope=repository:o/i:pull&service=contoso.azurecr.io',
        authorization: `Basic ${base64('11111111-2222-3333-4444-555555555555:x~y:z')}`,
        ...json({ access_token: 'access.y' }),
      },
      ...found('https://contoso.azurecr.io/v2/o/i', 'Bearer access.y'),
    ],
  },
  {
    name: 'Quay, as a robot',
    source:
      'https://docs.redhat.com/en/documentation/red_hat_quay/3/html/use_red_hat_quay/allow-robot-access-user-repo',
    image: 'quay.io/org/i:1',
    key: 'quay.io',
    entry: basic('org+robot', 'ROBOTTOKEN'),
    hosts: ['quay.io'],
    steps: [
      challenged(
        'https://quay.io/v2/org/i',
        'Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:org/i:pull"',
      ),
      {
        request: 'GET https://quay.io/v2/auth?scope=repository:org/i:pull&service=quay.io',
        authorization: `Basic ${base64('org+robot:ROBOTTOKEN')}`,
        ...json({ token: 'eyJ.x.y' }),
      },
      ...found('https://quay.io/v2/org/i', 'Bearer eyJ.x.y'),
    ],
  },
  {
    name: 'Harbor, as a robot, behind a project that stands for Docker Hub',
    source:
      'https://goharbor.io/docs/2.11.0/working-with-projects/project-configuration/create-robot-accounts/',
    image: 'harbor.example/hub/library/i:1',
    key: 'harbor.example',
    entry: basic('robot$project+ci', 'secret'),
    hosts: ['harbor.example'],
    steps: [
      challenged(
        'https://harbor.example/v2/hub/library/i',
        'Bearer realm="https://harbor.example/service/token",service="harbor-registry",scope="repository:hub/library/i:pull"',
      ),
      {
        request:
          'GET https://harbor.example/service/token?scope=repository:hub/library/i:pull&service=harbor-registry',
        authorization: `Basic ${base64('robot$project+ci:secret')}`,
        ...json({ token: 'harbor', access_token: '', expires_in: 1800, issued_at: '2026-01-01T00:00:00Z' }),
      },
      ...found('https://harbor.example/v2/hub/library/i', 'Bearer harbor', { 'set-cookie': 'sid=1; Path=/' }),
    ],
  },
]

/** By the user, who alone may declare Docker Hub so. */
const insecure = (hosts: readonly string[]) =>
  Object.fromEntries(hosts.map(host => [host, { insecure: true }]))

for (const { name, image: text, key, entry, hosts, steps } of dialogues)
  test(name, async () => {
    const scripted = await startScripted(steps)
    const resolver = resolverWith({
      auths: { [key]: entry },
      env: { HTTPS_PROXY: scripted.proxy },
      registries: insecure(hosts),
    })
    try {
      const resolution = await resolver
        .resolve(reference(text), () => false)
        .catch((error: unknown) => {
          throw new Error(scripted.problems().join('\n'), { cause: error })
        })
      assert.is(resolution.descriptor.digest, image.digest)
      assert.is(resolution.descriptor.mediaType, mediaTypes.oci.index)
      assert.equal(Object.keys(resolution.platforms ?? {}), Object.keys(image.platforms))
      assert.equal(scripted.problems(), [])
    } finally {
      await resolver.close()
      await scripted.close()
    }
  })

const errors = (
  status: number,
  code: string,
  message: string,
): Pick<Step, 'status' | 'headers' | 'body'> => ({
  status,
  ...json({ errors: [{ code, message, detail: null }] }),
})

/** How they refuse, and what is said of it. */
const refusals: readonly (Omit<Dialogue, 'source'> & {
  readonly code: ErrorCode
  readonly says: readonly string[]
})[] = [
  {
    name: 'Docker Hub, of a repository that does not exist, to somebody without credentials',
    image: 'nobody/i:1',
    key: 'ghcr.io',
    entry: basic('somebody', 'else'),
    hosts: ['registry-1.docker.io', 'auth.docker.io'],
    steps: [
      challenged(
        'https://registry-1.docker.io/v2/nobody/i',
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:nobody/i:pull"',
      ),
      {
        request: 'GET https://auth.docker.io/token?scope=repository:nobody/i:pull&service=registry.docker.io',
        ...json({ token: 'anon', expires_in: 300 }),
      },
      {
        ...challenged(
          'https://registry-1.docker.io/v2/nobody/i',
          'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:nobody/i:pull",error="insufficient_scope"',
        ),
        authorization: 'Bearer anon',
      },
    ],
    code: 'unauthorized',
    says: ['docker.io does not let us pull it (401)', 'does not exist', 'run "docker login"'],
  },
  {
    name: 'Docker Hub, of a password that is wrong',
    image: 'team/i:1',
    key: 'https://index.docker.io/v1/',
    entry: basic('me', 'wrong'),
    hosts: ['registry-1.docker.io', 'auth.docker.io'],
    steps: [
      challenged(
        'https://registry-1.docker.io/v2/team/i',
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:team/i:pull"',
      ),
      {
        request: 'GET https://auth.docker.io/token?scope=repository:team/i:pull&service=registry.docker.io',
        authorization: `Basic ${base64('me:wrong')}`,
        status: 401,
        ...json({ details: 'incorrect username or password' }),
      },
    ],
    code: 'unauthorized',
    says: [
      'auth.docker.io refused the credentials that are stored for docker.io (401)',
      'run "docker login"',
    ],
  },
  {
    name: 'GitHub, of a package that is private, to somebody without credentials',
    image: 'ghcr.io/o/i:1',
    key: 'docker.io',
    entry: basic('somebody', 'else'),
    hosts: ['ghcr.io'],
    steps: [
      challenged(
        'https://ghcr.io/v2/o/i',
        'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/i:pull"',
      ),
      {
        request: 'GET https://ghcr.io/token?scope=repository:o/i:pull&service=ghcr.io',
        ...errors(403, 'DENIED', 'requested access to the resource is denied'),
      },
    ],
    code: 'unauthorized',
    says: ['somebody without credentials (403): "requested access', 'run "docker login ghcr.io"'],
  },
  {
    name: 'GitLab, of a project that the user may not read',
    image: 'registry.gitlab.com/g/p:1',
    key: 'registry.gitlab.com',
    entry: basic('me', 'glpat-x'),
    hosts: ['registry.gitlab.com', 'gitlab.com'],
    steps: [
      challenged(
        'https://registry.gitlab.com/v2/g/p',
        'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry",scope="repository:g/p:pull"',
      ),
      {
        request: 'GET https://gitlab.com/jwt/auth?scope=repository:g/p:pull&service=container_registry',
        authorization: `Basic ${base64('me:glpat-x')}`,
        ...errors(403, 'DENIED', 'access forbidden'),
      },
    ],
    code: 'denied',
    says: [
      'gitlab.com gives us no token to pull it from registry.gitlab.com (403): "access forbidden"',
      'Ask its owner',
    ],
  },
  {
    name: 'Quay, of a namespace that is disabled',
    image: 'quay.io/org/i:1',
    key: 'quay.io',
    entry: basic('org+robot', 'ROBOTTOKEN'),
    hosts: ['quay.io'],
    steps: [
      challenged(
        'https://quay.io/v2/org/i',
        'Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:org/i:pull"',
      ),
      {
        request: 'GET https://quay.io/v2/auth?scope=repository:org/i:pull&service=quay.io',
        authorization: `Basic ${base64('org+robot:ROBOTTOKEN')}`,
        ...errors(405, 'DENIED', 'Namespace org has been disabled. Please contact a system administrator.'),
      },
      {
        request: 'POST https://quay.io/v2/auth',
        form: {
          service: 'quay.io',
          grant_type: 'password',
          username: 'org+robot',
          password: 'ROBOTTOKEN',
          client_id: 'dock-lock',
          scope: 'repository:org/i:pull',
        },
        status: 405,
      },
    ],
    code: 'denied',
    says: ['(405): "Namespace org has been disabled', 'ask its owner'],
  },
  {
    name: 'Amazon ECR, of a password that has expired',
    image: '1.dkr.ecr.eu-west-1.amazonaws.com/i:1',
    key: '1.dkr.ecr.eu-west-1.amazonaws.com',
    entry: basic('AWS', awsPassword),
    hosts: ['1.dkr.ecr.eu-west-1.amazonaws.com'],
    steps: [
      challenged(
        'https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/i',
        'Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
      ),
      {
        request: 'HEAD https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/i/manifests/1',
        authorization: `Basic ${base64(`AWS:${awsPassword}`)}`,
        status: 403,
      },
    ],
    code: 'denied',
    says: ['denies access (403)', 'run "docker login 1.dkr.ecr.eu-west-1.amazonaws.com" again'],
  },
]

for (const { name, image: text, key, entry, hosts, steps, code, says } of refusals)
  test(`a refusal: ${name}`, async () => {
    const scripted = await startScripted(steps)
    const env = { HTTPS_PROXY: scripted.proxy }
    const resolver = resolverWith({ auths: { [key]: entry }, env, registries: insecure(hosts) })
    try {
      await failure(resolver.resolve(reference(text)), code, { says })
      assert.equal(scripted.problems(), [])
    } finally {
      await resolver.close()
      await scripted.close()
    }
  })

test('a token that is for no repository in particular serves them all', async () => {
  const { hosts, steps } = dialogues.find(({ name }) => name.startsWith('Amazon ECR Public'))!
  const scripted = await startScripted([
    ...steps,
    ...found('https://public.ecr.aws/v2/other/j', 'Bearer public'),
  ])
  const resolver = resolverWith({ env: { HTTPS_PROXY: scripted.proxy }, registries: insecure(hosts) })
  try {
    for (const text of ['public.ecr.aws/docker/library/i:1', 'public.ecr.aws/other/j:1'])
      await resolver.resolve(reference(text), () => false)
    assert.equal(scripted.problems(), [])
  } finally {
    await resolver.close()
    await scripted.close()
  }
})

test.run()

/** How programs that handle credentials tell a secret, on purpose or not. */
export const SECRET_FORMS: readonly ((secret: string) => string)[] = [
  // Assignments and names
  secret => `pwd=${secret}`,
  secret => `session=${secret}`,
  secret => `PIN ${secret}`,
  secret => `debug: AWS_SECRET_ACCESS_KEY=${secret}`,
  secret => `Secret: my ${secret} phrase`,
  secret => `Secret: ${secret}\nnot found`,
  secret => `passwd=${secret}`,
  secret => `password = ${secret} and more`,
  secret => `the password ${secret} is wrong`,
  secret => `the token is "${secret}"`,
  secret => `dbPassword: ${secret}`,
  secret => `api-key: ${secret}`,
  secret => `API_KEY="${secret}"`,
  secret => `export TOKEN=${secret}`,
  secret => `passphrase was: ${secret}`,
  secret => `login u ${secret} failed`,
  secret => `{${secret}}`,
  secret => secret,
  secret => `cannot use ${secret}`,
  secret => `wrong: ${secret}.`,
  secret => `«${secret}»`,
  // Command lines
  secret => `curl -u user:${secret}`,
  secret => `az login -p ${secret}`,
  secret => `login --password ${secret} failed`,
  secret => `docker login --password=${secret} host`,
  secret => `sshpass -p'${secret}' ssh host`,
  secret => `C:\\Users\\me\\tool.exe /pass:${secret}`,
  secret => `C:\\Users\\${secret}\\.docker\\config.json: Access is denied.`,
  // URLs, headers, cookies
  secret => `GET https://user:pa/${secret}@host/x failed`,
  secret => `https://${secret}@host.example/`,
  secret => `https://host.example/callback?code=${secret}&state=1`,
  secret => `https://host.example/a/${secret}/b: 404`,
  secret => `Authorization: Bearer ${secret}`,
  secret => `authorization: basic ${Buffer.from(`user:${secret}`).toString('base64')}`,
  secret => `Set-Cookie: sid=${secret}; HttpOnly`,
  secret => `Cookie: a=b; session=${secret}`,
  secret => `X-Vault-Token: ${secret}`,
  // JSON, YAML, dumps
  secret => `{"ServerURL":"https://host","Username":"me","Secret":"${secret}"}`,
  secret => `{"Username":"me",\n  "Secret": "${secret}"`,
  secret => `["me","${secret}"]`,
  secret => `auths:\n  host:\n    auth: ${Buffer.from(`me:${secret}`).toString('base64')}`,
  secret => `Traceback (most recent call last):\n  File "x.py", line 3\nKeyError: '${secret}'`,
  secret => `panic: {user me ${secret} 0xc000} goroutine 1 [running]:`,
  secret => `me\t${secret}\thost`,
  secret => `base64: ${Buffer.from(secret).toString('base64')}`,
  secret => `base64: ${Buffer.from(secret).toString('base64url')}`,
  secret => `hex: ${Buffer.from(secret).toString('hex')}`,
  // Known kinds of token
  secret => `ghp_${secret}`,
  secret => `github_pat_${secret}`,
  secret => `glpat-${secret}`,
  secret => `//registry.npmjs.org/:_authToken=npm_${secret}`,
  secret => `ya29.${secret}`,
  secret => `AKIA${secret}`,
  secret => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${secret};EndpointSuffix=x`,
  secret => `dckr_pat_${secret}`,
  secret => `got eyJhbGciOiJIUzI1NiJ9.${Buffer.from(secret).toString('base64url')}.abc`,
  secret => `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}\n${secret}\n-----END OPENSSH PRIVATE KEY-----`,
  secret => `-----BEGIN PRIVATE KEY-----\n${secret}`,
  // Odd surroundings
  secret => `password:\n${secret}`,
  secret => `token expired\n\n\n${secret}\n`,
  secret => `\u001b[31m${secret}\u001b[0m`,
  secret => `${'x '.repeat(140)}https://user:${secret}@host/`,
  secret => `permission denied: ${secret}: no such file or directory`,
  secret => `status ${secret} code ${secret}`,
]

/** As it is, and as it travels. */
export function formsOfSecret(secret: string): readonly string[] {
  const encoded = ['', 'x', 'xx'].map(before => {
    const text = Buffer.from(before + secret).toString('base64')
    return text.slice(4, -4)
  })
  return [secret, ...encoded, Buffer.from(secret).toString('hex')].filter(form => form.length >= 4)
}

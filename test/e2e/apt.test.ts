import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDeb822, parseOneLine } from './support/apt.ts'

const apt = suite('apt sources')

apt(
  'stanzas: several URIs and suites, continuation lines, comments; no source packages, nothing disabled',
  () => {
    const text = `# made by the installer
Types: deb deb-src
URIs: http://one.example/debian http://two.example/debian
# Suites: commented-out
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 URIs: http://not-a-field.example

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
`
    const rest = { suites: ['bookworm', 'bookworm-updates'], components: ['main', 'contrib'] }
    assert.equal(parseDeb822(text), [
      { uri: 'http://one.example/debian', ...rest },
      { uri: 'http://two.example/debian', ...rest },
    ])
  },
)

apt('lines: options, comments, a repository without components', () => {
  const text = `# deb http://off.example/debian bookworm main
deb [arch=amd64 signed-by=/key.gpg] http://one.example/debian bookworm main contrib # why
deb-src http://source.example/debian bookworm main
deb http://flat.example/ ./
`
  assert.equal(parseOneLine(text), [
    { uri: 'http://one.example/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
    { uri: 'http://flat.example/', suites: ['./'], components: [] },
  ])
})

apt.run()

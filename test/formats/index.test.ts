import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { placeAt, placeFinder } from '../../src/core/place.ts'
import { formats } from '../../src/formats/index.ts'
import { forAll } from '../support/random.ts'

const test = suite('formats')
const idOf = (path: string) => formats.find(format => format.matches(path))?.id

test('a file is known by its name', () => {
  for (const path of [
    'Dockerfile',
    'a/b/Dockerfile',
    'dockerfile',
    'DOCKERFILE',
    'prod.Dockerfile',
    'a.b.dockerfile',
    'Dockerfile.prod',
    'Dockerfile.dev.arm64',
    'Containerfile',
    'base.Containerfile',
    'Containerfile.dev',
    'x/.Dockerfile.d/Dockerfile',
    'Dockerfile-dev',
    'Dockerfile-old',
    'dockerfile_prod',
    'Dockerfile2',
    'Dockerfile3.11',
    'Dockerfile2-slim',
    'dev-Dockerfile',
    'a.b-DOCKERFILE',
    'Containerfile-x',
    'containerfile_x',
    'Containerfile7',
    'ci-Containerfile',
    'Dockerfile.test',
    'Dockerfile.php',
    'Dockerfile.3.11',
    'Dockerfile.ignition',
    '{{name}}/Dockerfile',
  ]) {
    assert.is(idOf(path), 'dockerfile', path)
  }
})

test('what only looks like one is none', () => {
  for (const path of [
    '.dockerignore',
    'Dockerfile.dockerignore',
    'prod.Dockerfile.dockerignore',
    'Containerfile.DOCKERIGNORE',
    'docs/dockerfile.md',
    'Dockerfile.orig',
    'Dockerfiles',
    'MyDockerfile',
    'Dockerfile/README.md',
    'docker-compose.yml',
    'Dockerfile.',
    '.dockerfile',
    '-Dockerfile',
    'dockerfile.go',
    'dockerfile.ts',
    'Dockerfile.test.js',
    'Dockerfile.py',
    '.github/workflows/dockerfile.yml',
    'dockerfile-lint.json',
    'Dockerfile.toml',
    'dockerfile.log',
    'Dockerfile.lock',
    'dockerfile.css',
    'Dockerfile.patch',
    'Dockerfile.golden',
    '.dockerginore',
    'Dockerfile.dockerginore',
    'Dockerfile.dockerignor',
    'web.Dockerfile.dockeringore',
    'Dockerfile.rego',
    'Dockerfile.j2',
    'Dockerfile.alpine.jinja2',
    'Dockerfile.TMPL',
    'Dockerfile.tpl',
    'Dockerfile.template',
    'Dockerfile-template',
    'Dockerfile.in',
    'Containerfile.in',
    'Dockerfile.erb',
    'Dockerfile.tt',
    'Dockerfile.tmLanguage',
    'Dockerfile.tmPreferences',
    'Dockerfile.sublime-syntax',
    'Dockerfile.nanorc',
    'Dockerfile.vim',
    'ftplugin/dockerfile.vim',
    'Containerfile.TMLANGUAGE',
    'app/templates/web.Dockerfile.tt',
    'Dockerfile.ejs',
    'Dockerfile.mustache',
    'Dockerfile.hbs',
    '',
  ]) {
    assert.is(idOf(path), undefined, path)
  }
})

test('every format has an id of its own', () => {
  assert.is(new Set(formats.map(({ id }) => id)).size, formats.length)
})

test('places are those of core, for any text', () => {
  forAll(300, random => {
    const text = random.text('ab\r\n\ufeff\u2028', 0, 30)
    const placeOf = placeFinder('f', text)
    for (let offset = 0; offset <= text.length; offset++) {
      // Between CR and LF nothing can stand.
      if (text.slice(offset - 1, offset + 1) === '\r\n') continue
      assert.equal(placeOf(offset), placeAt('f', text, offset))
    }
  })
})

test.run()

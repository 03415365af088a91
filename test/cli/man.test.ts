/** That groff takes it without a warning is in test/e2e/shells.test.ts. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { manPage } from '../../src/cli/man.ts'
import { commands } from '../../src/commands/index.ts'
import { options } from '../../src/commands/options.ts'

const test = suite('cli/man')
const page = manPage('1.2.3')
/** As it is read: without the escapes of hyphens. */
const text = page.replaceAll('\\-', '-')

test('it names the version, every command, every option and every exit code', () => {
  assert.match(text, '.TH DOCK-LOCK 1 "" "dock-lock 1.2.3"')
  for (const name of Object.keys(commands))
    assert.match(text, new RegExp(`^\\.SS "dock-lock ${name}[ "]`, 'm'))
  for (const name of Object.keys(options))
    assert.match(text, new RegExp(`^\\.B (?:-\\w, )?--${name}\\b`, 'm'))
  for (const code of [0, 1, 2, 3, 130]) assert.match(text, new RegExp(`^\\.B ${code}\\n[A-Z]`, 'm'))
})

test('no text is taken for a request, and all of it is ASCII', () => {
  for (const line of page.split('\n').slice(0, -1)) {
    assert.match(line, /^[ -~]+$/)
    if (/^[.']/.test(line)) assert.match(line, /^\.(?:TH|SH|SS|PP|TP|B|RI|nh|ad)\b/)
  }
})

test.run()

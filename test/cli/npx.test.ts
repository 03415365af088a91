import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refuseSwallowed } from '../../src/cli/npx.ts'
import { failureOf } from '../support/failure.ts'

const test = suite('cli/npx')
/** As npm 10 and 11 set it. */
const NPX = { npm_command: 'exec', npm_lifecycle_event: 'npx' }

for (const [option, variables] of [
  ['frozen', { npm_config_frozen: 'true' }],
  ['dry-run', { npm_config_dry_run: 'true' }],
  ['no-verify', { npm_config_verify: '' }],
] as const) {
  test(`--${option} that npx did not pass on is an error`, async () => {
    const error = await failureOf(async () => refuseSwallowed([], { ...NPX, ...variables }))
    assert.is(error.message, `npx took --${option} for an option of its own`)
    assert.match(error.hint ?? '', `npx --no -- dock-lock --${option}`)
    refuseSwallowed([`--${option}`], { ...NPX, ...variables })
    // In a script, which npx did not start.
    refuseSwallowed([], { ...NPX, npm_lifecycle_event: 'build', ...variables })
  })
}

test('other settings of npm are left alone', () =>
  refuseSwallowed(['check'], { ...NPX, npm_config_yes: '', npm_config_dry_run: '', npm_config_json: 'true' }))

test.run()

/**
 * The last line of defence: whatever an engine answers, an image that is not there is never said to be there.
 */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asPlatform } from '../support/platform.ts'
import { damageAnswers } from './damage.ts'
import { digestOf, ENGINES, fakeEngine, type State, want } from './fake-engine.ts'

const test = suite('misunderstanding')
const STATES: readonly State[] = ['empty', 'untagged', 'elsewhere', 'otherPlatform', 'present']

for (const name of [...ENGINES, 'docker-26-containerd'] as const)
  test(`${name}: no damage makes an image appear`, async () => {
    const digest = digestOf(name)
    const wanted = [
      want('alpine:3.23', digest),
      want('alpine:3.23', digest, { platform: asPlatform('linux/arm64/v8') }),
      want('alpine:3.23', digest, { platform: asPlatform('linux/s390x') }),
      want('alpine:3.24', digest),
      want('alpine', digest),
      want('other:3.23', digest),
    ]
    let [answers, errors] = [0, 0]
    for (const state of STATES) {
      const engine = await fakeEngine(name, { state })
      try {
        const held = await damageAnswers(engine.host, wanted)
        answers += held.asked - held.errors
        errors += held.errors
      } finally {
        await engine.stop()
      }
    }
    assert.ok(answers > 50 && errors > 50, `${answers} answers, ${errors} errors`)
  })

test.run()

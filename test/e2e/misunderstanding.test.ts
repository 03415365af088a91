/** Whatever becomes of a real engine's answers on their way, no image appears that it does not have as a build wants it. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDigest } from '../../src/core/digest.ts'
import { damageAnswers } from '../stores/damage.ts'
import { want } from '../stores/fake-engine.ts'
import { asPlatform } from '../support/platform.ts'
import { mirrorOf, podmanKinds, startPodman } from './support/podman.ts'
import { startSeeded } from './support/seeded.ts'

const ALPINE = 'docker.io/library/alpine'
const BUSYBOX = 'docker.io/library/busybox:1.37'

/** How the store gets there, in Podman's own commands; `X` is the digest of the index of alpine:3.23. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  'an empty store': [],
  'the digest alone': [`pull ${ALPINE}@X`],
  'digest and tag': [`pull ${ALPINE}:3.23`],
  'the tag on another image': [`pull ${ALPINE}@X`, `pull ${BUSYBOX}`, `tag ${BUSYBOX} ${ALPINE}:3.23`],
  'another platform': [`pull --platform=linux/arm64 ${ALPINE}:3.23`],
}

const misunderstanding = suite('misunderstanding of real engines')

for (const kind of podmanKinds)
  misunderstanding(`${kind}: no damage makes an image appear`, async () => {
    const seeded = await startSeeded(['library/alpine:3.23', 'library/busybox:1.37'])
    const { gate, images } = seeded
    try {
      const podman = await seeded.use(startPodman(kind, { registries: mirrorOf(gate.address) }))
      const digest = parseDigest(images['library/alpine:3.23'].digest)!
      const wanted = [
        want('alpine:3.23', digest),
        want('alpine:3.23', digest, { platform: asPlatform('linux/arm64/v8') }),
        want('alpine:3.24', digest),
        want('alpine', digest),
        want('other:3.23', digest),
      ]
      let [answers, errors] = [0, 0]
      for (const commands of Object.values(STATES)) {
        await podman.pruneAll()
        for (const command of commands) {
          const ran = await podman.podman(command.replace('X', digest).split(' '))
          assert.is(ran.code, 0, ran.output)
        }
        const held = await damageAnswers(podman.host, wanted)
        answers += held.asked - held.errors
        errors += held.errors
      }
      assert.ok(answers > 50 && errors > 50, `${answers} answers, ${errors} errors`)
    } finally {
      await seeded.stop()
    }
  })

misunderstanding.run()

/** What `npm test` is about to do, about how long that takes on two cores, and how to run less. */
import { e2eDirectory, hostProblem, isSetUp } from './e2e/support/machine.ts'

const engines = (problem: string | undefined) => {
  if (problem !== undefined) return `  engine tests         not here, unless an engine answers: ${problem}`
  const setUp = isSetUp()
    ? `is there already, in ${e2eDirectory()}`
    : `5 min, once: Debian packages by apt, ${e2eDirectory()} by debootstrap and npm`
  return `  engine set-up        ${setUp}
  engine tests         30 min: Docker 20.10 and 28, Podman 4 and 5`
}

console.log(`npm test takes these steps:
  build, types, lint   1 min
  unit tests           7 min
${engines(hostProblem())}

To run less:
  npm run test:unit                                    builds, and runs the unit tests
  node --import tsx test/run.ts test --only cli/args   runs the files whose paths match
`)

/** An engine that gives the recorded answers of a real one, so that a start with an engine can be measured on any machine. */
import { type LockedImage, serializeLockfile } from '../../../src/core/lockfile.ts'
import { digestOf, type FakeEngine, fakeEngine, recording } from '../../stores/fake-engine.ts'
import { makeProject, type Project } from './project.ts'

const ENGINE = 'docker-28-containerd'

export interface Recorded {
  readonly engine: FakeEngine
  readonly project: Project
  stop(): Promise<void>
}

/** The engine has one image under `count` tags, which the project names, locks and pins. */
export async function startRecorded(count: number): Promise<Recorded> {
  const digest = digestOf(ENGINE)
  const tags = Array.from({ length: count }, (_, number) => `team/base:${number}`)
  const [image] = recording(ENGINE).scenarios.present.images
  const list = JSON.stringify([{ ...image, RepoTags: tags, RepoDigests: [`team/base@${digest}`] }])
  const engine = await fakeEngine(ENGINE, {
    state: 'present',
    answers: {
      '/images/json': (_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(list),
    },
  })
  const locked = new Map<string, LockedImage>(tags.map(tag => [`docker.io/${tag}`, { digest }]))
  const project = makeProject({
    Dockerfile: tags.map(tag => `FROM ${tag}@${digest}\n`).join(''),
    'docker-images.lock': serializeLockfile(locked),
  })
  return {
    engine,
    project,
    async stop() {
      project.remove()
      await engine.stop()
    },
  }
}

import type { Answer, Question } from './http.ts'

type Api = (question: Question) => Promise<Answer>

export async function pruneBuildCache(api: Api): Promise<void> {
  expectStatus(await api({ method: 'POST', path: '/build/prune?all=true' }), [200])
}

export async function pruneAll(api: Api): Promise<void> {
  for (const { Id } of await list<{ readonly Id: string }>(api, '/containers/json?all=true')) {
    expectStatus(await api({ method: 'DELETE', path: `/containers/${Id}?force=true` }), [204, 404])
  }
  await pruneBuildCache(api)
  for (const { Id } of await list<{ readonly Id: string }>(api, '/images/json?all=true')) {
    // A parent goes with its last child: 404 then.
    expectStatus(await api({ method: 'DELETE', path: `/images/${Id}?force=true` }), [200, 404])
  }
  const left = await list(api, '/images/json?all=true')
  if (left.length > 0) throw new Error(`images are left after pruning: ${JSON.stringify(left)}`)
}

async function list<T>(api: Api, path: string): Promise<T[]> {
  const answer = await api({ path })
  expectStatus(answer, [200])
  return (JSON.parse(answer.text) as T[] | null) ?? []
}

function expectStatus(answer: Answer, expected: readonly number[]): void {
  if (!expected.includes(answer.status))
    throw new Error(`the engine answered ${answer.status}: ${answer.text}`)
}

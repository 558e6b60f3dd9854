import { expect } from 'vitest'
import { catalogues } from '../../src/cli/codes.ts'
import type { Denial } from '../../src/domain/denial.ts'
import type { Answer } from '../support/wire-client.ts'
import { type DenialCase, expectedChallenges } from './denial-case.ts'

/** Of every catalogue, by their codes. */
export const DENIALS: ReadonlyMap<string, Denial> = new Map(
  (await catalogues()).flatMap(({ denials }) => denials.map((each) => [each.code, each])),
)

/** Every field and every member of an answer that is this denial; null where the client named no interaction. */
export function expectDenial(answer: Answer, each: DenialCase, interactionId: string | null = null): void {
  const denial = DENIALS.get(each.code) as Denial
  const body = JSON.parse(answer.body === '' ? '{}' : answer.body)
  expect([answer.status, body.code ?? each.code]).toEqual([each.status, each.code])
  expect(answer.all('content-type')).toEqual(['application/problem+json'])
  expect(answer.all('cache-control')).toEqual(['no-store'])
  expect(answer.all('x-fapi-interaction-id')).toEqual([interactionId ?? expect.stringMatching(UUID)])
  expect(answer.all('www-authenticate')).toEqual(expectedChallenges(each, denial.says, 'accounts'))
  expect(answer.all('retry-after')).toEqual(each.status === 503 ? ['5'] : [])
  expect(body).toEqual({
    type: `urn:holdfast:problem:${each.code.toLowerCase().replaceAll('_', '-')}`,
    title: expect.any(String),
    status: each.status,
    detail: denial.says,
    code: each.code,
    cite: each.cite,
    interaction_id: answer.all('x-fapi-interaction-id')[0],
    instance: `urn:uuid:${answer.all('x-fapi-interaction-id')[0]}`,
  })
}

const UUID = /^[0-9a-f-]{36}$/

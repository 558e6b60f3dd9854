import { expect, it } from 'vitest'
import type { PeerIdentity } from '../../../src/domain/peer-identity.ts'
import { roleStated } from '../../../src/verify/authority/certificate-role.ts'
import { NOW } from '../../support/clock.ts'
import { aPeer } from '../../support/request.ts'
import { aSubject, judged } from '../../support/subject.ts'

function check(roles: readonly string[], peer: Partial<PeerIdentity> | null) {
  const facts = { peer: peer === null ? null : aPeer(peer) }
  return judged(roleStated(roles), aSubject({ facts }))
}

it('one role of those that are asked for is enough', () => {
  expect(check(['PSP_AI'], { roles: ['PSP_PI', 'PSP_AI'] })).toBe('accepted')
  expect(check(['PSP_AI', 'PSP_AS'], { roles: ['PSP_AS'] })).toBe('accepted')
})

it.each([
  ['another role', { roles: ['PSP_PI'] }, 'PSP_AI or PSP_AS is not stated'],
  ['a certificate without any', {}, 'PSP_AI or PSP_AS is not stated'],
  ['no certificate', null, 'no client certificate that is accepted'],
  [
    'one that nobody vouches for',
    { mode: 'pop', roles: ['PSP_AI'] },
    'nobody vouches for what the client certificate says',
  ],
  ['one that has ended', { notAfter: NOW - 1, roles: ['PSP_AI'] }, 'the client certificate is not valid now'],
] as const)('refuses %s', (_, peer, detail) => {
  expect(check(['PSP_AI', 'PSP_AS'], peer)).toEqual(['CERTIFICATE_ROLE', detail])
})

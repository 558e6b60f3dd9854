import { describe, expect, it } from 'vitest'
import type { PeerIdentity } from '../../../src/domain/peer-identity.ts'
import { type CertificateName, claimNamesHolder } from '../../../src/verify/authority/certificate-name.ts'
import { NOW } from '../../support/clock.ts'
import type { Members } from '../../support/jws.ts'
import { aPeer } from '../../support/request.ts'
import { aSubject, judged } from '../../support/subject.ts'

const ORGANISATION = 'organizationIdentifier'
const HOLDER = new Map([
  ['CN', ['client-1']],
  ['O', ['']],
  ['OU', ['Consumer Data Right', '0015800001041RHAAY']],
  [ORGANISATION, ['OFBBR-8f9a', 'PSDDE-BAFIN-123456']],
])

function check(wanted: Partial<CertificateName>, claims: Members, peer: Partial<PeerIdentity> | null = {}) {
  const rule = claimNamesHolder('org', ['org'], { attribute: 'CN', prefix: '', ...wanted })
  const facts = { peer: peer === null ? null : aPeer({ attributes: HOLDER, ...peer }) }
  return judged(rule, aSubject({ claims, facts }))
}

describe('claimNamesHolder (RFC 8705 §2.1.2)', () => {
  it.each([
    [{}, 'client-1'],
    [{ attribute: 'OU' }, '0015800001041RHAAY'],
    [{ attribute: ORGANISATION }, 'PSDDE-BAFIN-123456'],
    [{ attribute: ORGANISATION, prefix: 'OFBBR-' }, '8f9a'],
  ])('%j is met by %s', (wanted, org) => {
    expect(check(wanted, { org })).toBe('accepted')
  })

  it.each([
    ['another', {}, 'client-2', 'CN of the client certificate is another'],
    ['a part', {}, 'client', 'CN of the client certificate is another'],
    ['in capitals', {}, 'CLIENT-1', 'CN of the client certificate is another'],
    [
      'with its prefix',
      { attribute: ORGANISATION, prefix: 'OFBBR-' },
      'OFBBR-8f9a',
      `${ORGANISATION} of the client certificate is another`,
    ],
    ['of what is not there', { attribute: 'UID' }, 'client-1', 'the client certificate has no UID'],
    ['empty', { attribute: 'O' }, '', 'the claim is absent'],
    ['absent', {}, undefined, 'the claim is absent'],
    ['null', {}, null, 'the claim is no text'],
    ['a list', {}, ['client-1'], 'the claim is no text'],
  ])('a claim that is not what the certificate says is refused: %s', (_, wanted, org, detail) => {
    expect(check(wanted, org === undefined ? {} : { org })).toEqual(['CERTIFICATE_NAME', `org: ${detail}`])
  })

  it('the certificate is good from its first second to its last', () => {
    expect(check({}, { org: 'client-1' }, { notBefore: NOW, notAfter: NOW })).toBe('accepted')
  })

  it.each([
    ['none', null, 'no client certificate that is accepted'],
    [
      'one that proves possession alone',
      { mode: 'pop' },
      'nobody vouches for what the client certificate says',
    ],
    ['one that has ended', { notAfter: NOW - 1 }, 'the client certificate is not valid now'],
    ['one that has not begun', { notBefore: NOW + 1 }, 'the client certificate is not valid now'],
  ] as const)('what names nobody: %s', (_, peer, detail) => {
    expect(check({}, { org: 'client-1' }, peer)).toEqual(['CERTIFICATE_NAME', `org: ${detail}`])
  })
})

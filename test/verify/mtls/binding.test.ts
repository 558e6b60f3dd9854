import { describe, expect, it } from 'vitest'
import type { PeerIdentity } from '../../../src/domain/peer-identity.ts'
import { checkCertificateBinding } from '../../../src/verify/mtls/binding.ts'
import { NOW } from '../../support/clock.ts'
import { outcome } from '../../support/outcome.ts'
import { aPeer } from '../../support/request.ts'
import { THUMBPRINT } from '../../support/token.ts'

const check = (peer: PeerIdentity | null, x5t = THUMBPRINT, peerRejected: string | null = null) =>
  outcome(checkCertificateBinding(x5t, { peer, peerRejected }, NOW))

describe('checkCertificateBinding (RFC 8705 §3)', () => {
  it('takes the certificate that the token names', () => {
    expect(check(aPeer())).toBe('accepted')
  })

  it('MTLS_ABSENT: no certificate is a mismatch, never a reason to skip the check', () => {
    expect(check(null)).toBe('MTLS_ABSENT')
  })

  it.each([
    ['MTLS_REVOKED', 'CERT_REVOKED'],
    ['MTLS_EXPIRED', 'CERT_HAS_EXPIRED'],
    ['MTLS_EXPIRED', 'CERT_NOT_YET_VALID'],
    ['MTLS_UNTRUSTED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['MTLS_UNTRUSTED', 'CRL_HAS_EXPIRED'],
    ['MTLS_UNTRUSTED', ''],
  ])('%s: one that TLS did not accept counts as none, and why is told: %s', (code, peerRejected) => {
    expect(check(null, THUMBPRINT, peerRejected)).toBe(code)
  })

  it('MTLS_THUMBPRINT: another certificate, or a thumbprint of another length', () => {
    expect(check(aPeer({ thumbprint: `B${THUMBPRINT.slice(1)}` }))).toBe('MTLS_THUMBPRINT')
    expect(check(aPeer(), THUMBPRINT.slice(1))).toBe('MTLS_THUMBPRINT')
    expect(check(aPeer(), '')).toBe('MTLS_THUMBPRINT')
    // Base64url tells capitals from small letters.
    for (const other of [THUMBPRINT.toLowerCase(), THUMBPRINT.toUpperCase()])
      expect(check(aPeer(), other)).toBe('MTLS_THUMBPRINT')
  })

  it('MTLS_EXPIRED: a connection can outlive its certificate', () => {
    expect(check(aPeer({ notAfter: NOW }))).toBe('accepted')
    expect(check(aPeer({ notAfter: NOW - 1 }))).toBe('MTLS_EXPIRED')
    expect(check(aPeer({ notBefore: NOW + 1 }))).toBe('MTLS_EXPIRED')
  })

  it('asks no validity where the certificate is mere proof of possession (§6.2)', () => {
    expect(check(aPeer({ mode: 'pop', notAfter: NOW - 1 }))).toBe('accepted')
  })
})

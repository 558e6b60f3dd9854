import type { RawRequest } from '../../src/decision/scan.ts'
import type { PeerIdentity } from '../../src/domain/peer-identity.ts'
import type { RequestFacts } from '../../src/domain/request-facts.ts'
import { NOW } from './clock.ts'
import { aProof } from './proof.ts'
import { aToken, THUMBPRINT } from './token.ts'

/** `GET https://api.bank.example/accounts` without credentials, as a listener has it, but for the changes. */
export function aRawRequest(changes: Partial<RawRequest> = {}): RawRequest {
  return {
    version: '1.1',
    method: 'GET',
    target: '/accounts',
    authority: null,
    fields: ['Host', 'api.bank.example'],
    mayHaveBody: false,
    peer: null,
    peerRejected: null,
    ...changes,
  }
}

/** The facts of the same request, with a DPoP-bound token and its proof, but for the changes. */
export function aRequest(changes: Partial<RequestFacts> = {}): RequestFacts {
  const token = aToken()
  return {
    method: 'GET',
    origin: 'https://api.bank.example',
    authority: 'api.bank.example',
    targetUri: 'https://api.bank.example/accounts',
    path: '/accounts',
    normalPath: '/accounts',
    hasPathParameters: false,
    query: null,
    requestTarget: '/accounts',
    signatureInput: null,
    signature: null,
    fields: [],
    authorization: `DPoP ${token}`,
    dpop: aProof(token),
    repeatedCredential: null,
    interactionId: null,
    isEarly: false,
    via: null,
    hasBody: false,
    contentLength: 0,
    bodyLimit: 1_048_576,
    peer: null,
    peerRejected: null,
    ...changes,
  }
}

/** The holder of the certificate that certificate-bound tokens of the tests name. */
export function aPeer(changes: Partial<PeerIdentity> = {}): PeerIdentity {
  return {
    thumbprint: THUMBPRINT,
    subject: 'CN=tpp-1',
    attributes: new Map([['CN', ['tpp-1']]]),
    roles: [],
    notBefore: NOW - 86_400,
    notAfter: NOW + 86_400,
    mode: 'pki',
    ...changes,
  }
}

import type { SignatureDemand } from '../decision/message-signature.ts'
import type { ForwardSigning } from '../decision/route.ts'
import { fieldTypes } from '../verify/message-signature/field-types.ts'
import { coverage, fapi2, type SignatureProfile } from '../verify/message-signature/profile.ts'
import { allowSignatures } from '../verify/message-signature/signature-algorithms.ts'
import type { CompilePorts } from './compile.ts'
import type { Document, RouteDocument } from './document.ts'
import type { SignatureProfileDocument, SignatureRequestDocument } from './schema/signature.ts'

/** What a route demands of message signatures; null: nothing. */
export function compileSignature(
  { require, signing_key: keyIds, limits }: RouteDocument,
  { signature_profiles: profiles }: Document,
  ports: CompilePorts,
): SignatureDemand | null {
  const name = require?.signature
  if (name === undefined) return null
  const written = profiles[name]
  const profile = written === undefined ? fapi2 : compileProfile(name, written)
  return {
    profile,
    clientKeys: ports.clientKeys,
    signer: ports.signers(keyIds ?? null),
    // What was spent before the start may have been made by a clock that is ahead of ours.
    unknownBefore: ports.proofsSince + profile.request.clockSkew,
    answerLimit: limits.held_answer_size,
  }
}

/** Whether what the route forwards is signed. */
export function isSignedForward({ upstream }: RouteDocument, { upstreams }: Document): boolean {
  return upstreams[upstream]?.signature !== undefined
}

/** How the route signs what it forwards; null: it does not. */
export function compileForwardSigning(
  { upstream, signing_key: keyIds }: RouteDocument,
  { upstreams }: Document,
  ports: CompilePorts,
): ForwardSigning | null {
  const signature = upstreams[upstream]?.signature
  if (signature === undefined) return null
  return {
    signers: ports.signers(keyIds ?? null),
    rules: {
      tag: signature.tag === ANY ? null : signature.tag,
      coverage: coverage({
        always: signature.always,
        ifPresent: signature.if_present,
        ifBody: ['content-digest'],
      }),
      requestSignature: 'off',
      expiresAfter: signature.expires_after / 1000,
      fieldTypes,
    },
  }
}

/** What a custom profile does not say is as in `fapi2`. */
function compileProfile(
  name: string,
  { request, response, structured_fields: types }: SignatureProfileDocument,
): SignatureProfile {
  const known = new Map([...fieldTypes, ...Object.entries(types)])
  return {
    name,
    request: {
      tag: request.tag === ANY ? null : request.tag,
      coverage: coverage({ always: request.always, ifPresent: request.if_present, ifBody: request.if_body }),
      maxAge: request.max_age / 1000,
      clockSkew: request.clock_skew / 1000,
      requiresExpires: request.expires === 'required',
      requiresNonce: request.nonce === 'required',
      requiresKeyid: request.keyid === 'required',
      algorithms: allowSignatures(algorithmsOf(request)),
      several: request.several,
      once: request.once,
      fieldTypes: known,
    },
    response: {
      tag: response.tag === ANY ? null : response.tag,
      coverage: coverage({
        always: response.always,
        ifPresent: response.if_present,
        ifBody: response.if_body,
      }),
      requestSignature: response.request_signature,
      expiresAfter: response.expires_after === undefined ? null : response.expires_after / 1000,
      fieldTypes: known,
    },
  }
}

function algorithmsOf({ algorithms, danger_rsa_v1_5: pkcs1 }: SignatureRequestDocument): readonly string[] {
  return pkcs1 ? [...algorithms, 'rsa-v1_5-sha256'] : algorithms
}

const ANY = '*'

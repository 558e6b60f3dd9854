import type { Demands, ForwardSigning } from '../decision/route.ts'
import { fieldTypes } from '../verify/message-signature/field-types.ts'
import {
  coverage,
  fapi2,
  type SignatureRules,
  type SigningRules,
} from '../verify/message-signature/profile.ts'
import { allowSignatures } from '../verify/message-signature/signature-algorithms.ts'
import type { CompilePorts } from './compile.ts'
import type { SaidDemands } from './compile-demands.ts'
import type { Document, RouteDocument } from './document.ts'
import type {
  SignatureProfileDocument,
  SignatureRequestDocument,
  SignatureResponseDocument,
} from './schema/signature.ts'

/** What a route demands of the signatures of its requests, and how it signs its answers; null: not at all. */
export function compileSignatures(
  { require: { signature: name }, signingKey, heldAnswer }: SaidDemands,
  { signature_profiles: profiles }: Document,
  ports: CompilePorts,
): Pick<Demands, 'signature' | 'signedAnswers'> {
  if (name === undefined) return UNSIGNED
  const written = profiles[name]
  const { request, response } = written === undefined ? fapi2 : compileProfile(written)
  return {
    signature: request && {
      rules: request,
      clientKeys: ports.clientKeys,
      unknownBefore: ports.signaturesSince,
    },
    signedAnswers: response && {
      rules: response,
      signer: ports.signers(signingKey),
      limit: heldAnswer,
    },
  }
}

/** Whether the answers of the route are signed. */
export function signsAnswers(
  { require, enforce }: RouteDocument,
  { signature_profiles: profiles }: Document,
): boolean {
  if (require?.signature === undefined || enforce === 'shadow') return false
  return profiles[require.signature]?.response !== 'off'
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
      expiresAfter: wholeSeconds(signature.expires_after),
      fieldTypes,
    },
  }
}

/** Both sides of a profile; null: nothing is signed on that side. */
interface Profile {
  readonly request: SignatureRules | null
  readonly response: SigningRules | null
}

/** What a custom profile does not say is as in `fapi2`. */
function compileProfile({ request, response, structured_fields: types }: SignatureProfileDocument): Profile {
  const known = new Map(fieldTypes)
  for (const [name, type] of Object.entries(types)) known.set(name.toLowerCase(), type)
  return {
    request: request === 'off' ? null : requestRules(request, known),
    response: response === 'off' ? null : responseRules(response, known),
  }
}

function requestRules(request: SignatureRequestDocument, fieldTypes: FieldTypes): SignatureRules {
  return {
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
    fieldTypes,
  }
}

function responseRules(response: SignatureResponseDocument, fieldTypes: FieldTypes): SigningRules {
  return {
    tag: response.tag === ANY ? null : response.tag,
    coverage: coverage({ always: response.always, ifPresent: response.if_present, ifBody: response.if_body }),
    requestSignature: response.request_signature,
    expiresAfter: response.expires_after === undefined ? null : wholeSeconds(response.expires_after),
    fieldTypes,
  }
}

type FieldTypes = SignatureRules['fieldTypes']

function algorithmsOf({ algorithms, danger_rsa_v1_5: pkcs1 }: SignatureRequestDocument): readonly string[] {
  return pkcs1 ? [...algorithms, 'rsa-v1_5-sha256'] : algorithms
}

/** What a signature can say (RFC 9421 §2.3), and no later than was asked for. */
function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

const UNSIGNED = { signature: null, signedAnswers: null }
const ANY = '*'

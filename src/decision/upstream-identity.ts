import type { JsonObject } from '../codec/json.ts'
import type { UnixSeconds } from '../domain/check.ts'
import type { SignerSource } from '../domain/ports.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import { scopeText } from '../verify/access-token/scope-sets.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import { signedJwt } from '../verify/jose/signed-jwt.ts'

/** How an upstream is told, under our signature, who asks for what. */
export interface IdentityRules {
  readonly audience: string
  /** Seconds. */
  readonly lifetime: number
  readonly signers: SignerSource
}

export interface Asking {
  readonly facts: RequestFacts
  readonly token: AccessToken
  readonly interactionId: string
  readonly remoteAddress: string
}

/**
 * What was proved of the request, as a JWT in the shape of a transaction token (draft-ietf-oauth-transaction-tokens-10). Undefined
 * where no key has its turn. Each names its own request, so none can be kept for the next.
 */
export function upstreamIdentity(
  asking: Asking,
  { audience, lifetime, signers }: IdentityRules,
  now: UnixSeconds,
): string | Promise<string> | undefined {
  const signer = signers.current(asking.facts.authority, now)
  return signer === undefined
    ? undefined
    : signedJwt(signer, 'txntoken+jwt', { ...claimsOf(asking), aud: audience, iat: now, exp: now + lifetime })
}

function claimsOf({ facts, token, interactionId, remoteAddress }: Asking): JsonObject {
  return {
    iss: facts.origin,
    // A client that acts for itself is its own subject (RFC 9068 §2.2); `grant` says which of the two it is, where that is known.
    sub: token.subject ?? token.clientId ?? '',
    ...(token.clientId === null ? {} : { client_id: token.clientId }),
    scope: scopeText(token.scopes),
    txn: interactionId,
    req_wl: facts.origin,
    tctx: {
      ...{ method: facts.method, path: facts.path, issuer: token.issuer },
      ...(token.grant === null ? {} : { grant: token.grant }),
    },
    // Not `cnf`, which would say that whoever presents this one must prove the key (RFC 7800 §3): that was the client's to do.
    rctx: { req_ip: remoteAddress, sender: senderOf(token) },
  }
}

function senderOf({ jkt, x5t }: AccessToken): JsonObject {
  return { ...(jkt === null ? {} : { jkt }), ...(x5t === null ? {} : { 'x5t#S256': x5t }) }
}

import { schemesOf } from '../decision/possession.ts'
import type { Demands } from '../decision/route.ts'
import type { IssuerTrust } from '../verify/access-token/issuer-trust.ts'
import { nonceLife } from '../verify/dpop/nonce.ts'
import type { DpopRules } from '../verify/dpop/proof.ts'
import { allow, withBothNames } from '../verify/jose/algorithms.ts'
import type { CompilePorts } from './compile.ts'
import { compileAuthority } from './compile-authority.ts'
import { compileBodyRules } from './compile-body-rules.ts'
import { compileConsent } from './compile-consent.ts'
import { compileSignatures, isSignedForward } from './compile-signature.ts'
import type { Document, DpopDocument, RequireDocument, RouteDocument } from './document.ts'

/** What a route demands by this `require`: its own, or one of a rule that only watches. */
export type CompileDemands = (route: RouteDocument, require: RequireDocument) => Demands

/**
 * Routes that demand the same share what they demand. Of thousands each would else bring its own to every request, which no
 * cache of the processor holds.
 */
export function demandsCompiler(
  document: Document,
  trusts: ReadonlyMap<string, IssuerTrust>,
  ports: CompilePorts,
): CompileDemands {
  const known = new Map<string, Demands>()
  return (route, require) => {
    const said: SaidDemands = {
      require,
      signingKey: route.signing_key ?? null,
      heldAnswer: route.limits.held_answer_size,
      keepsBodies: route.evidence !== 'off' || isSignedForward(route, document),
    }
    const text = JSON.stringify(said)
    const demands = known.get(text) ?? compileDemands(said, document, trusts, ports)
    known.set(text, demands)
    return demands
  }
}

/** All that a route says of its demands; what is not here makes no difference to them. */
export interface SaidDemands {
  readonly require: RequireDocument
  /** Key ids; null: those for the host. */
  readonly signingKey: readonly string[] | null
  /** Octets. */
  readonly heldAnswer: number
  /** Whether evidence is kept of bodies, or the upstream gets them signed. */
  readonly keepsBodies: boolean
}

function compileDemands(
  said: SaidDemands,
  document: Document,
  trusts: ReadonlyMap<string, IssuerTrust>,
  ports: CompilePorts,
): Demands {
  const { require, keepsBodies } = said
  const signatures = compileSignatures(said, document, ports)
  const possession = {
    senders: require.sender,
    strictConfirmation: require.strict_confirmation,
    acceptsBearer: require.danger_accept_bearer,
  }
  return {
    issuers: require.issuer.map((name) => trusts.get(name) as IssuerTrust),
    possession,
    dpop: compileDpop(require.dpop, ports),
    ...compileAuthority(require, document.policies),
    consent: compileConsent(require.consent, document.consents, ports.consents),
    ...signatures,
    body: compileBodyRules(require, signatures, keepsBodies),
    schemes: schemesOf(possession),
  }
}

function compileDpop(dpop: DpopDocument, ports: CompilePorts): DpopRules {
  const nonceAge = nonceLife(dpop.nonce, dpop.nonce_age, dpop.max_age)
  return {
    algorithms: allow(withBothNames(dpop.algorithms)),
    maxAge: dpop.max_age / 1000,
    clockSkew: dpop.clock_skew / 1000,
    nonce: { mode: dpop.nonce, age: nonceAge / 1000, ...ports.nonces },
    unknownBefore: ports.proofsSince,
    keys: ports.dpopKeys,
  }
}

import { authorityRules } from './cross-check/authority.ts'
import { consentRules } from './cross-check/consents.ts'
import { digestRules } from './cross-check/digests.ts'
import { errorRules } from './cross-check/errors.ts'
import { evidenceRules } from './cross-check/evidence.ts'
import { heldBodyRules } from './cross-check/held-bodies.ts'
import { identityRules } from './cross-check/identity.ts'
import { issuerRules } from './cross-check/issuers.ts'
import { listenerRules } from './cross-check/listeners.ts'
import { publicationRules } from './cross-check/publications.ts'
import { replayRules } from './cross-check/replay.ts'
import { routeRules } from './cross-check/routes.ts'
import { signatureProfileRules } from './cross-check/signature-profiles.ts'
import { signedUpstreamRules } from './cross-check/signed-upstreams.ts'
import { signingRules } from './cross-check/signing.ts'
import { statusListRules } from './cross-check/status-lists.ts'
import { strictRules } from './cross-check/strict.ts'
import { tokenRules } from './cross-check/tokens.ts'
import { upstreamRules } from './cross-check/upstreams.ts'
import type { Fault } from './problem.ts'

/**
 * The rules between keys. They read what the file says rather than the Document, so that they speak in the same breath as
 * the schemas: whatever is malformed is the schemas' business, and passed over here. Total.
 */
export function crossCheck(raw: unknown): Fault[] {
  const all = [
    listenerRules,
    issuerRules,
    replayRules,
    statusListRules,
    tokenRules,
    upstreamRules,
    routeRules,
    consentRules,
    heldBodyRules,
    signingRules,
    signedUpstreamRules,
    signatureProfileRules,
    digestRules,
    evidenceRules,
    errorRules,
    publicationRules,
    identityRules,
    authorityRules,
    strictRules,
  ]
  return all.flatMap((rules) => [...rules(raw)])
}

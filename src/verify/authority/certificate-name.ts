import type { UnixSeconds } from '../../domain/check.ts'
import type { PeerIdentity } from '../../domain/peer-identity.ts'
import { D } from './denials.ts'
import { memberAt, type Pointer } from './pointer.ts'
import { objectionOf, type Rule } from './rule.ts'
import { notVouchedFor } from './vouched.ts'

/** What of the subject of a client certificate names its holder. */
export interface CertificateName {
  /** `CN`, `UID`, `organizationIdentifier`: as `PeerIdentity` has it. */
  readonly attribute: string
  /** What stands before the name in the certificate and not in the claim; empty: nothing. */
  readonly prefix: string
}

/**
 * A claim must be what the client certificate calls its holder, so that the token of one party is of no use to the certificate of
 * another, whatever the token is bound to (RFC 8705 §2.1.2).
 */
export function claimNamesHolder(
  title: string,
  pointer: Pointer,
  wanted: CertificateName,
  name = `claims.${title}`,
): Rule {
  return {
    name,
    cite: 'RFC 8705 §2.1.2',
    check: ({ token, facts }, now) => {
      const detail = objectionTo(memberAt(token.claims, pointer), facts.peer, wanted, now)
      return detail === undefined ? undefined : objectionOf(D.CERTIFICATE_NAME, `${title}: ${detail}`)
    },
    checkBody: null,
    values: ({ token, facts }) => ({
      came: memberAt(token.claims, pointer),
      wanted: namesIn(facts.peer, wanted).join(' or ') || `${wanted.attribute} of the client certificate`,
    }),
  }
}

/** What the claim may be. */
function namesIn(peer: PeerIdentity | null, { attribute, prefix }: CertificateName): readonly string[] {
  const values = peer?.attributes.get(attribute) ?? []
  return values.filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length))
}

function objectionTo(
  claim: unknown,
  peer: PeerIdentity | null,
  { attribute, prefix }: CertificateName,
  now: UnixSeconds,
): string | undefined {
  const unproved = notVouchedFor(peer, now)
  if (unproved !== undefined) return unproved
  if (claim === undefined || claim === '') return 'the claim is absent'
  if (typeof claim !== 'string') return 'the claim is no text'
  const values = peer?.attributes.get(attribute) ?? []
  if (values.length === 0) return `the client certificate has no ${attribute}`
  return values.includes(prefix + claim) ? undefined : `${attribute} of the client certificate is another`
}

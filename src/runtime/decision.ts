import { compile } from '../config/compile.ts'
import type { Snapshot } from '../decision/snapshot.ts'
import { noCounts } from '../domain/route-counts.ts'
import { RevocationList } from '../services/revocation/revocation-list.ts'
import { SigningKeys } from '../services/signing/signing-keys.ts'
import { NonceMint } from '../verify/dpop/nonce.ts'
import type { Fetched } from './fetched/fetched.ts'
import { openersOf } from './settings/decryption-keys.ts'
import { fingerprintOf } from './settings/fingerprint.ts'
import type { Settings } from './settings/settings.ts'
import { signingKeys } from './settings/signing.ts'

/**
 * A configuration compiled in the thread that fetches: to see that it compiles, and to judge a request by hand. Nothing is
 * remembered from before a start, so nothing is refused for that.
 */
export function decisionOf(settings: Settings, fetched: Fetched): Snapshot {
  const { document, revocations } = settings
  const openers = openersOf(settings)
  const signing = new SigningKeys(signingKeys(settings.signingKeys))
  const mint = new NonceMint(document.dpop_nonce.secret ?? ['none that a gateway has'])
  return compile(document, {
    ...fetched.ports(settings),
    opener: (name) => openers.get(name) ?? null,
    counts: noCounts,
    revocations: new RevocationList(revocations.entries.length, () => {}).fill(revocations.entries),
    signers: (keyIds) => signing.source(keyIds),
    jwks: signing.jwks,
    tokens: new Map(),
    dpopKeys: new Map(),
    nonces: { mint, since: 0, early: mint, datesBefore: 0 },
    proofsSince: 0,
    signaturesSince: 0,
    materials: fingerprintOf(settings),
  })
}

import type { Introspected } from '../domain/ports.ts'
import type { Presented } from '../verify/access-token/extract.ts'
import type { AccessToken } from '../verify/access-token/token.ts'
import type { FetchedConsent } from '../verify/authority/consent.ts'
import type { MessageSignature } from '../verify/message-signature/verify.ts'
import type { Objected } from './authority.ts'
import type { Possession } from './possession.ts'
import type { Route } from './route.ts'

/** What has been proved of a request so far, filled from left to right by `decide`; null: not reached. */
export class Evidence {
  route: Route | null = null
  presented: Presented | null = null
  /** What the authorization server said of the token, where it was asked, because of this request or before. */
  introspection: Introspected | null = null
  token: AccessToken | null = null
  /** What the consent service said because of this request. */
  consent: FetchedConsent['consent'] = null
  possession: Possession | null = null
  /** Those that hold, where the route demands any. */
  signatures: readonly MessageSignature[] | null = null
  /** The rule of authority that refused, and why. */
  objected: Objected | null = null

  /** Of the token that was presented, SHA-256 in base64url. One that was verified has it; of another it is to be made. */
  get tokenHash(): string | null {
    return this.token?.hash ?? this.presented?.hash ?? null
  }
}

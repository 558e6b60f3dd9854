import type { Denial } from './denial.ts'

/** What a rule lacks to decide. Who runs the decision may fetch it and ask again; `otherwise` is the answer if nobody can. */
export class Need {
  readonly kind: NeedKind
  /** Of what it is lacking, the same text for the same question. Each (kind, subject) is asked for at most once a request. */
  readonly subject: string
  readonly otherwise: Denial
  /**
   * Fetches it. Resolves to whether asking the decision again makes sense; never rejects. `asker`: because of whom, where no token says it
   * yet, so that nobody keeps others from asking.
   */
  readonly supply: (asker?: string) => Promise<boolean>

  constructor(kind: NeedKind, subject: string, otherwise: Denial, supply: Need['supply']) {
    this.kind = kind
    this.subject = subject
    this.otherwise = otherwise
    this.supply = supply
  }
}

export type NeedKind = 'keys' | 'introspection' | 'status' | 'decryption' | 'consent'

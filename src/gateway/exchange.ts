import { randomUUID } from 'node:crypto'
import { fieldValue } from '../codec/field-scan.ts'
import { ownText } from '../codec/own-text.ts'
import { Evidence } from '../decision/evidence.ts'
import { FORMS } from '../decision/required-headers.ts'
import type { ListenerRules } from '../decision/scan.ts'
import type { Snapshot } from '../decision/snapshot.ts'
import type { Denial } from '../domain/denial.ts'
import type { HeldBody } from '../domain/held-body.ts'
import type { RequestFacts } from '../domain/request-facts.ts'
import type { Downstream } from './downstream.ts'
import type { HeldOctets } from './held-octets.ts'
import type { Observation } from './observe.ts'

/** One request from its head to its record. Every field is there from the start; null: not reached. */
export class Exchange {
  readonly downstream: Downstream
  readonly listener: string
  readonly snapshot: Snapshot
  /** Milliseconds of a clock that never steps back. */
  readonly startedAt: number
  readonly interactionId: string
  readonly evidence = new Evidence()
  facts: RequestFacts | null = null
  /** By what it was scanned, where that refused it. */
  rules: ListenerRules | null = null
  /** Why it was refused, or what failed behind the gateway. */
  refused: Denial | null = null
  /** What cannot be told to the client. */
  detail: string | null = null
  /** A fresh DPoP nonce for the client (RFC 9449 §8.2, §9); the one that leaves, whatever the upstream sends. */
  nonce: string | null = null
  /** What the upstream is told under our signature, where it is. */
  txnToken: string | null = null
  decidedAt: number | null = null
  /** When its body was whole and judged, where it was held back. */
  judgedAt: number | null = null
  /** Its body, where that was held back: in memory until it was forwarded, or the request ended. */
  held: HeldOctets | null = null
  /** The same as it was judged. */
  body: HeldBody | null = null
  /** For whom it is sent on, as whoever shares out places counts clients; null: it was not, or nobody was counted. */
  sentFor: string | null = null
  /** Binds the records of evidence of this exchange; null: none was written of its request. */
  evidenceId: string | null = null
  /** The body of its answer, where that is held to be signed. */
  heldAnswer: HeldOctets | null = null
  /** What is kept of its answer as evidence: its `Content-Digest`, and its body where the route says so. */
  answer: KeptAnswer = NO_ANSWER
  /** What was signed of its answer. */
  answerSignatures: readonly AnswerSignature[] | null = null
  /** What rules that only watch have to say of it; null: it was not admitted, or there are none. */
  observation: Observation | null = null
  answeredAt: number | null = null
  status = 0
  bytesOut = 0
  gone = false
  recorded = false

  constructor(downstream: Downstream, listener: string, snapshot: Snapshot, startedAt: number) {
    this.downstream = downstream
    this.startedAt = startedAt
    this.listener = listener
    this.snapshot = snapshot
    this.interactionId = downstream.interactionId
  }

  /** What came of an answer in whose place another goes out went nowhere. */
  takeBackAnswer(): void {
    this.bytesOut = 0
    this.answer = NO_ANSWER
    this.answerSignatures = null
  }
}

interface KeptAnswer {
  readonly digest: string | null
  readonly body: Buffer | null
}

/** A signature of ours, with all that shows it. */
export interface AnswerSignature {
  readonly label: string
  readonly base: string
  readonly signature: Uint8Array
  readonly keyId: string
  /** As JWS has it. */
  readonly algorithm: string
}

/** `x-fapi-interaction-id` where it is one UUID; anything else is replaced. */
export function interactionIdOf(fields: readonly string[]): string {
  const value = fieldValue(fields, INTERACTION_ID)
  return ownText(value !== null && FORMS.uuid.test(value) ? value : randomUUID())
}

const NO_ANSWER: KeptAnswer = { digest: null, body: null }
export const INTERACTION_ID = 'x-fapi-interaction-id'

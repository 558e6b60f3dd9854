import { D } from '../decision/denials.ts'
import type { Denial } from '../domain/denial.ts'

/** Why what came is no request that could be read. */
export class RequestFault {
  readonly detail: string
  readonly denial: Denial
  /** Of its head, as far as they could be read. */
  readonly fields: readonly string[]
  readonly method: string | null

  constructor(
    detail: string,
    denial: Denial = D.FRAMING_BROKEN,
    fields: readonly string[] = [],
    method: string | null = null,
  ) {
    this.detail = detail
    this.denial = denial
    this.fields = fields
    this.method = method
  }
}

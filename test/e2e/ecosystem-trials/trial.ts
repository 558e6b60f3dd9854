import { expect } from 'vitest'

/** A request of a client with its certificate, and what comes of it: a status, or the code of the refusal. */
export interface Trial {
  readonly method?: string
  readonly path: string
  readonly scope: string
  readonly claims?: object
  /** Whether the token speaks for the client alone. */
  readonly isClients?: boolean
  /** A field that the API asks for and the request does not have. */
  readonly without?: string
  /** Fields beside those that all requests have. */
  readonly fields?: readonly string[]
  /** What the token is signed with, where it is not PS256. */
  readonly algorithm?: 'ES256'
  readonly answers: number | string
  /** Of a refusal, where the ecosystem has another than we. */
  readonly status?: number
  readonly title?: string
}

export interface Ecosystem {
  readonly file: string
  /** The consent `good`; `withdrawn` is the same in another state. Where payments have consents of their own, it is `payment`. */
  readonly consent: (state: string) => object
  readonly state: string
  /** What every answer repeats, the upstream's own aside. */
  readonly echo?: keyof typeof HEADERS
  /** What the ecosystem calls codes of ours. */
  readonly names?: Readonly<Record<string, string>>
  /** How they are written: media type, and body. */
  readonly refusals: { readonly type: string; readonly body: object }
  readonly trials: readonly Trial[]
}

/** Some text. */
export const TEXT: unknown = expect.any(String)
export const CLIENT = 's6BhdRkqt3'
/** What one ecosystem or the other asks for. */
export const HEADERS = {
  'x-fapi-interaction-id': '93bac548-d2de-4546-b106-880a5018460d',
  'x-fapi-auth-date': new Date().toUTCString(),
  'x-idempotency-key': 'FRESCO.21302.GFX.20',
  'x-v': '1',
  'x-request-id': '3dc3d5b3-7023-4848-9853-f5400a64e80f',
  'psu-ip-address': '192.0.2.1',
}

import { type Component, parseComponent } from './component.ts'
import { type FieldType, fieldTypes } from './field-types.ts'
import { type AllowedAlgorithms, allowSignatures } from './signature-algorithms.ts'

/** What a signature must cover. */
export interface Coverage {
  readonly always: readonly Component[]
  /** Fields, where the message has them. */
  readonly ifPresent: readonly Component[]
  /** Where the message has content. */
  readonly ifBody: readonly Component[]
}

/** What signatures must fulfil (RFC 9421 §1.4): all that the standard leaves to its applications, as data. */
export interface SignatureRules {
  /** Selects the signatures that count; null: all do. */
  readonly tag: string | null
  readonly coverage: Coverage
  /** Seconds that a signature stays fresh. */
  readonly maxAge: number
  /** Seconds that `created` may lie ahead. */
  readonly clockSkew: number
  readonly requiresExpires: boolean
  readonly requiresNonce: boolean
  readonly requiresKeyid: boolean
  readonly algorithms: AllowedAlgorithms
  /**
   * Where several signatures count: `one`, there may be no more than one; `any`, one that holds suffices; `all`, each must
   * hold.
   */
  readonly several: 'one' | 'any' | 'all'
  /** Which requests may come only once (RFC 9421 §7.2.2): those that change something, or all; those with a nonce in any case. */
  readonly once: 'unsafe' | 'all'
  readonly fieldTypes: ReadonlyMap<string, FieldType>
}

/** What our own signatures cover and say. */
export interface SigningRules {
  readonly tag: string | null
  readonly coverage: Coverage
  /** Seconds after which it expires; null: it does not say. */
  readonly expiresAfter: number | null
  /** How the signature of the request that is answered is covered. */
  readonly requestSignature: 'member' | 'field' | 'off'
  readonly fieldTypes: ReadonlyMap<string, FieldType>
}

/** A profile: what is demanded of requests and what is done to the answers, as one side of an exchange sees it. */
export interface SignatureProfile {
  readonly request: SignatureRules
  readonly response: SigningRules
}

/** The built-in profile, as a configuration would write it: FAPI2-HTTPSIG §5.3. */
export const FAPI2 = {
  request: {
    tag: 'fapi-2-request',
    always: ['@method', '@target-uri', 'authorization'],
    ifPresent: ['dpop'],
    ifBody: ['content-digest'],
    /** FAPI2-HTTPSIG §5.3.1.2(6) recommends a minute. */
    maxAge: 60,
    clockSkew: 10,
    /** The draft names none; these are those of FAPI2-SP §5.4.1. */
    algorithms: ['ES256', 'Ed25519', 'PS256'],
  },
  response: {
    tag: 'fapi-2-response',
    always: ['@status', '@method;req', '@target-uri;req'],
    /** FAPI2-HTTPSIG §5.3.2.1(2), (3) and its note. */
    ifPresent: ['content-type', 'content-digest;req', 'authorization;req', 'dpop;req'],
    ifBody: ['content-digest'],
  },
} as const

/** FAPI 2.0 HTTP Signatures. */
export const fapi2: SignatureProfile = {
  request: {
    tag: FAPI2.request.tag,
    coverage: coverage(FAPI2.request),
    maxAge: FAPI2.request.maxAge,
    clockSkew: FAPI2.request.clockSkew,
    requiresExpires: false,
    requiresNonce: false,
    // The draft does not ask for it, but without it there is no telling which of a client's keys is meant.
    requiresKeyid: true,
    algorithms: allowSignatures(FAPI2.request.algorithms),
    several: 'one',
    once: 'unsafe',
    fieldTypes,
  },
  response: {
    tag: FAPI2.response.tag,
    coverage: coverage(FAPI2.response),
    expiresAfter: null,
    requestSignature: 'member',
    fieldTypes,
  },
}

/** Component identifiers as a configuration writes them; what is none is left out, so whoever takes them from outside looks first. */
export function coverage(given: {
  readonly always: readonly string[]
  readonly ifPresent: readonly string[]
  readonly ifBody: readonly string[]
}): Coverage {
  const components = (texts: readonly string[]) =>
    texts.map(parseComponent).filter((component) => component !== undefined)
  return {
    always: components(given.always),
    ifPresent: components(given.ifPresent),
    ifBody: components(given.ifBody),
  }
}

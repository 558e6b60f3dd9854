import type { Citation } from '../../domain/citation.ts'
import { compareAuthority } from './authority.ts'
import { compareBody, compareContent } from './body.ts'
import { compareConsent } from './consent.ts'
import type { Judged } from './explain.ts'
import { compareForward } from './forward.ts'
import { comparePossession } from './possession.ts'
import { compareCredential, comparePreflight, compareRoute, compareShape } from './request.ts'
import { compareScan } from './scan.ts'
import { compareSignature } from './signature.ts'
import { compareSpend } from './spend.ts'
import { compareRevocation, compareToken } from './token.ts'

/** One step of the decision, as it is told. */
export interface Step {
  readonly name: string
  /** The codes that it refuses with, or their beginning (`DPOP_`); the longest that fits counts. */
  readonly refuses: readonly string[]
  /** Whether the request has this step at all; all have it where nothing is said. */
  readonly isAsked?: (judged: Judged) => boolean
  /** Whether it comes after the verdict, in the gateway. */
  readonly follows?: boolean
  /** Whether what it yields is there. */
  readonly isBehind: (judged: Judged) => boolean
  /** What it compares, in the order in which it does. */
  readonly compares: (judged: Judged) => Iterable<Comparison>
}

/** What came, what was wanted, and the codes that say that the one is not the other. */
export interface Comparison {
  readonly codes: readonly string[]
  readonly what: string
  readonly came: unknown
  readonly wanted: unknown
  /** The clause that orders it, where one step carries out several. */
  readonly cite?: Citation
}

/** The steps in their order. A new step of `decide` is a row here. */
export const STEPS: readonly Step[] = [
  {
    name: 'scan',
    refuses: [
      'OVERLOADED',
      'FRAMING_',
      'HOST_',
      'FIELD_',
      'FIELDS_',
      'TARGET_',
      'PATH_',
      'REQUEST_',
      'REQUEST_TIMEOUT',
      'EXPECTATION_',
      'FIELD_DUPLICATED',
      'FIELD_CONNECTION',
    ],
    isBehind: ({ facts }) => facts !== null,
    compares: compareScan,
  },
  {
    name: 'preflight',
    refuses: ['CORS_'],
    isAsked: ({ answered }) => answered === 'preflight',
    isBehind: ({ evidence }) => evidence.route !== null,
    compares: comparePreflight,
  },
  {
    name: 'route',
    refuses: ['ROUTE_', 'METHOD_'],
    isBehind: ({ evidence }) => evidence.route !== null,
    compares: compareRoute,
  },
  {
    name: 'shape',
    refuses: [
      'PATH_PARAMETERS',
      'BODY_TOO_LARGE',
      'FIELD_DUPLICATED',
      'FIELD_CONNECTION',
      'HEADER_',
      'TOO_EARLY',
    ],
    isBehind: ({ evidence }) => evidence.presented !== null,
    compares: compareShape,
  },
  {
    name: 'credential',
    refuses: ['TOKEN_ABSENT', 'TOKEN_MALFORMED', 'TOKEN_IN_QUERY'],
    isAsked: wantsCredentials,
    isBehind: ({ evidence }) => evidence.presented !== null,
    compares: compareCredential,
  },
  {
    name: 'token',
    refuses: ['TOKEN_', 'TOKEN_CONFIRMATION'],
    isAsked: wantsCredentials,
    isBehind: ({ evidence }) => evidence.token !== null,
    compares: compareToken,
  },
  {
    name: 'possession',
    refuses: ['TOKEN_SCHEME', 'TOKEN_SENDER', 'TOKEN_UNBOUND', 'TOKEN_CONFIRMATION', 'DPOP_', 'MTLS_'],
    isAsked: wantsCredentials,
    isBehind: ({ evidence }) => evidence.possession !== null,
    compares: comparePossession,
  },
  {
    name: 'revocation',
    refuses: ['TOKEN_REVOKED', 'TOKEN_STATUS_'],
    isAsked: wantsCredentials,
    isBehind: () => false,
    compares: compareRevocation,
  },
  {
    name: 'signature',
    refuses: ['SIG_'],
    isAsked: ({ evidence }) => evidence.route?.demands?.signature != null,
    isBehind: ({ evidence }) => evidence.signatures !== null,
    compares: compareSignature,
  },
  {
    name: 'authority',
    refuses: [
      'SCOPE_',
      'GRANT_',
      'CERTIFICATE_',
      'CLAIM_',
      'ACR_',
      'AUTHENTICATION_',
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'CONDITION_',
    ],
    isAsked: wantsCredentials,
    isBehind: ({ body }) => body !== null,
    compares: compareAuthority,
  },
  {
    name: 'consent',
    refuses: ['CONSENT_'],
    isAsked: ({ evidence }) => evidence.route?.demands?.consent != null,
    isBehind: () => false,
    compares: compareConsent,
  },
  {
    name: 'content',
    refuses: [
      'DIGEST_ABSENT',
      'DIGEST_ALGORITHM',
      'DIGEST_MALFORMED',
      'DIGEST_IN_TRAILER',
      'BODY_FIELD_ABSENT',
      'BODY_MEDIA_TYPE',
    ],
    isAsked: judgesBody,
    isBehind: ({ body }) => body !== null,
    compares: compareContent,
  },
  {
    name: 'spend',
    refuses: ['DPOP_REPLAYED', 'SIG_REPLAYED', 'LEDGER_'],
    isAsked: wantsCredentials,
    follows: true,
    isBehind: () => false,
    compares: compareSpend,
  },
  {
    name: 'body',
    refuses: [
      'BODY_',
      'BODY_TOO_LARGE',
      'BODY_FIELD_ABSENT',
      'DIGEST_',
      'DIGEST_ABSENT',
      'DIGEST_ALGORITHM',
      'DIGEST_IN_TRAILER',
      'AUTHORIZATION_DETAILS_BODY',
      'AUTHORIZATION_DETAILS_INSUFFICIENT',
      'REQUEST_TIMEOUT',
    ],
    isAsked: judgesBody,
    follows: true,
    isBehind: ({ body, refused }) => body !== null && refused === null,
    compares: compareBody,
  },
  {
    name: 'forward',
    refuses: ['UPSTREAM_', 'INTERNAL_', 'EVIDENCE_', 'SIGNING_', 'SIG_SIGNER_', 'SIG_ANSWER_'],
    follows: true,
    isBehind: () => false,
    compares: compareForward,
  },
]

function wantsCredentials({ evidence }: Pick<Judged, 'evidence'>): boolean {
  return evidence.route === null || evidence.route.demands !== null
}

function judgesBody({ evidence: { route } }: Judged): boolean {
  const { body = [], authority = [] } = route?.demands ?? {}
  return route === null || body.length > 0 || authority.some(({ checkBody }) => checkBody !== null)
}

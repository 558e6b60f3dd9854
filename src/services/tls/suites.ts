import type { UnixSeconds } from '../../domain/check.ts'

/** FAPI2-SP §5.2.2, the only ones of TLS 1.2. */
const OF_TLS_12 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]
const AES_OF_TLS_13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384']

/** What we take of clients, in our order. */
export const INBOUND_SUITES = [...AES_OF_TLS_13, 'TLS_CHACHA20_POLY1305_SHA256', ...OF_TLS_12].join(':')

/** What we offer as a client, whomever we call. */
export const OUTBOUND_SUITES = [...AES_OF_TLS_13, ...OF_TLS_12].join(':')

/** The day on which our suites were last compared with RFC 9325 (BCP 195) and FAPI2-SP §5.2.2. */
export const SUITES_COMPARED = '2026-11-26'

/** FAPI2-SP §5.2.3, note 2: changes of the recommendations are to be followed within a year. What to tell an operator whose release is older. */
export function agedSuites(now: UnixSeconds): readonly string[] {
  if (now - Date.parse(SUITES_COMPARED) / 1000 <= YEAR) return []
  return [
    `the TLS suites were compared with BCP 195 on ${SUITES_COMPARED}, more than a year ago; take a release that was since`,
  ]
}

/** Seconds. */
const YEAR = 366 * 86_400

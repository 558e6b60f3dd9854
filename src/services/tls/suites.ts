import type { UnixSeconds } from '../../domain/check.ts'

/** What we offer as a client, whomever we call: FAPI2-SP §5.2.2, with the suites of TLS 1.3. */
export const OUTBOUND_SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':')

/** The day on which our suites, here and in `gateway/tls-options.ts`, were last compared with RFC 9325 (BCP 195) and FAPI2-SP §5.2.2. */
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
